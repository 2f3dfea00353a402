#include "tests/simulation/defects.hpp"
#include "tests/simulation/drain.hpp"
#include "tests/simulation/run.hpp"
#include "tests/simulation/shrink.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

using namespace simulation;

namespace {

/// The first seed up to `last` whose hour shows the defect; 0: none does.
std::uint64_t first_found(Defect defect, std::uint64_t last) {
    for (std::uint64_t seed = 1; seed <= last; ++seed) {
        if (run(make_plan(seed), {.wrap = plant(defect)}).finding) return seed;
    }
    return 0;
}

}  // namespace

TEST_CASE("each planted defect is found within a thousand seeds", "[simulation]") {
    for (const auto& [defect, name] : kDefects) {
        INFO(name);
        const auto seed = first_found(defect, 1'000);
        CHECK(seed > 0);
    }
}

TEST_CASE("a failing plan shrinks to what matters, and fails in the same way", "[simulation]") {
    const auto seed = first_found(Defect::kSkipIntent, 1'000);
    REQUIRE(seed > 0);
    const RunOptions planted{.trace = true, .wrap = plant(Defect::kSkipIntent)};
    const auto plan = make_plan(seed);
    const auto small = shrink(plan, planted);
    CHECK(small.messages.size() <= 2);
    CHECK(small.faults.size() <= 3);
    const auto before = run(plan, planted);
    const auto after = run(small, planted);
    REQUIRE(before.finding);
    REQUIRE(after.finding);
    CHECK(after.finding->rule == before.finding->rule);
    CHECK(after.trace.size() < before.trace.size());
    CHECK(after.trace.find("BROKEN: " + after.finding->rule) != std::string::npos);
}

TEST_CASE("the same seed is the same hour", "[simulation]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto plan = make_plan(seed);
        const auto once = run(plan, {.trace = true});
        const auto twice = run(make_plan(seed), {.trace = true});
        CHECK(once.fingerprint == twice.fingerprint);
        CHECK(once.trace == twice.trace);
    }
}

TEST_CASE("every plan has a hundred messages, five misfortunes or more, and all kinds come up",
          "[simulation]") {
    std::map<PlannedFault::Kind, int> kinds;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto plan = make_plan(seed);
        CHECK(plan.messages.size() == 100);
        CHECK(plan.faults.size() >= 5);
        CHECK(plan.length >= std::chrono::hours{1});
        for (const auto& fault : plan.faults)
            ++kinds[fault.kind];
    }
    CHECK(kinds.size() == 23);
}
