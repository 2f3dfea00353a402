#include "bot/web/metrics.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using bot::web::Metrics;
using Catch::Contains;
using messaging::outbox::State;

TEST_CASE("an inbound total that goes down is ignored", "[metrics]") {
    Metrics metrics("1.2.3");
    metrics.set_inbound_total("accepted", 7);
    metrics.set_inbound_total("accepted", 3);
    CHECK_THAT(metrics.text(), Contains("stentor_inbound_events_total{result=\"accepted\"} 7\n"));
    metrics.set_inbound_total("accepted", 9);
    CHECK_THAT(metrics.text(), Contains("stentor_inbound_events_total{result=\"accepted\"} 9\n"));
}

TEST_CASE("an oldest delivery from the future has no negative age", "[metrics]") {
    Metrics metrics("1.2.3");
    metrics.set_outbox({.pending = 1, .oldest_pending = 2000ms}, 1000ms);
    CHECK_THAT(metrics.text(), Contains("stentor_outbox_oldest_seconds 0\n"));
}

TEST_CASE("an empty outbox has no age", "[metrics]") {
    Metrics metrics("1.2.3");
    metrics.set_outbox({.pending = 1, .oldest_pending = 1000ms}, 5500ms);
    CHECK_THAT(metrics.text(), Contains("stentor_outbox_oldest_seconds 4.5\n"));
    metrics.set_outbox({}, 5500ms);
    CHECK_THAT(metrics.text(), Contains("stentor_outbox_oldest_seconds 0\n"));
}

TEST_CASE("the series that alerts need exist before anything has happened", "[metrics]") {
    const Metrics metrics("1.2.3");
    const auto text = metrics.text();
    CHECK_THAT(text, Contains("stentor_build_info{version=\"1.2.3\"} 1\n"));
    CHECK_THAT(text, Contains("stentor_deliveries_total{state=\"dead\"} 0\n"));
    CHECK_THAT(text, Contains("stentor_bot_held 0\n"));
    CHECK_THAT(text, Contains("# TYPE stentor_deliveries_total counter\n"));
}

TEST_CASE("what happens is counted under its labels", "[metrics]") {
    Metrics metrics("1.2.3");
    metrics.count_delivery(State::kDelivered);
    metrics.count_delivery(State::kDelivered);
    metrics.count_attempt("http_429");
    metrics.count_command("chart", "ok", 40ms);
    metrics.count_schedule_run("complete");
    metrics.set_held(true);
    metrics.set_outbox({.pending = 3, .uncertain = 2, .dead = 1}, 1000ms);
    const auto text = metrics.text();
    CHECK_THAT(text, Contains("stentor_deliveries_total{state=\"delivered\"} 2\n"));
    CHECK_THAT(text, Contains("stentor_http_attempts_total{result=\"http_429\"} 1\n"));
    CHECK_THAT(text, Contains("stentor_commands_total{command=\"chart\",result=\"ok\"} 1\n"));
    CHECK_THAT(text, Contains("stentor_command_seconds_bucket{command=\"chart\",le=\"0.05\"} 1\n"));
    CHECK_THAT(text,
               Contains("stentor_command_seconds_bucket{command=\"chart\",le=\"0.025\"} 0\n"));
    CHECK_THAT(text, Contains("stentor_schedule_runs_total{result=\"complete\"} 1\n"));
    CHECK_THAT(text, Contains("stentor_bot_held 1\n"));
    CHECK_THAT(text, Contains("stentor_outbox_pending 3\n"));
    CHECK_THAT(text, Contains("stentor_outbox_uncertain 2\n"));
    CHECK_THAT(text, Contains("stentor_outbox_dead 1\n"));
}
