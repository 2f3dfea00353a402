#pragma once

#include "bot/log/log.hpp"

#include <chrono>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bot::log {

/// The last line of defence against secrets in the log. The first is not to log them.
class Redaction {
public:
    explicit Redaction(std::vector<std::string> secrets);

    /// The text with every listed secret, and every word after "Bearer " in any case, as `***`.
    std::string apply(std::string_view text) const;

    /// Hides this one as well from now on. Any thread.
    void add(std::string secret);

private:
    mutable std::shared_mutex mutex_;   // guards secrets_
    std::vector<std::string> secrets_;  // longest first
};

/// Message and fields in the given format, redacted and escaped. For JSON these are the members of
/// an object without its braces. May throw `std::bad_alloc` only.
std::string render_body(config::LogFormat format,
                        std::string_view message,
                        Fields fields,
                        const Redaction& redaction);

/// What precedes the body in a line.
struct LineHead {
    resilience::Clock::WallTime time;
    std::string_view logger;
    config::LogLevel level = config::LogLevel::kInfo;
};

/// A whole line with its line break, from a body made by `render_body` in the same format.
std::string render_line(config::LogFormat format, const LineHead& head, std::string_view body);

}  // namespace bot::log
