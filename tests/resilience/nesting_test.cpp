#include "resilience/guarded.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

using resilience::Dialect;
using resilience::Error;
using resilience::ErrorClass;
using resilience::Event;
using resilience::EventKind;
using resilience::Result;
using resilience::RetryOptions;
using resilience::VirtualClock;
using namespace std::chrono_literals;

namespace {

double half() {
    return 0.5;
}

Error broken() {
    return Error{ErrorClass::kTransient, resilience::Scope::kMessage, "broken"};
}

/// What the events of repeats said about nesting, in order.
struct Heard {
    std::vector<bool> nested = {};
    std::string last_line = {};

    RetryOptions options(std::string_view operation) {
        RetryOptions options{.policy = {.max_attempts = 2}, .operation = operation};
        options.on_event = [this](const Event& event) {
            if (event.kind != EventKind::kRetry) return;
            nested.push_back(event.nested);
            last_line = to_line(Dialect::kWebex, event);
        };
        return options;
    }
};

Result<int> fail() {
    return broken();
}

}  // namespace

TEST_CASE("a call repeated inside a repeated call of its name is told of", "[nesting]") {
    VirtualClock clock;
    Heard heard;
    const auto inner = heard.options("send chart");
    const auto outer = RetryOptions{.policy = {.max_attempts = 3}, .operation = "send chart"};
    int attempts = 0;
    const auto result = resilience::retry(outer, clock, {}, half, [&] {
        return resilience::retry(inner, clock, {}, half, [&] {
            ++attempts;
            return fail();
        });
    });
    CHECK_FALSE(result.ok());
    CHECK(attempts == 6);
    // During the outer call's first attempt nobody knows yet that there will be others.
    CHECK(heard.nested == std::vector<bool>{false, true, true});
    CHECK(heard.last_line.find("attempts multiply") != std::string::npos);
}

TEST_CASE("repeats of different things may stand inside each other", "[nesting]") {
    VirtualClock clock;
    Heard heard;
    const auto outer = RetryOptions{.operation = "send chart"};
    for (const std::string_view name : {"read file", resilience::kUnnamedOperation.data()}) {
        const auto inner = heard.options(name);
        (void)resilience::retry(outer, clock, {}, half,
                                [&] { return resilience::retry(inner, clock, {}, half, fail); });
    }
    CHECK(heard.nested == std::vector<bool>(6, false));
}

TEST_CASE("two unnamed calls are not taken for the same", "[nesting]") {
    VirtualClock clock;
    Heard heard;
    const auto inner = heard.options(resilience::kUnnamedOperation);
    (void)resilience::retry(RetryOptions{}, clock, {}, half,
                            [&] { return resilience::retry(inner, clock, {}, half, fail); });
    CHECK(heard.nested == std::vector<bool>(3, false));
}

TEST_CASE("calls one after the other and on other threads are not nested", "[nesting]") {
    VirtualClock clock;
    Heard heard;
    const auto options = heard.options("send chart");
    (void)resilience::retry(options, clock, {}, half, fail);
    (void)resilience::retry(options, clock, {}, half, [&] {
        std::jthread([&] {
            VirtualClock own;
            (void)resilience::retry(RetryOptions{.operation = "send chart"}, own, {}, half, fail);
        }).join();
        return fail();
    });
    CHECK(heard.nested == std::vector<bool>{false, false});
}

TEST_CASE("a guarded call counts as repeated from its first failure on", "[nesting]") {
    VirtualClock clock;
    Heard heard;
    const auto inner = heard.options("send chart");
    (void)resilience::run_guarded(
        RetryOptions{.operation = "send chart"}, {}, clock, {}, half,
        [&](resilience::Attempt) { return resilience::retry(inner, clock, {}, half, fail); });
    CHECK(heard.nested == std::vector<bool>{false, true, true});
}

TEST_CASE("machines read that a call is nested as a field", "[nesting]") {
    const auto error = broken();
    const Event event{.operation = "x", .error = &error, .nested = true};
    CHECK(to_line(Dialect::kKeyValue, event).find(" nested=true ") != std::string::npos);
}

TEST_CASE("a loop that the caller writes does not mark its thread", "[nesting]") {
    resilience::VirtualClock clock;
    resilience::RetryOptions inner{.policy = {.max_attempts = 2}, .operation = "fetch"};
    int events = 0;
    inner.on_event = [&events](const resilience::Event& event) {
        ++events;
        CHECK_FALSE(event.nested);
    };
    const auto fail = []() -> resilience::Result<int> {
        return resilience::Error{.cls = resilience::ErrorClass::kTransient, .message = "away"};
    };
    const auto random = [] { return 0.5; };
    resilience::RetryContext context({.operation = "fetch"}, clock, {}, random);
    while (context.should_retry()) {
        context.failed(resilience::retry(inner, clock, {}, random, fail).error());
    }
    CHECK(events == 6);  // three rounds of a repeat and an end
}
