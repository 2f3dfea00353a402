#include "messaging/http/curl_failure.hpp"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace messaging::http {
namespace {

using resilience::FailureKind;

std::string errno_name(int number) {
    const char* name = number == 0 ? nullptr : ::strerrorname_np(number);
    return name == nullptr ? std::string{} : std::string{name};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

Failure make(FailureKind kind, std::string code, const CurlFacts& facts) {
    Failure failure;
    failure.kind = kind;
    failure.code = std::move(code);
    failure.bytes_sent = facts.bytes_sent;
    failure.message =
        one_line(facts.text.empty() ? ::curl_easy_strerror(static_cast<CURLcode>(facts.result))
                                    : facts.text);
    return failure;
}

bool fully_sent(const CurlFacts& facts) {
    return facts.bytes_sent > 0 && facts.body_sent >= facts.body_size;
}

// Codes of verification: openssl-verification-options(1), "Diagnostics".
std::string certificate_code(const CurlFacts& facts) {
    // curl compares the name itself, after OpenSSL has accepted the chain.
    if (contains(facts.text, "subject name")) return "CERT_HOSTNAME_MISMATCH";
    switch (facts.verify_result) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "CERT_HOSTNAME_MISMATCH";
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "CERT_EXPIRED";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "CERT_NOT_YET_VALID";
        case X509_V_ERR_CERT_REVOKED:
            return "CERT_REVOKED";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "CERT_SELF_SIGNED";
        default:
            return "CERT_UNTRUSTED";
    }
}

// OpenSSL reports alerts and broken handshakes as text only.
std::string handshake_code(std::string_view text) {
    constexpr std::array kVersion = {"alert protocol version", "unsupported protocol",
                                     "no protocols available"};
    for (const std::string_view phrase : kVersion) {
        if (contains(text, phrase)) return "ALERT_PROTOCOL_VERSION";
    }
    if (contains(text, "wrong version number")) return "WRONG_VERSION_NUMBER";  // not TLS at all
    if (contains(text, "alert")) return "ALERT_HANDSHAKE_FAILURE";
    constexpr std::array kCut = {"SSL_ERROR_SYSCALL", "unexpected eof", "Connection reset",
                                 "SSL_ERROR_ZERO_RETURN"};
    for (const std::string_view phrase : kCut) {
        if (contains(text, phrase)) return "HANDSHAKE_INTERRUPTED";
    }
    return "HANDSHAKE_FAILURE";
}

// "HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)"
std::string http2_code(const CurlFacts& facts) {
    const std::string_view text = facts.text;
    constexpr std::string_view kBefore = "cleanly: ";
    const auto start = text.find(kBefore);
    if (start == std::string_view::npos) {
        return facts.going_away ? "GOAWAY" : "PROTOCOL_ERROR";
    }
    const auto name = text.substr(start + kBefore.size());
    return std::string{name.substr(0, name.find(' '))};
}

// curl reports a cut line as one of several codes; the error number survives only in its text.
std::string cut_code(const CurlFacts& facts) {
    if (facts.result == CURLE_GOT_NOTHING) return "EOF";
    if (contains(facts.text, "reset by peer")) return "ECONNRESET";
    if (contains(facts.text, "Broken pipe")) return "EPIPE";
    const auto name = errno_name(facts.os_errno);
    return name.empty() ? "EOF" : name;
}

Failure timed_out(const CurlFacts& facts) {
    if (!facts.sending || facts.bytes_sent == 0) {
        return make(FailureKind::kConnectTimeout, "ETIMEDOUT", facts);
    }
    return make(fully_sent(facts) ? FailureKind::kReadTimeout : FailureKind::kSend, "ETIMEDOUT",
                facts);
}

Failure cut(const CurlFacts& facts) {
    if (!facts.sending) return make(FailureKind::kConnect, cut_code(facts), facts);
    return make(fully_sent(facts) ? FailureKind::kReceive : FailureKind::kSend, cut_code(facts),
                facts);
}

Failure local_io(const CurlFacts& facts) {
    Failure failure = make(FailureKind::kLocalIo, errno_name(facts.local_errno), facts);
    std::array<char, 128> buffer{};
    failure.message =
        facts.local_path + ": " + ::strerror_r(facts.local_errno, buffer.data(), buffer.size());
    return failure;
}

Failure malformed(const CurlFacts& facts) {
    Failure failure =
        make(FailureKind::kMalformedResponse, facts.over_limit ? "TOO_LARGE" : "", facts);
    failure.status = facts.status;
    if (facts.over_limit) failure.message = "the response is larger than the caller accepts";
    return failure;
}

Failure by_result(const CurlFacts& facts) {
    switch (static_cast<CURLcode>(facts.result)) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            // The resolver's own code does not come through: curl runs it in a thread.
            return make(FailureKind::kDns, "", facts);
        case CURLE_COULDNT_CONNECT:
            return make(FailureKind::kConnect, errno_name(facts.os_errno), facts);
        case CURLE_OPERATION_TIMEDOUT:
            return timed_out(facts);
        case CURLE_PEER_FAILED_VERIFICATION:
            return make(FailureKind::kTls, certificate_code(facts), facts);
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
            return make(FailureKind::kTls, "CERT_UNTRUSTED", facts);
        case CURLE_SSL_CONNECT_ERROR:
            return make(FailureKind::kTls, handshake_code(facts.text), facts);
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            return make(FailureKind::kHttp2, http2_code(facts), facts);
        case CURLE_PROXY:
            return make(FailureKind::kProxy, "", facts);
        case CURLE_UNSUPPORTED_PROTOCOL:  // also: an answer that is not HTTP
        case CURLE_WEIRD_SERVER_REPLY:
            return facts.bytes_sent > 0 ? malformed(facts)
                                        : make(FailureKind::kProgramming, "", facts);
        case CURLE_URL_MALFORMAT:
        case CURLE_BAD_FUNCTION_ARGUMENT:
        case CURLE_NOT_BUILT_IN:
            return make(FailureKind::kProgramming, "", facts);
        default:
            return cut(facts);
    }
}

}  // namespace

Failure explain(const CurlFacts& facts) {
    if (facts.local_errno != 0) return local_io(facts);
    if (facts.stream_refused) return make(FailureKind::kHttp2, "REFUSED_STREAM", facts);
    if (facts.unprocessed) return make(FailureKind::kHttp2, "GOAWAY_UNPROCESSED", facts);
    if (facts.repeat_refused) {
        Failure failure = make(FailureKind::kReceive, "EOF", facts);
        failure.message = "the kept connection was closed before an answer came";
        return failure;
    }
    if (facts.status != 0 || facts.over_limit) return malformed(facts);
    if (facts.proxy_status != 0 && facts.proxy_status / 100 != 2) {
        Failure failure = make(FailureKind::kProxy, "", facts);
        failure.status = facts.proxy_status;
        return failure;
    }
    return by_result(facts);
}

}  // namespace messaging::http
