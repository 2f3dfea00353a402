#include "messaging/http/curl_headers.hpp"

#include <curl/curl.h>

#include <algorithm>

namespace messaging::http {
namespace {

bool clean(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

bool clean(const Request& request) {
    return clean(request.bearer_token) && clean(request.content_type) &&
           std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
               return !header.first.empty() && clean(header.first) && clean(header.second);
           });
}

void append(HeaderList& list, const std::string& line) {
    curl_slist* const first = ::curl_slist_append(list.get(), line.c_str());
    if (list == nullptr && first != nullptr) list = HeaderList(first, ::curl_slist_free_all);
}

HeaderList build(const Request& request) {
    HeaderList list;
    append(list, "Expect:");  // never wait for "100 Continue": a round trip for nothing
    // An empty value keeps curl from inventing one; multipart bodies bring their own.
    if (request.parts.empty()) append(list, "Content-Type: " + request.content_type);
    if (!request.bearer_token.empty()) {
        append(list, "Authorization: Bearer " + request.bearer_token);
    }
    for (const auto& header : request.headers) {
        // curl's notation for a header without a value is a semicolon.
        append(list,
               header.second.empty() ? header.first + ";" : header.first + ": " + header.second);
    }
    return list;
}

}  // namespace

HeaderList HeaderLists::get(const Request& request) {
    const bool common = request.headers.empty() && request.parts.empty();
    if (common) {
        const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.content_type == request.content_type &&
                   entry.token == request.bearer_token;
        });
        if (known != entries_.end()) return known->list;
    }
    if (!clean(request)) return nullptr;
    HeaderList list = build(request);
    if (common && list != nullptr) {
        if (entries_.size() == kEntriesMax) entries_.erase(entries_.begin());
        entries_.push_back({request.bearer_token, request.content_type, list});
    }
    return list;
}

}  // namespace messaging::http
