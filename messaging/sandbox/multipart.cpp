#include "messaging/sandbox/multipart.hpp"

#include <algorithm>

namespace messaging::sandbox {
namespace {

constexpr std::size_t kHeadMax = 8U << 10U;
constexpr std::size_t kPartsMax = 64;
constexpr std::size_t kBoundaryMax = 70;
constexpr std::string_view kLine = "\r\n";

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Reads a quoted string at the front of `rest` and removes it. Only the quote and the backslash
// can be escaped.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        const bool escape =
            rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
        if (escape) ++i;
        value += rest[i];
    }
    return std::nullopt;
}

// The parameter `wanted` of a header value `main; a=b; c="d"`.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
    auto rest = value.substr(std::min(value.find(';'), value.size()));
    while (!rest.empty() && rest.front() == ';') {
        rest.remove_prefix(1);
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const auto name = lower(trim(rest.substr(0, equals)));
        rest.remove_prefix(equals + 1);
        std::string found;
        if (!rest.empty() && rest.front() == '"') {
            auto quoted = take_quoted(rest);
            if (!quoted) return std::nullopt;
            found = *std::move(quoted);
            rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        } else {
            const auto end = std::min(rest.find(';'), rest.size());
            found = trim(rest.substr(0, end));
            rest.remove_prefix(end);
        }
        if (name == wanted) return found;
    }
    return std::nullopt;
}

// Fills the part from its head; false if it has no name.
bool read_head(std::string_view head, FormPart& part) {
    while (!head.empty()) {
        const auto end = std::min(head.find(kLine), head.size());
        const auto line = head.substr(0, end);
        head.remove_prefix(std::min(end + kLine.size(), head.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return false;
        const auto name = lower(line.substr(0, colon));
        const auto value = trim(line.substr(colon + 1));
        if (name == "content-type") part.content_type = value;
        if (name != "content-disposition") continue;
        if (lower(value.substr(0, value.find(';'))) != "form-data") return false;
        part.name = parameter(value, "name").value_or("");
        part.file_name = parameter(value, "filename");
    }
    return !part.name.empty();
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    if (lower(type) != "multipart/form-data") return std::nullopt;
    auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax) return std::nullopt;
    if (boundary->find_first_of("\r\n") != std::string::npos) return std::nullopt;
    return boundary;
}

std::optional<std::vector<FormPart>> parse_form(std::string_view body, std::string_view boundary) {
    const std::string delimiter = "\r\n--" + std::string(boundary);
    const auto opening = std::string_view(delimiter).substr(kLine.size());
    // What comes before the first delimiter is a preamble, to be ignored.
    std::size_t at = 0;
    if (body.substr(0, opening.size()) == opening) {
        at = opening.size();
    } else {
        const auto found = body.find(delimiter);
        if (found == std::string_view::npos) return std::nullopt;
        at = found + delimiter.size();
    }
    std::vector<FormPart> parts;
    while (body.substr(at, 2) != "--") {
        // Blanks may follow a delimiter (RFC 2046).
        at = std::min(body.find_first_not_of(" \t", at), body.size());
        if (body.substr(at, kLine.size()) != kLine || parts.size() == kPartsMax) {
            return std::nullopt;
        }
        at += kLine.size();
        const auto head_end = body.find("\r\n\r\n", at);
        if (head_end == std::string_view::npos || head_end - at > kHeadMax) return std::nullopt;
        FormPart part;
        if (!read_head(body.substr(at, head_end - at), part)) return std::nullopt;
        const auto data_at = head_end + 4;
        // An empty part's data may share its line break with the head.
        const auto end = body.find(delimiter, data_at - kLine.size());
        if (end == std::string_view::npos) return std::nullopt;
        part.data = end < data_at ? std::string_view() : body.substr(data_at, end - data_at);
        parts.push_back(std::move(part));
        at = end + delimiter.size();
    }
    return parts;
}

}  // namespace messaging::sandbox
