#include "bot/config/url.hpp"

#include <algorithm>

namespace bot::config {
namespace {

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "[::1]") return true;
    if (host.substr(0, 4) != "127.") return false;
    // 127.0.0.1.example.com is somebody's server: digits and dots only.
    return host.find_first_not_of("0123456789.") == std::string_view::npos &&
           std::count(host.begin(), host.end(), '.') == 3;
}

std::string_view host_of(std::string_view authority) {
    const bool bracketed = !authority.empty() && authority[0] == '[';
    const auto end = bracketed ? authority.find(']') : authority.find(':');
    return authority.substr(0, bracketed && end != std::string_view::npos ? end + 1 : end);
}

}  // namespace

bool is_loopback_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return false;
    url.remove_prefix(scheme + 3);
    return is_loopback(host_of(url.substr(0, url.find('/'))));
}

std::string url_mistake(std::string_view url) {
    constexpr std::string_view kHttps = "https://";
    constexpr std::string_view kHttp = "http://";
    const bool https = url.substr(0, kHttps.size()) == kHttps;
    const bool http = url.substr(0, kHttp.size()) == kHttp;
    if (!https && !http) return "does not begin with https://";
    for (const char c : url) {
        if (c <= ' ' || c == '\x7f' || c == '\\') return "holds a blank or another odd character";
    }
    url.remove_prefix(https ? kHttps.size() : kHttp.size());
    if (url.find_first_of("?#") != std::string_view::npos) return "has a query or fragment";
    const auto authority = url.substr(0, url.find('/'));
    if (authority.find('@') != std::string_view::npos) return "holds a user name";
    const auto host = host_of(authority);
    if (host.empty()) return "names no host";
    if (http && !is_loopback(host)) return "uses plain http to another machine";
    return {};
}

}  // namespace bot::config
