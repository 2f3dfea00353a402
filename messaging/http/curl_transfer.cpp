#include "messaging/http/curl_transfer.hpp"

#include "messaging/http/socket_set.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace messaging::http {
namespace {

using CurlLong = long;  // NOLINT(google-runtime-int): what curl's variadic functions take

constexpr std::size_t kHeaderBytesMax = 64U << 10U;
constexpr std::size_t kReserveMax = 1U << 20U;
// Webex's edge drops idle connections in under a minute, some proxies sooner.
constexpr CurlLong kIdleSecondsMax = 25;

template <class T>
void set(void* easy, CURLoption option, T value) {
    // Options that this curl lacks were ruled out by the build (CURL 7.88).
    (void)::curl_easy_setopt(easy, option, value);
}

template <class T>
T info(void* easy, CURLINFO which) {
    T value{};
    (void)::curl_easy_getinfo(easy, which, &value);
    return value;
}

std::string_view host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    auto authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) return {};
    if (!authority.empty() && authority.front() == '[') {
        return authority.substr(0, authority.find(']') + 1);
    }
    return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host.substr(0, 4) == "127.";
}

bool is_https(std::string_view url) {
    return url.substr(0, 6) == "https:";
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// "HTTP/1.1 200 OK", "HTTP/2 200"
int status_of(std::string_view line) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return 0;
    int status = 0;
    const auto digits = line.substr(blank + 1, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
    return status;
}

// The number behind `mark` in a line of curl's trace.
std::optional<int> number_behind(std::string_view mark, std::string_view line) {
    const auto found = line.find(mark);
    if (found == std::string_view::npos) return std::nullopt;
    const auto digits = line.substr(found + mark.size());
    int number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

Failure local_failure(resilience::FailureKind kind, std::string code, std::string message) {
    Failure failure;
    failure.kind = kind;
    failure.code = std::move(code);
    failure.bytes_sent = 0;
    failure.message = std::move(message);
    return failure;
}

Failure bad_request(std::string message) {
    return local_failure(resilience::FailureKind::kProgramming, "", std::move(message));
}

}  // namespace

// What curl calls; each forwards to the transfer or socket set behind the pointer.
struct CurlTransfer::Callbacks {
    static std::size_t header(const char* data, std::size_t, std::size_t count, void* self) {
        const auto kept = static_cast<CurlTransfer*>(self)->take_header({data, count});
        return kept ? count : 0;
    }
    static std::size_t body(const char* data, std::size_t, std::size_t count, void* self) {
        return static_cast<CurlTransfer*>(self)->store(data, count) ? count : 0;
    }
    static int ready(void* self, char*, char*, int, int) {
        return static_cast<CurlTransfer*>(self)->may_send() ? CURL_PREREQFUNC_OK
                                                            : CURL_PREREQFUNC_ABORT;
    }
    static int trace(CURL*, curl_infotype type, const char* data, std::size_t count, void* self) {
        if (type == CURLINFO_TEXT) static_cast<CurlTransfer*>(self)->take_trace({data, count});
        return 0;
    }
    static curl_socket_t open_socket(void* sockets, curlsocktype, curl_sockaddr* address) {
        const int fd =
            ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        if (fd >= 0) static_cast<SocketSet*>(sockets)->opened(fd);
        return fd;
    }
    static int close_socket(void* sockets, curl_socket_t fd) {
        static_cast<SocketSet*>(sockets)->closed(fd);
        return ::close(fd);
    }
};

CurlTransfer::CurlTransfer(const CurlSetup& setup)
    : easy_(::curl_easy_init()), error_text_(CURL_ERROR_SIZE, '\0') {
    if (easy_ == nullptr) return;
    set(easy_, CURLOPT_ERRORBUFFER, error_text_.data());
    set(easy_, CURLOPT_USERAGENT, setup.user_agent.c_str());
    set(easy_, CURLOPT_NOSIGNAL, 1L);
    // Without it, ending a transfer that is still looking up a name waits for the resolver.
    set(easy_, CURLOPT_QUICK_EXIT, 1L);
    set(easy_, CURLOPT_TCP_NODELAY, 1L);
    set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy_, CURLOPT_HTTP_VERSION, CurlLong{CURL_HTTP_VERSION_2TLS});
    set(easy_, CURLOPT_SSLVERSION, CurlLong{CURL_SSLVERSION_TLSv1_2});
    set(easy_, CURLOPT_CAINFO, setup.ca_file.empty() ? nullptr : setup.ca_file.c_str());
    set(easy_, CURLOPT_CAPATH, setup.ca_path.empty() ? nullptr : setup.ca_path.c_str());
    set(easy_, CURLOPT_HEADEROPT, CurlLong{CURLHEADER_SEPARATE});
    set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(easy_, CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
    set(easy_, CURLOPT_HEADERFUNCTION, &Callbacks::header);
    set(easy_, CURLOPT_HEADERDATA, this);
    set(easy_, CURLOPT_WRITEFUNCTION, &Callbacks::body);
    set(easy_, CURLOPT_WRITEDATA, this);
    set(easy_, CURLOPT_PREREQFUNCTION, &Callbacks::ready);
    set(easy_, CURLOPT_PREREQDATA, this);
    set(easy_, CURLOPT_DEBUGFUNCTION, &Callbacks::trace);
    set(easy_, CURLOPT_DEBUGDATA, this);
    set(easy_, CURLOPT_OPENSOCKETFUNCTION, &Callbacks::open_socket);
    set(easy_, CURLOPT_OPENSOCKETDATA, setup.sockets);
    set(easy_, CURLOPT_CLOSESOCKETFUNCTION, &Callbacks::close_socket);
    set(easy_, CURLOPT_CLOSESOCKETDATA, setup.sockets);
}

CurlTransfer::~CurlTransfer() {
    clear();
    if (easy_ != nullptr) ::curl_easy_cleanup(easy_);
}

std::optional<Failure> CurlTransfer::begin(Request request, HeaderLists& lists) {
    request_ = std::move(request);
    error_text_[0] = '\0';
    if (auto wrong = check()) return wrong;
    headers_ = lists.get(request_);
    if (headers_ == nullptr) {
        return bad_request("a request header or the token holds a line break or control character");
    }
    set_target();
    set_method();
    set(easy_, CURLOPT_HTTPHEADER, headers_.get());
    if (!request_.parts.empty()) return set_parts();
    return std::nullopt;
}

std::optional<Failure> CurlTransfer::check() const {
    const auto& method = request_.method;
    const bool word = !method.empty() && std::all_of(method.begin(), method.end(),
                                                     [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!word) return bad_request("the request method is not a word of capital letters");
    if (request_.url.substr(0, 7) != "http://" && request_.url.substr(0, 8) != "https://") {
        return bad_request("the address must begin with http:// or https://");
    }
    return std::nullopt;
}

void CurlTransfer::set_target() {
    const bool https = is_https(request_.url);
    set(easy_, CURLOPT_URL, request_.url.c_str());
    set(easy_, CURLOPT_NOPROXY, is_loopback(host_of(request_.url)) ? "*" : nullptr);
    set(easy_, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<CurlLong>(std::max<std::int64_t>(1, request_.connect_timeout.count())));
    set(easy_, CURLOPT_TIMEOUT_MS,
        static_cast<CurlLong>(std::max<std::int64_t>(1, request_.timeout.count())));
    // Where HTTP/2 is possible, wait for the first connection and share it.
    set(easy_, CURLOPT_PIPEWAIT, https ? 1L : 0L);
    set(easy_, CURLOPT_VERBOSE, https ? 1L : 0L);  // for take_trace
}

void CurlTransfer::set_method() {
    const auto& method = request_.method;
    set(easy_, CURLOPT_HTTPGET, 1L);  // also takes back what the last request set
    const char* custom = nullptr;
    const bool wants_body = method == "POST" || method == "PUT" || method == "PATCH";
    if (!request_.parts.empty() || request_.body != nullptr || wants_body) {
        set(easy_, CURLOPT_POST, 1L);
        const bool empty = request_.body == nullptr || !request_.parts.empty();
        set(easy_, CURLOPT_POSTFIELDS, empty ? "" : request_.body->data());
        set(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
            empty ? curl_off_t{0} : static_cast<curl_off_t>(request_.body->size()));
        if (method != "POST") custom = method.c_str();
    } else if (method == "HEAD") {
        set(easy_, CURLOPT_NOBODY, 1L);
    } else if (method != "GET") {
        custom = method.c_str();
    }
    set(easy_, CURLOPT_CUSTOMREQUEST, custom);
}

std::optional<Failure> CurlTransfer::set_parts() {
    curl_mime* const mime = ::curl_mime_init(easy_);
    mime_ = mime;
    for (const Part& part : request_.parts) {
        curl_mimepart* const added = ::curl_mime_addpart(mime);
        ::curl_mime_name(added, part.name.c_str());
        if (part.file_path.empty()) {
            ::curl_mime_data(added, part.content.data(), part.content.size());
        } else {
            errno = 0;
            // Opened by curl when its turn comes, and read piece by piece.
            const auto result = ::curl_mime_filedata(added, part.file_path.c_str());
            if (result != CURLE_OK || ::access(part.file_path.c_str(), R_OK) != 0) {
                local_errno_ = errno == 0 ? EIO : errno;
                return explain(facts(CURLE_READ_ERROR));
            }
        }
        if (!part.file_name.empty()) ::curl_mime_filename(added, part.file_name.c_str());
        if (!part.content_type.empty()) ::curl_mime_type(added, part.content_type.c_str());
    }
    set(easy_, CURLOPT_MIMEPOST, mime);
    if (request_.method != "POST") set(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    return std::nullopt;
}

// curl sends a request again by itself when a kept connection closes without an answer. That
// would double a message, so it may do so only while nothing has left.
bool CurlTransfer::may_send() {
    if (!sending_) {
        sending_ = true;
        size_before_ = request_size();  // what a proxy was told does not count
        return true;
    }
    repeat_refused_ = request_size() > size_before_;
    return !repeat_refused_;
}

// What HTTP/2 peers say about work they did not do comes through nowhere else. All other lines are
// dropped unread: they hold tokens.
void CurlTransfer::take_trace(std::string_view line) {
    constexpr std::string_view kRefused = "REFUSED_STREAM";
    if (line.substr(0, kRefused.size()) == kRefused) stream_refused_ = true;
    if (const auto id = number_behind("Using Stream ID: ", line)) stream_ = *id;
    const bool goaway = line.find("GOAWAY, error=") != std::string_view::npos;
    if (goaway) last_stream_ = number_behind("last_stream=", line);
}

std::uint64_t CurlTransfer::request_size() const {
    return static_cast<std::uint64_t>(info<CurlLong>(easy_, CURLINFO_REQUEST_SIZE));
}

bool CurlTransfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kHeaderBytesMax) {
        over_limit_ = true;
        return false;
    }
    if (line.substr(0, 5) == "HTTP/") {
        response_.headers.clear();  // an interim response came first
        response_.headers.reserve(12);
        response_.status = status_of(line);
        return true;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    response_.headers.emplace_back(std::string{line.substr(0, colon)},
                                   std::string{trim(line.substr(colon + 1))});
    return true;
}

bool CurlTransfer::store(const char* bytes, std::size_t count) {
    const std::size_t room = request_.response_limit - received_;
    const std::size_t taken = std::min(room, count);
    if (taken < count) over_limit_ = true;
    const bool download = !request_.response_file.empty() && response_.status / 100 == 2;
    if (download) {
        if (!open_file()) return false;
        if (std::fwrite(bytes, 1, taken, file_) != taken) {
            local_errno_ = errno;
            return false;
        }
    } else {
        if (received_ == 0) {
            const auto length = info<curl_off_t>(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
            if (length > 0) {
                response_.body.reserve(std::min(static_cast<std::size_t>(length), kReserveMax));
            }
        }
        response_.body.append(bytes, taken);
    }
    received_ += taken;
    return !over_limit_;
}

bool CurlTransfer::open_file() {
    if (file_ != nullptr) return true;
    file_ = std::fopen(request_.response_file.c_str(), "wbe");
    if (file_ == nullptr) local_errno_ = errno;
    return file_ != nullptr;
}

bool CurlTransfer::close_file() {
    if (file_ == nullptr) return true;
    const int closed = std::fclose(std::exchange(file_, nullptr));
    if (closed != 0) local_errno_ = errno;
    return closed == 0;
}

Outcome CurlTransfer::end(int result) {
    const bool download = !request_.response_file.empty() && response_.status / 100 == 2;
    bool ok = result == CURLE_OK;
    if (ok && download) ok = open_file() && close_file();
    const bool refusal = response_.status >= 400 && local_errno_ == 0;
    if (!ok && !refusal) return explain(facts(result));
    return std::move(response_);
}

CurlFacts CurlTransfer::facts(int result) {
    CurlFacts facts;
    facts.result = result;
    facts.os_errno = static_cast<int>(info<CurlLong>(easy_, CURLINFO_OS_ERRNO));
    facts.verify_result = static_cast<int>(info<CurlLong>(easy_, CURLINFO_SSL_VERIFYRESULT));
    facts.proxy_status = static_cast<int>(info<CurlLong>(easy_, CURLINFO_HTTP_CONNECTCODE));
    facts.status = response_.status >= 200 ? response_.status : 0;
    facts.sending = sending_;
    facts.body_sent = static_cast<std::uint64_t>(info<curl_off_t>(easy_, CURLINFO_SIZE_UPLOAD_T));
    if (sending_) {
        // The first counts headers and the body as far as it went out with them.
        facts.bytes_sent = std::max(request_size() - size_before_, facts.body_sent);
    }
    facts.body_size = !request_.parts.empty()
                          ? static_cast<std::uint64_t>(std::max<curl_off_t>(
                                0, info<curl_off_t>(easy_, CURLINFO_CONTENT_LENGTH_UPLOAD_T)))
                          : (request_.body == nullptr ? 0 : request_.body->size());
    facts.stream_refused = stream_refused_;
    facts.repeat_refused = repeat_refused_;
    facts.going_away = last_stream_.has_value();
    facts.unprocessed = last_stream_ && stream_ > *last_stream_;
    facts.over_limit = over_limit_;
    facts.local_errno = local_errno_;
    const bool reading = result == CURLE_READ_ERROR || result == CURLE_ABORTED_BY_CALLBACK;
    if (reading && local_errno_ == 0 && !repeat_refused_) facts.local_errno = EIO;
    if (facts.local_errno != 0) {
        facts.local_path = request_.response_file;
        for (const Part& part : request_.parts) {
            if (!part.file_path.empty()) facts.local_path = part.file_path;
        }
    }
    // Up to the NUL that curl wrote, not the whole buffer.
    facts.text.assign(error_text_.data());  // NOLINT(readability-redundant-string-cstr)
    return facts;
}

void CurlTransfer::clear() {
    if (file_ != nullptr) {
        // Half a download is of no use to anyone.
        (void)close_file();
        ::unlink(request_.response_file.c_str());
    }
    if (mime_ != nullptr) {
        set(easy_, CURLOPT_MIMEPOST, static_cast<curl_mime*>(nullptr));
        ::curl_mime_free(static_cast<curl_mime*>(std::exchange(mime_, nullptr)));
    }
    headers_.reset();
    request_ = {};
    response_ = {};
    received_ = 0;
    header_bytes_ = 0;
    size_before_ = 0;
    sending_ = false;
    repeat_refused_ = false;
    stream_refused_ = false;
    stream_ = 0;
    last_stream_.reset();
    over_limit_ = false;
    local_errno_ = 0;
}

}  // namespace messaging::http
