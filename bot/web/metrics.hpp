#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bot::web {

/// What is measured for Prometheus, by what happened rather than by metric name. Base units and
/// names follow prometheus.io, "Metric and label naming".
///
/// Thread-safe; every call is a look-up under a lock and never does I/O.
class Metrics {
public:
    /// `version` shows up in stentor_build_info.
    explicit Metrics(std::string_view version);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// A delivery reached a state: stentor_deliveries_total{state}.
    void count_delivery(messaging::outbox::State state);
    /// One HTTP attempt ended: stentor_http_attempts_total{result}. `result` is "success" or the
    /// name of the rule that classified the failure.
    void count_attempt(std::string_view result);
    /// stentor_outbox_pending, _uncertain, _dead and stentor_outbox_oldest_seconds (age of the
    /// oldest pending delivery at `now`).
    void set_outbox(const messaging::outbox::Counts& counts, messaging::outbox::Millis now);
    /// stentor_bot_held: 1 while nothing is sent because of a fault that concerns the whole bot.
    void set_held(bool held);
    /// stentor_inbound_events_total{result}, as counted elsewhere since start. A total that went
    /// down is ignored: counters only rise.
    void set_inbound_total(std::string_view result, std::uint64_t total);
    /// A command ended: stentor_commands_total{command,result} and stentor_command_seconds.
    /// `command` must come from the command table, never from a user's text.
    void count_command(std::string_view command,
                       std::string_view result,
                       std::chrono::nanoseconds took);
    /// stentor_report_runs_total{outcome}.
    void count_report_run(std::string_view outcome);
    /// stentor_report_overdue{report}: in how many rooms its last run is not complete in time.
    void set_report_overdue(std::string_view report, std::size_t rooms);
    /// stentor_schedule_runs_total{result}.
    void count_schedule_run(std::string_view result);

    /// Everything in Prometheus' text format 0.0.4.
    std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Content type of `Metrics::text`.
inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace bot::web
