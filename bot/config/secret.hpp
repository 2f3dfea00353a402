#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace bot::config {

/// A text that must not be shown: a token, a webhook secret. Streams as "***"; the only way to its
/// characters is `reveal`, so that every use can be found.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    bool empty() const noexcept { return text_.empty(); }
    /// The characters themselves. Never log, print or store what this returns.
    const std::string& reveal() const noexcept { return text_; }

    friend bool operator==(const Secret&, const Secret&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Secret& secret) {
        return out << (secret.empty() ? "" : "***");
    }

private:
    std::string text_;
};

}  // namespace bot::config
