// Names and meanings of the classes; which failure has which class is decided in classify.cpp.
#include "resilience/classify.hpp"

#include <utility>

namespace resilience {

using enum ErrorClass;
using enum Scope;

bool is_repeatable(ErrorClass cls, Idempotency idempotency) noexcept {
    switch (cls) {
        case kTransient:
        case kRateLimited:
            return true;
        case kAmbiguous:
            return idempotency != Idempotency::kNonIdempotent;
        case kPermanent:
        case kAuth:
            return false;
    }
    return false;
}

std::string_view to_string(Profile profile) noexcept {
    switch (profile) {
        case Profile::kDefault:
            return "default";
        case Profile::kWebex:
            return "webex";
        case Profile::kStrict:
            return "strict";
        case Profile::kLiteral:
            return "literal";
    }
    return "default";
}

std::optional<Profile> parse_profile(std::string_view name) noexcept {
    for (const auto profile :
         {Profile::kDefault, Profile::kWebex, Profile::kStrict, Profile::kLiteral}) {
        if (to_string(profile) == name) return profile;
    }
    return std::nullopt;
}

std::string_view to_string(ErrorClass cls) noexcept {
    switch (cls) {
        case kTransient:
            return "transient";
        case kRateLimited:
            return "rate_limited";
        case kAmbiguous:
            return "ambiguous";
        case kPermanent:
            return "permanent";
        case kAuth:
            return "auth";
    }
    return "permanent";
}

std::string_view to_string(Scope scope) noexcept {
    switch (scope) {
        case kMessage:
            return "message";
        case kRoom:
            return "room";
        case kBot:
            return "bot";
    }
    return "message";
}

Error to_error(const Verdict& verdict, std::string message) {
    return Error{.cls = verdict.cls,
                 .scope = verdict.scope,
                 .message = std::move(message),
                 .rule = std::string(verdict.rule),
                 .retry_after = verdict.server_delay,
                 .repeats_max = verdict.repeats_max};
}

}  // namespace resilience
