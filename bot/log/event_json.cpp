#include "bot/log/event_json.hpp"

#include "resilience/redact.hpp"

#include <date/date.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace bot::log {

namespace {

using nlohmann::ordered_json;
using resilience::Event;
using resilience::EventKind;
using resilience::GiveUp;

/// Rounded to milliseconds: a wait of 2.15 s shall not read 2.1499999.
double seconds(resilience::Duration span) {
    const auto millis = std::chrono::round<std::chrono::milliseconds>(span).count();
    return static_cast<double>(millis) / 1000.0;
}

std::string error_text(const Event& event) {
    return event.error == nullptr ? std::string() : resilience::redact(event.error->message);
}

std::string typed_error(const Event& event) {
    return std::string(error_type(event)) + ": " + error_text(event);
}

bool used_up(const Event& event) {
    return event.reason == GiveUp::kAttemptsExhausted;
}

void add_limit(ordered_json& record, const Event& event) {
    if (event.max_attempts != resilience::kUnlimitedAttempts) {
        record["max_attempts"] = event.max_attempts;
    }
}

ordered_json carousel(const Event& event) {
    ordered_json record;
    const auto function = resilience::redact(event.operation);
    switch (event.kind) {
        case EventKind::kRetry:
            record["event"] = "retry_attempt";
            record["attempt"] = event.attempt;
            add_limit(record, event);
            record["delay"] = seconds(event.delay);
            record["exception"] = typed_error(event);
            break;
        case EventKind::kSuccess:
            record["event"] = "retry_success";
            record["attempt"] = event.retries();
            record["total_delay"] = seconds(event.total_delay);
            break;
        case EventKind::kGaveUp:
            record["event"] = used_up(event) ? "retry_exhausted" : "retry_refused";
            if (used_up(event)) {
                add_limit(record, event);
                record["total_delay"] = seconds(event.total_delay);
                record["error"] = "All retry attempts failed";
            } else {
                record["attempt"] = event.attempt;
                record["exception"] = typed_error(event);
                record["reason"] = to_string(event.reason);
            }
            break;
    }
    record["function"] = function;
    return record;
}

ordered_json backoff(const Event& event) {
    ordered_json record;
    record["message"] = to_line(resilience::Dialect::kBackoff, event);
    record["operation"] = resilience::redact(event.operation);
    if (event.kind == EventKind::kGaveUp) {
        record["attempts"] = event.attempt;
    } else {
        record["attempt"] = event.attempt;
        add_limit(record, event);
    }
    if (event.kind == EventKind::kRetry) record["delay_seconds"] = seconds(event.delay);
    if (event.error != nullptr) record["error"] = typed_error(event);
    return record;
}

ordered_json clip(const Event& event) {
    switch (event.kind) {
        case EventKind::kRetry:
            return {{"event", "clip_download_retry"},
                    {"attempt_number", event.attempt},
                    {"wait_seconds", seconds(event.delay)},
                    {"error_type", error_type(event)}};
        case EventKind::kSuccess:
            return {{"event", "clip_download_success"}, {"total_attempts", event.attempt}};
        case EventKind::kGaveUp:
            if (used_up(event)) {
                return {{"event", "clip_download_failed_all_retries"},
                        {"attempts_made", event.retries()},
                        {"final_error", error_text(event)}};
            }
            return {{"event", "clip_download_non_retriable_error"},
                    {"error_type", error_type(event)},
                    {"final_error", error_text(event)}};
    }
    return {};
}

ordered_json own(const Event& event) {
    ordered_json record;
    record["event"] = to_string(event.kind);
    record["operation"] = resilience::redact(event.operation);
    record["attempt"] = event.attempt;
    add_limit(record, event);
    record["retries"] = event.retries();
    if (event.kind == EventKind::kRetry) record["delay_s"] = seconds(event.delay);
    record["total_delay_s"] = seconds(event.total_delay);
    if (event.kind == EventKind::kGaveUp) record["reason"] = to_string(event.reason);
    if (event.maybe_duplicate) record["maybe_duplicate"] = true;
    if (event.nested) record["nested"] = true;
    if (event.error != nullptr) {
        record["class"] = to_string(event.error->cls);
        record["type"] = error_type(event);
        record["error"] = error_text(event);
    }
    return record;
}

ordered_json record_of(resilience::Dialect dialect, const Event& event) {
    switch (dialect) {
        case resilience::Dialect::kCarousel:
            return carousel(event);
        case resilience::Dialect::kBackoff:
            return backoff(event);
        case resilience::Dialect::kClip:
            return clip(event);
        case resilience::Dialect::kWebex:
        case resilience::Dialect::kKeyValue:
            break;
    }
    return own(event);
}

}  // namespace

std::string to_json(resilience::Dialect dialect,
                    const Event& event,
                    resilience::Clock::WallTime now,
                    const EventContext& context) {
    ordered_json record = record_of(dialect, event);
    for (const auto& [name, value] : context) {
        const std::string key(name);
        if (!record.contains(key) && key != "timestamp") record[key] = resilience::redact(value);
    }
    record["timestamp"] = date::format("%FT%TZ", date::floor<std::chrono::seconds>(now));
    return record.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace bot::log
