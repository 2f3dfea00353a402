#pragma once

#include "messaging/http/client.hpp"

#include <memory>
#include <string>
#include <vector>

struct curl_slist;  // of <curl/curl.h>, which stays in .cpp files

namespace messaging::http {

/// Request headers in the form that curl takes, alive as long as anyone holds them.
using HeaderList = std::shared_ptr<curl_slist>;

/// Builds header lists and keeps the last few: nearly all requests of a sender carry the same.
class HeaderLists {
public:
    /// Empty when a name or value holds a line break or another control character, which could
    /// smuggle in headers of its own.
    HeaderList get(const Request& request);

private:
    struct Entry {
        std::string token;
        std::string content_type;
        HeaderList list;
    };
    static constexpr std::size_t kEntriesMax = 8;

    std::vector<Entry> entries_;
};

}  // namespace messaging::http
