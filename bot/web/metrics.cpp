#include "bot/web/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace bot::web {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;

// A chart takes about 70 ms, a command that waits out a 429 some seconds.
Histogram::BucketBoundaries command_buckets() {
    return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(registry);
}

Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

struct Metrics::Impl {
    prometheus::Registry registry;
    Family<Counter>& deliveries =
        counter(registry, "stentor_deliveries_total", "Deliveries that reached a state.");
    Family<Counter>& attempts =
        counter(registry, "stentor_http_attempts_total", "HTTP attempts by how they ended.");
    Family<Counter>& inbound =
        counter(registry, "stentor_inbound_events_total", "Events told by Webex, by result.");
    Family<Counter>& commands =
        counter(registry, "stentor_commands_total", "Chat commands by name and result.");
    Family<Counter>& report_runs =
        counter(registry, "stentor_report_runs_total", "Runs of reports with parts by outcome.");
    Family<Counter>& schedule_runs =
        counter(registry, "stentor_schedule_runs_total", "Runs of schedules by result.");
    Family<Gauge>& report_overdue =
        BuildGauge()
            .Name("stentor_report_overdue")
            .Help("Rooms in which the last run of a report is not complete in time.")
            .Register(registry);
    Family<Histogram>& command_seconds =
        BuildHistogram()
            .Name("stentor_command_seconds")
            .Help("Time from reading a chat command to its answer being accepted.")
            .Register(registry);
    Gauge& pending =
        gauge(registry, "stentor_outbox_pending", "Deliveries that wait for their turn.");
    Gauge& uncertain = gauge(registry,
                             "stentor_outbox_uncertain",
                             "Deliveries that may have arrived; evidence is being sought.");
    Gauge& dead = gauge(registry, "stentor_outbox_dead", "Deliveries given up and kept.");
    Gauge& oldest =
        gauge(registry, "stentor_outbox_oldest_seconds", "Age of the oldest delivery that waits.");
    Gauge& held = gauge(registry,
                        "stentor_bot_held",
                        "1 while sending is on hold because of a fault of the whole bot.");

    std::mutex mutex;  // guards inbound_totals
    std::map<std::string, std::uint64_t, std::less<>> inbound_totals;
};

Metrics::Metrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
    BuildGauge()
        .Name("stentor_build_info")
        .Help("Always 1; the labels describe the build.")
        .Register(impl_->registry)
        .Add({{"version", std::string(version)}})
        .Set(1);
    // Series that alerts are written on exist from the start, so that rate() sees the first step.
    using messaging::outbox::State;
    for (const auto state : {State::kDelivered, State::kUncertain, State::kDead}) {
        impl_->deliveries.Add({{"state", std::string(to_string(state))}});
    }
}

Metrics::~Metrics() = default;

void Metrics::count_delivery(messaging::outbox::State state) {
    impl_->deliveries.Add({{"state", std::string(to_string(state))}}).Increment();
}

void Metrics::count_attempt(std::string_view result) {
    impl_->attempts.Add({{"result", std::string(result)}}).Increment();
}

void Metrics::set_outbox(const messaging::outbox::Counts& counts, messaging::outbox::Millis now) {
    impl_->pending.Set(static_cast<double>(counts.pending));
    impl_->uncertain.Set(static_cast<double>(counts.uncertain));
    impl_->dead.Set(static_cast<double>(counts.dead));
    const bool waiting = counts.oldest_pending.count() > 0;
    const auto age = waiting ? now - counts.oldest_pending : messaging::outbox::Millis{0};
    impl_->oldest.Set(std::max(0.0, std::chrono::duration<double>(age).count()));
}

void Metrics::set_held(bool held) {
    impl_->held.Set(held ? 1 : 0);
}

void Metrics::set_inbound_total(std::string_view result, std::uint64_t total) {
    const std::scoped_lock lock(impl_->mutex);
    auto& last = impl_->inbound_totals[std::string(result)];
    auto& series = impl_->inbound.Add({{"result", std::string(result)}});
    if (total <= last) return;
    series.Increment(static_cast<double>(total - last));
    last = total;
}

void Metrics::count_command(std::string_view command,
                            std::string_view result,
                            std::chrono::nanoseconds took) {
    const std::string name(command);
    impl_->commands.Add({{"command", name}, {"result", std::string(result)}}).Increment();
    impl_->command_seconds.Add({{"command", name}}, command_buckets())
        .Observe(std::chrono::duration<double>(took).count());
}

void Metrics::count_report_run(std::string_view outcome) {
    impl_->report_runs.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::set_report_overdue(std::string_view report, std::size_t rooms) {
    impl_->report_overdue.Add({{"report", std::string(report)}}).Set(static_cast<double>(rooms));
}

void Metrics::count_schedule_run(std::string_view result) {
    impl_->schedule_runs.Add({{"result", std::string(result)}}).Increment();
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace bot::web
