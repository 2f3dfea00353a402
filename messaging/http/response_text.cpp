#include "messaging/http/response_text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

namespace messaging::http {
namespace {

struct Reason {
    int status;
    std::string_view phrase;
};

constexpr std::array kReasons = {
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{407, "Proxy Authentication Required"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{411, "Length Required"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{422, "Unprocessable Content"},
    Reason{423, "Locked"},
    Reason{428, "Precondition Required"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
};

constexpr std::string_view kEnd = "\r\n";

bool equal_names(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [lower](char left, char right) { return lower(left) == lower(right); });
}

void append_clean(std::string& out, std::string_view value) {
    for (const char c : value) {
        const auto code = static_cast<unsigned char>(c);
        if ((code >= 0x20 && code != 0x7F) || c == '\t') out += c;
    }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += kEnd;
}

// RFC 9110, section 8.6: these have neither a body nor a Content-Length.
bool is_bodiless(int status) {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace

std::string_view reason_phrase(int status) {
    const auto* found = std::find_if(kReasons.begin(), kReasons.end(),
                                     [status](const Reason& r) { return r.status == status; });
    return found == kReasons.end() ? "Status" : found->phrase;
}

bool announces_close(const Headers& headers) {
    return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
        return equal_names(header.first, "Connection") && equal_names(header.second, "close");
    });
}

std::string head_text(const ServerResponse& response, const HeadOptions& options) {
    std::string out;
    out.reserve(512);
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += kEnd;
    bool has_length = false;
    bool has_connection = false;
    for (const auto& [name, value] : response.headers) {
        has_length = has_length || equal_names(name, "Content-Length");
        has_connection = has_connection || equal_names(name, "Connection");
        append_header(out, name, value);
    }
    if (options.chunked) {
        append_header(out, "Transfer-Encoding", "chunked");
    } else if (!options.unsized && !has_length && !is_bodiless(response.status)) {
        append_header(out, "Content-Length", std::to_string(response.body.size()));
    }
    if (options.close && !has_connection) append_header(out, "Connection", "close");
    out += kEnd;
    return out;
}

std::string chunk_text(std::string_view bytes) {
    assert(!bytes.empty());
    std::array<char, 20> digits{};
    auto* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    std::string out;
    out.reserve(bytes.size() + 24);
    out.append(digits.data(), end);
    out += kEnd;
    out += bytes;
    out += kEnd;
    return out;
}

}  // namespace messaging::http
