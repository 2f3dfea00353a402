#pragma once

#include "resilience/clock.hpp"
#include "resilience/failure.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace resilience {

struct ClassifierRules;
class CompiledRules;

/// What the caller knows about doing the operation twice.
enum class Idempotency : std::uint8_t {
    kIdempotent,     ///< Twice is the same as once: reads, PUT, DELETE.
    kNonIdempotent,  ///< Twice does harm: never repeated after an ambiguous failure.
    kAtLeastOnce     ///< Twice is accepted, a loss is not.
};

/// May a call that failed with this class be repeated? transient and rate_limited: always;
/// ambiguous: unless that does harm; permanent and auth: never.
bool is_repeatable(ErrorClass cls, Idempotency idempotency) noexcept;

/// Which tables and message rules decide.
enum class Profile : std::uint8_t {
    kDefault,  ///< Any HTTP service.
    kWebex,    ///< Webex, host fixed and known to be good: see below.
    kStrict,   ///< As kDefault, but words alone never make a failure repeatable.
    kLiteral   ///< Twelve plain substrings ("timeout", "503", "ssl" …), wherever they stand.
};

/// "default", "webex", "strict" or "literal"; the other direction is empty for unknown names.
std::string_view to_string(Profile profile) noexcept;
std::optional<Profile> parse_profile(std::string_view name) noexcept;

/// What a failure means.
struct Verdict {
    ErrorClass cls = ErrorClass::kPermanent;
    Scope scope = Scope::kMessage;
    /// Name of the rule that decided, such as "http_429" or "text_timeout". Static storage; that of
    /// a user's rule lives as long as the classifier or a copy of it.
    std::string_view rule = {};
    /// The wait that the other side asked for, where it did and the class is kRateLimited.
    std::optional<std::chrono::milliseconds> server_delay = std::nullopt;
    /// Where set, more repeats than this are of no use, whatever the policy allows.
    std::optional<std::uint32_t> repeats_max = std::nullopt;
};

/// Tells from a failure whether it may be repeated and whom it concerns.
///
/// Facts decide before words. In this order: cancelled; the kind of failure with its code; the HTTP
/// status with its headers; and, for failures of which only a text is known (kException), the text:
/// refused tunnel, certificate, HTTP status in context, credentials, validation, known phrases.
/// Nothing known is permanent. Words match whole words only; a number is a status only behind
/// "HTTP", "status" and the like or before its reason phrase. Tracking ids (ROUTERGW_…, ROUTER_…,
/// CLIENT_…, NA_…), URLs, paths and quoted text of users never match.
///
/// Codes that are understood in `FailureInfo::code` (others fall to the rule of their kind):
///   any kind  BAD_URL UNSUPPORTED_PROTOCOL BAD_HEADER TOO_MANY_REDIRECTS
///   kDns      EAI_NONAME EAI_NODATA EAI_ADDRFAMILY (no such host); EAI_AGAIN and others (try
///   again) kConnect  ECONNREFUSED ECONNRESET ENETUNREACH EHOSTUNREACH ETIMEDOUT …; not to be
///   healed by
///             waiting are EACCES EPERM EAFNOSUPPORT EPROTONOSUPPORT EINVAL
///   kTls      CERT_HOSTNAME_MISMATCH CERT_EXPIRED CERT_UNTRUSTED CERT_SELF_SIGNED, any CERT_…;
///             ALERT_PROTOCOL_VERSION ALERT_HANDSHAKE_FAILURE, any ALERT_… but
///             ALERT_INTERNAL_ERROR, ALERT_CLOSE_NOTIFY, ALERT_USER_CANCELED; NO_SHARED_CIPHER
///             WRONG_VERSION_NUMBER; transient are HANDSHAKE_INTERRUPTED ECONNRESET EOF and others
///   kSend, kReceive, kReadTimeout   EPIPE ECONNRESET EOF …: `bytes_sent` decides, not the code
///   kHttp2    REFUSED_STREAM, GOAWAY_UNPROCESSED (never processed); GOAWAY and others (unknown)
///   kLocalIo  ENOENT EACCES … permanent; EMFILE ENFILE EAGAIN EINTR EBUSY ENOMEM ETXTBSY ESTALE
///             transient
///   kException  any of the socket and file codes above
///
/// A certificate that was not accepted is permanent for the bot. A text that does not say what is
/// wrong with it ("certificate verification error") is worth one repeat: agents behind a proxy of
/// their own have seen that heal.
///
/// Profile kWebex differs from kDefault: 403 is permanent for the room (kDefault: auth), 404 and
/// 410 too unless the text names a person or a message; 423 and 503 are transient (kDefault:
/// permanent, ambiguous); an unknown host is transient (kDefault: permanent). Its 400 texts have
/// rules of their own
/// ("webex_text_too_long", "webex_payload_too_big", "webex_content_unreachable"). A 2xx with an
/// unreadable body is kAmbiguous with rule "unreadable_success": the request was carried out.
///
/// Immutable; may be shared by threads. Neither throws nor allocates after construction.
class Classifier {
public:
    /// `unknown` is the class of a text that no rule knows. Fails closed by default.
    explicit Classifier(Profile profile = Profile::kDefault,
                        ErrorClass unknown = ErrorClass::kPermanent);
    /// As above, with rules of the user, which decide before the profile's tables and phrases. They
    /// change neither what a Retry-After says nor what is no answer at all (kCancelled, kDns …).
    Classifier(Profile profile, ErrorClass unknown, ClassifierRules rules);

    /// `wall_now` is needed to read a date in Retry-After.
    Verdict classify(const FailureInfo& failure, Clock::WallTime wall_now) const noexcept;

    Profile profile() const noexcept { return profile_; }

private:
    /// What the user's rules say; empty where they say nothing.
    std::optional<Verdict> by_users_rules(const FailureInfo& failure,
                                          Clock::WallTime wall_now) const noexcept;

    Profile profile_;
    ErrorClass unknown_;
    std::shared_ptr<const CompiledRules> rules_ = nullptr;
};

/// The names used in logs, metrics and vectors: transient rate_limited ambiguous permanent auth.
std::string_view to_string(ErrorClass cls) noexcept;
/// message room bot.
std::string_view to_string(Scope scope) noexcept;

/// An `Error` from a verdict and a line of text for people.
Error to_error(const Verdict& verdict, std::string message);

}  // namespace resilience
