#pragma once

#include "messaging/http/client.hpp"
#include "messaging/http/curl_failure.hpp"
#include "messaging/http/curl_headers.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::http {

class SocketSet;

/// What all transfers of one client have in common.
struct CurlSetup {
    std::string user_agent;
    std::string ca_file;  ///< Empty: none.
    std::string ca_path;  ///< Folder of hashed certificates; empty: none.
    SocketSet* sockets = nullptr;
};

/// One request on one curl easy handle. The pair is used again: making a handle costs more than
/// sending a message.
class CurlTransfer {
public:
    explicit CurlTransfer(const CurlSetup& setup);
    ~CurlTransfer();
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;
    CurlTransfer(CurlTransfer&&) = delete;
    CurlTransfer& operator=(CurlTransfer&&) = delete;

    /// The CURL handle; null when curl could not make one.
    void* easy() const { return easy_; }

    /// Makes the handle ready for a request; to be added to the multi handle then. Returns what
    /// is wrong with the request, if that can be told before sending.
    std::optional<Failure> begin(Request request, HeaderLists& lists);

    /// After curl has ended the transfer with this CURLcode and the handle was taken out.
    Outcome end(int result);

    /// Forgets the request; an unfinished download is removed.
    void clear();

private:
    struct Callbacks;

    std::optional<Failure> check() const;
    void set_target();
    void set_method();
    std::optional<Failure> set_parts();
    bool store(const char* bytes, std::size_t count);
    bool open_file();
    bool close_file();
    bool take_header(std::string_view line);
    bool may_send();
    void take_trace(std::string_view line);
    std::uint64_t request_size() const;
    CurlFacts facts(int result);

    void* easy_ = nullptr;
    void* mime_ = nullptr;
    HeaderList headers_;
    std::string error_text_;

    Request request_;
    Response response_;
    std::FILE* file_ = nullptr;
    std::size_t received_ = 0;
    std::size_t header_bytes_ = 0;
    std::uint64_t size_before_ = 0;  // request bytes counted before this request proper
    bool sending_ = false;
    bool repeat_refused_ = false;
    bool stream_refused_ = false;
    int stream_ = 0;                  // HTTP/2: ours
    std::optional<int> last_stream_;  // HTTP/2: the last one that the peer will work on
    bool over_limit_ = false;
    int local_errno_ = 0;
};

}  // namespace messaging::http
