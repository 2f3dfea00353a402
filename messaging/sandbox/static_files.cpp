#include "messaging/sandbox/static_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace messaging::sandbox {
namespace {

struct Type {
    std::string_view extension;
    std::string_view content_type;
};

constexpr std::array kTypes = {
    Type{".html", "text/html;charset=UTF-8"},
    Type{".js", "text/javascript;charset=UTF-8"},
    Type{".css", "text/css;charset=UTF-8"},
    Type{".svg", "image/svg+xml"},
    Type{".png", "image/png"},
    Type{".ico", "image/x-icon"},
};

bool is_plain_name(std::string_view name) {
    if (name.empty() || name.front() == '.') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

// The path below the root, or empty if it is not one that is served.
std::string file_of(std::string_view path) {
    if (path == "/") return "index.html";
    path.remove_prefix(1);
    constexpr std::string_view kVendor = "vendor/";
    const bool vendor = path.substr(0, kVendor.size()) == kVendor;
    const auto name = vendor ? path.substr(kVendor.size()) : path;
    return is_plain_name(name) ? std::string(path) : std::string();
}

std::string_view type_of(std::string_view file) {
    for (const auto& type : kTypes) {
        const auto size = type.extension.size();
        if (file.size() > size && file.substr(file.size() - size) == type.extension) {
            return type.content_type;
        }
    }
    return {};
}

std::string origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    const auto origin = url.substr(0, url.find('/', scheme + 3));
    // One source expression: a blank or a semicolon would start another.
    return origin.find_first_of(" ;,'\"") == std::string_view::npos ? std::string(origin) : "";
}

}  // namespace

http::ServerResponse serve_static(const std::string& root,
                                  std::string_view path,
                                  std::string_view bot_url) {
    http::ServerResponse response;
    const auto bot = origin_of(bot_url);
    response.headers = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "connect-src 'self'" +
             (bot.empty() ? "" : " " + bot) +
             "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-cache"}};
    const auto file = path.empty() ? std::string() : file_of(path);
    const auto type = type_of(file);
    std::error_code failed;
    const bool there = !root.empty() && !type.empty() &&
                       std::filesystem::is_regular_file(root + "/" + file, failed);
    std::ifstream stream;
    if (there) stream.open(root + "/" + file, std::ios::binary);
    if (!stream.is_open()) {
        response.status = 404;
        response.headers.emplace_back("Content-Type", "text/plain;charset=UTF-8");
        response.body = "There is no such page. The Webex API is below /v1.\n";
        return response;
    }
    response.headers.emplace_back("Content-Type", type);
    response.body.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    return response;
}

}  // namespace messaging::sandbox
