#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace messaging::sandbox {

/// "%20" and, in queries, "+" decoded. Nothing if an escape is cut or not hexadecimal.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);
/// Everything but unreserved characters (RFC 3986) escaped.
std::string percent_encode(std::string_view text);

/// Is "host" or "host:port" this machine itself: localhost, 127.x.y.z or [::1]?
bool is_loopback_host(std::string_view authority);

/// The parameters of a query. A key without '=' is there, without a value.
class Query {
public:
    explicit Query(std::string_view raw = {});

    /// The value of the first parameter of this name; nothing if it is absent or has no value.
    std::optional<std::string> get(std::string_view name) const;
    /// As a number, or `fallback` if it is none.
    std::size_t number(std::string_view name, std::size_t fallback) const;

private:
    std::vector<std::pair<std::string, std::optional<std::string>>> values_;
};

}  // namespace messaging::sandbox
