#include "resilience/event.hpp"

#include "resilience/redact.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace resilience {

namespace {

std::string seconds(Duration span, int decimals) {
    std::array<char, 48> text{};
    const double value = std::chrono::duration<double>(span).count();
    const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return {text.data(), static_cast<std::size_t>(length)};
}

/// "2/5", or "2" where attempts are not limited.
std::string count_of(const Event& event) {
    auto number = std::to_string(event.attempt);
    if (event.max_attempts == kUnlimitedAttempts) return number;
    return number + "/" + std::to_string(event.max_attempts);
}

/// "Type: text".
std::string error_line(const Event& event) {
    return std::string(error_type(event)) + ": " +
           (event.error != nullptr ? redact(event.error->message) : std::string());
}

bool used_up(const Event& event) {
    return event.reason == GiveUp::kAttemptsExhausted;
}

std::string carousel(const Event& event) {
    const auto attempt = "Attempt " + count_of(event);
    switch (event.kind) {
        case EventKind::kRetry:
            return attempt + " failed, retrying in " + seconds(event.delay, 1) + "s";
        case EventKind::kSuccess:
            return attempt + " succeeded after " + seconds(event.total_delay, 1) + "s of waiting";
        case EventKind::kGaveUp:
            return used_up(event)
                       ? "All retry attempts failed"
                       : attempt + " failed, not retried: " + std::string(to_string(event.reason));
    }
    return {};
}

std::string backoff(const Event& event) {
    const std::string operation = redact(event.operation);
    switch (event.kind) {
        case EventKind::kRetry:
            return "Retry attempt " + count_of(event) + " failed for " + operation + ", waiting " +
                   seconds(event.delay, 2) + "s";
        case EventKind::kSuccess:
            return "Retry succeeded for " + operation;
        case EventKind::kGaveUp:
            return used_up(event)
                       ? "All retry attempts exhausted for " + operation
                       : "Not retried (" + std::string(to_string(event.reason)) + "): " + operation;
    }
    return {};
}

std::string webex(const Event& event) {
    const std::string operation = redact(event.operation);
    switch (event.kind) {
        case EventKind::kRetry:
            return "⚠️ " + operation + " attempt " + count_of(event) +
                   " failed: " + error_line(event) + ". Retrying in " + seconds(event.delay, 2) +
                   "s...";
        case EventKind::kSuccess:
            return "✅ " + operation + " succeeded on attempt " + count_of(event);
        case EventKind::kGaveUp:
            if (event.reason == GiveUp::kPermanent || event.reason == GiveUp::kAuth) {
                return "❌ " + operation +
                       " failed with non-retryable exception: " + error_line(event);
            }
            return "❌ " + operation + " failed after " + std::to_string(event.attempt) +
                   " attempts. Last error: " + error_line(event);
    }
    return {};
}

/// Counts retries, not attempts: four attempts read "failed after 3 attempts".
std::string clip(const Event& event) {
    const std::string operation = redact(event.operation);
    switch (event.kind) {
        case EventKind::kRetry:
            return operation + " retry " + std::to_string(event.attempt) + " in " +
                   seconds(event.delay, 0) + "s after " + error_line(event);
        case EventKind::kSuccess:
            return operation + " succeeded on attempt " + std::to_string(event.attempt);
        case EventKind::kGaveUp:
            return used_up(event) ? operation + " failed after " + std::to_string(event.retries()) +
                                        " attempts"
                                  : operation + " failed, not retriable: " + error_line(event);
    }
    return {};
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

// Rules of users may have any name.
std::string quoted_if_odd(const std::string& text) {
    return text.find_first_of(" \"\\=\n\r\t") == std::string::npos ? text : quoted(text);
}

std::string key_value(const Event& event) {
    std::string out = "event=" + std::string(to_string(event.kind)) +
                      " operation=" + quoted(redact(event.operation)) +
                      " attempt=" + std::to_string(event.attempt);
    if (event.max_attempts != kUnlimitedAttempts) {
        out += " max_attempts=" + std::to_string(event.max_attempts);
    }
    out += " retries=" + std::to_string(event.retries());
    if (event.kind == EventKind::kRetry) out += " delay_s=" + seconds(event.delay, 3);
    out += " total_delay_s=" + seconds(event.total_delay, 3);
    if (event.kind == EventKind::kGaveUp) out += " reason=" + std::string(to_string(event.reason));
    if (event.maybe_duplicate) out += " maybe_duplicate=true";
    if (event.nested) out += " nested=true";
    if (event.error != nullptr) {
        out += " class=" + std::string(to_string(event.error->cls)) +
               " type=" + quoted_if_odd(std::string(error_type(event))) +
               " error=" + quoted(redact(event.error->message));
    }
    return out;
}

}  // namespace

std::string_view to_string(EventKind kind) noexcept {
    switch (kind) {
        case EventKind::kRetry:
            return "retry";
        case EventKind::kSuccess:
            return "success";
        case EventKind::kGaveUp:
            return "gave_up";
    }
    return "retry";
}

std::string_view error_type(const Event& event) noexcept {
    if (event.error == nullptr) return {};
    return event.error->rule.empty() ? to_string(event.error->cls)
                                     : std::string_view(event.error->rule);
}

Severity severity_of(const Event& event) noexcept {
    switch (event.kind) {
        case EventKind::kRetry:
            return Severity::kWarning;
        case EventKind::kSuccess:
            return Severity::kInfo;
        case EventKind::kGaveUp:
            return Severity::kError;
    }
    return Severity::kInfo;
}

namespace {

std::string line_in(Dialect dialect, const Event& event) {
    if (event.nested && dialect != Dialect::kKeyValue) {
        Event plain = event;
        plain.nested = false;
        return line_in(dialect, plain) + " (repeated inside a repeated call: attempts multiply)";
    }
    switch (dialect) {
        case Dialect::kCarousel:
            return carousel(event);
        case Dialect::kBackoff:
            return backoff(event);
        case Dialect::kWebex:
            return webex(event);
        case Dialect::kClip:
            return clip(event);
        case Dialect::kKeyValue:
            return key_value(event);
    }
    return {};
}

}  // namespace

std::string to_line(Dialect dialect, const Event& event) {
    auto line = line_in(dialect, event);
    // Names of operations and rules come from anywhere: none of them may end the line.
    std::replace_if(
        line.begin(), line.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, ' ');
    return line;
}

RepeatFilter::Answer RepeatFilter::admit(const Event& event, Instant now) noexcept {
    const std::uint64_t key = key_of(event);
    const std::scoped_lock lock(mutex_);
    Slot* oldest = &slots_.front();
    for (Slot& slot : slots_) {
        if (slot.used && slot.key == key) {
            if (now - slot.passed < interval_) {
                ++slot.held_back;
                return {false, 0};
            }
            const auto held_back = slot.held_back;
            slot = {true, key, now, 0};
            return {true, held_back};
        }
        if (!slot.used || (oldest->used && slot.passed < oldest->passed)) oldest = &slot;
        if (!slot.used) break;  // slots fill up in order and stay in use
    }
    *oldest = {true, key, now, 0};
    return {true, 0};
}

std::uint64_t RepeatFilter::key_of(const Event& event) noexcept {
    // FNV-1a: a collision only holds back a line for a while.
    std::uint64_t hash = 14695981039346656037ULL;
    const auto mix = [&hash](std::string_view text) {
        for (const char c : text) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
        }
        hash = (hash ^ 0xFFU) * 1099511628211ULL;
    };
    mix(to_string(event.kind));
    mix(event.operation);
    mix(to_string(event.reason));
    mix(error_type(event));
    return hash;
}

}  // namespace resilience
