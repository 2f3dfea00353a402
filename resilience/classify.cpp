#include "resilience/classify.hpp"

#include "resilience/classifier_rules.hpp"
#include "resilience/error_text.hpp"
#include "resilience/retry_after.hpp"
#include "resilience/status_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace resilience {

namespace {

using enum ErrorClass;
using enum Scope;

template <std::size_t N>
bool is_one_of(std::string_view code, const std::array<std::string_view, N>& codes) noexcept {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool contains(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

bool starts_with(std::string_view code, std::string_view prefix) noexcept {
    return code.substr(0, prefix.size()) == prefix;
}

constexpr std::array<std::string_view, 6> kBadRequestCodes{"BAD_URL",    "UNSUPPORTED_PROTOCOL",
                                                           "BAD_HEADER", "TOO_MANY_REDIRECTS",
                                                           "BAD_OPTION", "BAD_ARGUMENT"};
constexpr std::array<std::string_view, 4> kNoSuchHostCodes{"EAI_NONAME", "EAI_NODATA",
                                                           "EAI_ADDRFAMILY", "NXDOMAIN"};
constexpr std::array<std::string_view, 7> kConnectForbiddenCodes{
    "EACCES", "EPERM", "EAFNOSUPPORT", "EPROTONOSUPPORT", "EPROTOTYPE", "EINVAL", "EBADF"};
constexpr std::array<std::string_view, 13> kNothingSentCodes{
    "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH",  "ENETDOWN",       "EHOSTDOWN",
    "ENONET",       "EAI_AGAIN",   "EADDRNOTAVAIL", "REFUSED_STREAM", "HANDSHAKE_INTERRUPTED",
    "EAI_FAIL",     "EAI_SYSTEM",  "EAI_MEMORY"};
constexpr std::array<std::string_view, 7> kCutOffCodes{
    "ECONNRESET", "ECONNABORTED", "EPIPE", "EOF", "ETIMEDOUT", "ENETRESET", "ENOTCONN"};
constexpr std::array<std::string_view, 9> kBusyFileCodes{
    "EMFILE", "ENFILE", "EAGAIN", "EINTR", "EBUSY", "ENOMEM", "ETXTBSY", "ESTALE", "ENOBUFS"};
constexpr std::array<std::string_view, 12> kFileCodes{"ENOENT",  "EACCES",       "EPERM", "EISDIR",
                                                      "ENOTDIR", "ENAMETOOLONG", "EROFS", "ELOOP",
                                                      "ENOSPC",  "EDQUOT",       "EFBIG", "EINVAL"};
constexpr std::array<std::string_view, 3> kHealingAlerts{
    "ALERT_INTERNAL_ERROR", "ALERT_CLOSE_NOTIFY", "ALERT_USER_CANCELED"};
constexpr std::array<std::string_view, 7> kNoCommonTls{
    "NO_SHARED_CIPHER",       "WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL_VERSION",
    "NO_PROTOCOLS_AVAILABLE", "NO_CIPHER_MATCH",      "INSUFFICIENT_SECURITY",
    "PROTOCOL_VERSION"};

bool names_certificate(std::string_view code) noexcept {
    return contains(code, "CERT") || contains(code, "HOSTNAME") || contains(code, "VERIFY") ||
           contains(code, "SELF_SIGNED");
}

Verdict unknown_host(Profile profile) noexcept {
    // Webex has a fixed host that is known to exist: resolvers say this when a VPN drops.
    if (profile == Profile::kWebex) return {kTransient, kBot, "dns_unknown_host"};
    return {kPermanent, kBot, "dns_unknown_host"};
}

Verdict verdict_of_dns(Profile profile, const FailureInfo& failure) noexcept {
    if (is_one_of(failure.code, kNoSuchHostCodes)) return unknown_host(profile);
    if (failure.code.empty() && read_error_text(failure.message).has(TextTopic::kUnknownHost)) {
        return unknown_host(profile);
    }
    return {kTransient, kBot, "dns_try_again"};
}

/// A text that says what is wrong with the certificate is believed. One that does not has healed at
/// the second try where a proxy of the machine had not yet been ready.
Verdict verdict_of_certificate_text(const TextFindings& found, std::string_view rule) noexcept {
    if (found.has(TextTopic::kCertificateFault)) return {kPermanent, kBot, rule};
    return {.cls = kTransient, .scope = kBot, .rule = "certificate_unnamed", .repeats_max = 1};
}

Verdict verdict_of_tls(std::string_view code, std::string_view message) noexcept {
    const bool alert = starts_with(code, "ALERT_");
    if (names_certificate(code)) return {kPermanent, kBot, "tls_certificate"};
    if (alert && !is_one_of(code, kHealingAlerts)) return {kPermanent, kBot, "tls_refused"};
    if (is_one_of(code, kNoCommonTls)) return {kPermanent, kBot, "tls_refused"};
    const TextFindings found = code.empty() ? read_error_text(message) : TextFindings{};
    if (found.has(TextTopic::kCertificate)) {
        return verdict_of_certificate_text(found, "tls_certificate");
    }
    return {kTransient, kMessage, "tls_interrupted"};
}

Verdict verdict_of_http2(const FailureInfo& failure) noexcept {
    if (failure.code == "REFUSED_STREAM") return {kTransient, kMessage, "http2_refused_stream"};
    const bool unprocessed =
        failure.code == "GOAWAY_UNPROCESSED" ||
        (failure.code == "GOAWAY" && read_error_text(failure.message).has(TextTopic::kUnprocessed));
    if (unprocessed) return {kTransient, kMessage, "http2_unprocessed"};
    return {kAmbiguous, kMessage, "http2_error"};
}

/// The origin never saw the request, so whatever the proxy says, nothing was carried out.
Verdict verdict_of_tunnel(int status) noexcept {
    if (status == 407 || status == 401) return {kAuth, kBot, "proxy_credentials"};
    const bool heals = status == 0 || status >= 500 || status == 408 || status == 429;
    if (heals) return {kTransient, kMessage, "proxy_tunnel"};
    return {kPermanent, kBot, "proxy_refused"};
}

Verdict verdict_of_file(std::string_view code) noexcept {
    if (is_one_of(code, kBusyFileCodes)) return {kTransient, kMessage, "file_busy"};
    return {kPermanent, kMessage, "file_unusable"};
}

/// For failures that were caught as an exception but carry a code.
std::optional<Verdict> verdict_of_code(Profile profile, std::string_view code) noexcept {
    if (code.empty()) return std::nullopt;
    if (is_one_of(code, kNoSuchHostCodes)) return unknown_host(profile);
    if (is_one_of(code, kNothingSentCodes)) return Verdict{kTransient, kMessage, "code_not_sent"};
    if (is_one_of(code, kCutOffCodes)) return Verdict{kAmbiguous, kMessage, "code_cut_off"};
    if (is_one_of(code, kBusyFileCodes) || is_one_of(code, kFileCodes)) {
        return verdict_of_file(code);
    }
    const bool tls =
        names_certificate(code) || is_one_of(code, kNoCommonTls) || starts_with(code, "ALERT_");
    if (tls) return verdict_of_tls(code, {});
    return std::nullopt;
}

struct TopicRule {
    TextTopic topic;
    ErrorClass cls;
    Scope scope;
    std::string_view name;
};

// In order of decision. Statuses named by their reason alone follow the status table instead.
constexpr auto kTopicRules = std::to_array<TopicRule>({
    {TextTopic::kCredentials, kAuth, kBot, "text_credentials"},
    {TextTopic::kValidation, kPermanent, kMessage, "text_validation"},
    {TextTopic::kQuota, kPermanent, kMessage, "text_quota"},
    {TextTopic::kRefusedContent, kPermanent, kMessage, "text_refused_content"},
    {TextTopic::kMissing, kPermanent, kMessage, "text_missing"},
    {TextTopic::kNotCarriedOut, kTransient, kMessage, "text_not_carried_out"},
    {TextTopic::kRateLimited, kRateLimited, kBot, "text_rate_limited"},
    {TextTopic::kCutOff, kAmbiguous, kMessage, "text_cut_off"},
    {TextTopic::kNotConnected, kTransient, kMessage, "text_not_connected"},
});

constexpr std::array<std::pair<TextTopic, int>, 4> kReasonStatuses{
    {{TextTopic::kGatewayTimeout, 504},
     {TextTopic::kBadGateway, 502},
     {TextTopic::kServerError, 500},
     {TextTopic::kUnavailable, 503}}};

std::optional<Verdict> verdict_of_topics(Profile profile, const TextFindings& found) noexcept {
    for (const auto& rule : kTopicRules) {
        if (found.has(rule.topic)) return Verdict{rule.cls, rule.scope, rule.name};
    }
    if (found.has(TextTopic::kUnknownHost)) return unknown_host(profile);
    for (const auto& [topic, status] : kReasonStatuses) {
        if (!found.has(topic)) continue;
        Verdict verdict = verdict_of_status(profile, status);
        verdict.rule = "text_server_trouble";
        return verdict;
    }
    if (found.has(TextTopic::kTimeout)) return Verdict{kAmbiguous, kMessage, "text_timeout"};
    if (found.has(TextTopic::kNetwork)) return Verdict{kAmbiguous, kMessage, "text_network"};
    return std::nullopt;
}

Verdict verdict_of_text(Profile profile, ErrorClass unknown, std::string_view text) noexcept {
    const TextFindings found = read_error_text(text);
    if (found.has(TextTopic::kCancelled)) return {kPermanent, kMessage, "text_cancelled"};
    if (found.has(TextTopic::kTunnel)) return verdict_of_tunnel(found.status);
    if (found.has(TextTopic::kCertificate)) {
        return verdict_of_certificate_text(found, "text_certificate");
    }
    if (found.status != 0) {
        Verdict verdict = verdict_of_status(profile, found.status);
        if (verdict.cls == kRateLimited && found.has(TextTopic::kQuota)) {
            return {kPermanent, kMessage, "text_quota"};
        }
        return verdict;
    }
    const auto verdict = verdict_of_topics(profile, found);
    return verdict.value_or(Verdict{unknown, kMessage, "unknown"});
}

/// Statuses whose meaning in Webex depends on the text of the body.
Verdict refine_webex(Verdict verdict, int status, std::string_view body) noexcept {
    if (status != 400 && status != 404) return verdict;
    const TextFindings found = read_error_body(body);
    if (status == 404) {
        if (found.has(TextTopic::kWebexRoom)) return {kPermanent, kRoom, "webex_room_not_found"};
        if (found.has(TextTopic::kWebexPerson)) {
            return {kPermanent, kMessage, "webex_person_not_found"};
        }
        if (found.has(TextTopic::kWebexMessage)) {
            return {kPermanent, kMessage, "webex_message_not_found"};
        }
        return verdict;
    }
    if (found.has(TextTopic::kWebexTooLong)) verdict.rule = "webex_text_too_long";
    if (found.has(TextTopic::kWebexTooBig)) verdict.rule = "webex_payload_too_big";
    if (found.has(TextTopic::kWebexContent)) verdict.rule = "webex_content_unreachable";
    return verdict;
}

Verdict verdict_of_response(Profile profile,
                            const FailureInfo& failure,
                            Clock::WallTime wall_now) noexcept {
    Verdict verdict = verdict_of_status(profile, failure.status);
    if (may_be_refusal_with_date(failure.status)) {
        if (const auto delay = parse_retry_after(failure.retry_after, wall_now)) {
            const bool locked = failure.status == 423 || failure.status == 413;
            return {kRateLimited, locked ? kMessage : kBot, "http_retry_after", delay};
        }
    }
    if (failure.status == 429 && read_error_body(failure.message).has(TextTopic::kQuota)) {
        return {kPermanent, kBot, "http_429_quota"};
    }
    return profile == Profile::kWebex ? refine_webex(verdict, failure.status, failure.message)
                                      : verdict;
}

/// The request left this process at least in part, unless it is known that not one byte did.
Verdict verdict_of_cut(const FailureInfo& failure, std::string_view rule) noexcept {
    if (failure.bytes_sent == std::uint64_t{0}) return {kTransient, kMessage, "nothing_sent"};
    return {kAmbiguous, kMessage, rule};
}

Verdict verdict_of_connect(std::string_view code) noexcept {
    if (is_one_of(code, kConnectForbiddenCodes)) return {kPermanent, kBot, "connect_impossible"};
    return {kTransient, kMessage, "connect_failed"};
}

Verdict verdict_of_malformed(Profile profile,
                             const FailureInfo& failure,
                             Clock::WallTime wall_now) noexcept {
    const bool success = failure.status >= 200 && failure.status < 300;
    if (success) return {kAmbiguous, kMessage, "unreadable_success"};
    if (failure.status >= 300) return verdict_of_response(profile, failure, wall_now);
    return {kAmbiguous, kMessage, "unreadable_response"};
}

Verdict verdict_of_exception(Profile profile,
                             ErrorClass unknown,
                             const FailureInfo& failure,
                             Clock::WallTime wall_now) noexcept {
    if (failure.status != 0) return verdict_of_response(profile, failure, wall_now);
    if (const auto verdict = verdict_of_code(profile, failure.code)) return *verdict;
    return verdict_of_text(profile, unknown, failure.message);
}

Verdict verdict_of_facts(Profile profile,
                         ErrorClass unknown,
                         const FailureInfo& failure,
                         Clock::WallTime wall_now) noexcept {
    switch (failure.kind) {
        case FailureKind::kCancelled:
            return {kPermanent, kMessage, "cancelled"};
        case FailureKind::kCircuitOpen:
            return {kPermanent, kBot, "circuit_open"};
        case FailureKind::kProgramming:
            return {kPermanent, kMessage, "programming"};
        case FailureKind::kHttpStatus:
            return verdict_of_response(profile, failure, wall_now);
        case FailureKind::kDns:
            return verdict_of_dns(profile, failure);
        case FailureKind::kConnect:
            return verdict_of_connect(failure.code);
        case FailureKind::kConnectTimeout:
            return {kTransient, kMessage, "connect_timeout"};
        case FailureKind::kTls:
            return verdict_of_tls(failure.code, failure.message);
        case FailureKind::kSend:
            return verdict_of_cut(failure, "send_cut_off");
        case FailureKind::kReceive:
            return verdict_of_cut(failure, "receive_cut_off");
        case FailureKind::kReadTimeout:
            return verdict_of_cut(failure, "read_timeout");
        case FailureKind::kHttp2:
            return verdict_of_http2(failure);
        case FailureKind::kProxy:
            return verdict_of_tunnel(failure.status);
        case FailureKind::kMalformedResponse:
            return verdict_of_malformed(profile, failure, wall_now);
        case FailureKind::kLocalIo:
            return verdict_of_file(failure.code);
        case FailureKind::kException:
            return verdict_of_exception(profile, unknown, failure, wall_now);
    }
    return {kPermanent, kMessage, "unknown"};
}

/// Everything that looks like a network error is repeated, and every text with one of twelve words:
/// the behaviour of a plain list of exception types and substrings, faults included.
Verdict verdict_of_literal_list(const FailureInfo& failure) noexcept {
    switch (failure.kind) {
        case FailureKind::kCancelled:
            return {kPermanent, kMessage, "cancelled"};
        case FailureKind::kProgramming:
            return {kPermanent, kMessage, "programming"};
        case FailureKind::kCircuitOpen:
            return {kPermanent, kBot, "circuit_open"};
        case FailureKind::kHttpStatus:
        case FailureKind::kException:
            break;
        default:
            return {kTransient, kMessage, "literal_type"};
    }
    const bool listed = failure.status == 429 || failure.status == 503 || failure.status == 504;
    if (listed) return {kTransient, kMessage, "literal_status"};
    if (has_literal_word(failure.message)) return {kTransient, kMessage, "literal_word"};
    return {kPermanent, kMessage, "unknown"};
}

}  // namespace

Classifier::Classifier(Profile profile, ErrorClass unknown) : profile_(profile), unknown_(unknown) {
    prepare_error_texts();
}

Classifier::Classifier(Profile profile, ErrorClass unknown, ClassifierRules rules)
    : Classifier(profile, unknown) {
    rules_ = std::make_shared<const CompiledRules>(std::move(rules));
}

std::optional<Verdict> Classifier::by_users_rules(const FailureInfo& failure,
                                                  Clock::WallTime wall_now) const noexcept {
    const bool answered = failure.kind == FailureKind::kHttpStatus ||
                          failure.kind == FailureKind::kMalformedResponse ||
                          failure.kind == FailureKind::kException;
    if (!answered) return std::nullopt;
    if (failure.status == 0) {
        const bool by_words = failure.kind == FailureKind::kException && failure.code.empty();
        return by_words ? rules_->of_text(failure.message) : std::nullopt;
    }
    const auto delay = parse_retry_after(failure.retry_after, wall_now);
    if (delay && may_be_refusal_with_date(failure.status)) return std::nullopt;
    auto verdict = rules_->of_response(failure.status, failure.message);
    if (verdict && verdict->cls == kRateLimited) verdict->server_delay = delay;
    return verdict;
}

Verdict Classifier::classify(const FailureInfo& failure, Clock::WallTime wall_now) const noexcept {
    if (rules_) {
        if (const auto verdict = by_users_rules(failure, wall_now)) return *verdict;
    }
    if (profile_ == Profile::kLiteral) return verdict_of_literal_list(failure);
    if (is_one_of(failure.code, kBadRequestCodes) && failure.kind != FailureKind::kCancelled) {
        return {kPermanent, kMessage, "bad_request"};
    }
    Verdict verdict = verdict_of_facts(profile_, unknown_, failure, wall_now);
    const bool by_words =
        failure.kind == FailureKind::kException && failure.status == 0 && failure.code.empty();
    if (profile_ == Profile::kStrict && by_words &&
        is_repeatable(verdict.cls, Idempotency::kIdempotent)) {
        return {kPermanent, verdict.scope, "strict_words"};
    }
    return verdict;
}

}  // namespace resilience
