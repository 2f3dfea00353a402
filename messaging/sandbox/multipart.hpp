#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::sandbox {

/// One part of a multipart/form-data body. `data` points into the body.
struct FormPart {
    std::string name;
    std::optional<std::string> file_name;
    std::string content_type;
    std::string_view data;
};

/// The boundary in a Content-Type value such as `multipart/form-data; boundary="x"`, or nothing if
/// it is another type or has no valid boundary (RFC 2046: 1 to 70 characters).
std::optional<std::string> form_boundary(std::string_view content_type);

/// Splits a body (RFC 7578). Nothing if it is malformed: no opening or closing delimiter, a part
/// without name, a head beyond 8 KiB, more than 64 parts. The views live as long as `body`.
std::optional<std::vector<FormPart>> parse_form(std::string_view body, std::string_view boundary);

}  // namespace messaging::sandbox
