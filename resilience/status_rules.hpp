#pragma once

#include "resilience/classify.hpp"

#include <string_view>

namespace resilience {

/// What an HTTP status means in a profile, before headers and text are looked at. Statuses that no
/// table names are permanent for the message. Pure.
Verdict verdict_of_status(Profile profile, int status) noexcept;

/// True for the statuses that a valid Retry-After turns into an explicit refusal with a date:
/// 403 413 423 429 503 529. The request was not carried out.
bool may_be_refusal_with_date(int status) noexcept;

}  // namespace resilience
