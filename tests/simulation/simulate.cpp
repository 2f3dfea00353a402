// Lets the delivery layer live through hours that go wrong, by seed: `./dev simulate`.

#include "tests/simulation/drain.hpp"
#include "tests/simulation/run.hpp"
#include "tests/simulation/shrink.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace {

using namespace simulation;

struct Choice {
    std::uint64_t first = 1;
    std::uint64_t seeds = 1'000;
    bool one = false;
    bool drain = false;
};

int usage() {
    std::fputs("usage: simulate [--seeds N] [--from N] | --seed N | --drain SEED\n", stderr);
    return 64;
}

// Says what broke, and how little of the plan is needed for it.
void report(const Plan& plan) {
    const auto small = shrink(plan);
    const auto again = run(small, {.trace = true});
    std::printf("seed %llu breaks a rule: %s\n  %s\n", static_cast<unsigned long long>(plan.seed),
                again.finding->rule.c_str(), again.finding->what.c_str());
    std::printf("the least of its plan that does (%zu messages, %zu misfortunes):\n%s",
                small.messages.size(), small.faults.size(), describe(small).c_str());
    std::printf("what happens then:\n%s", again.trace.c_str());
    std::printf("replay: ./dev simulate --seed %llu\n", static_cast<unsigned long long>(plan.seed));
}

int one(std::uint64_t seed) {
    const auto plan = make_plan(seed);
    const auto outcome = run(plan, {.trace = true});
    if (outcome.finding) {
        report(plan);
        return 1;
    }
    std::printf("%s%sseed %llu: all rules held\n", describe(plan).c_str(), outcome.trace.c_str(),
                static_cast<unsigned long long>(seed));
    return 0;
}

// Each rule that breaks is reported once, with the first seed that breaks it.
int many(const Choice& choice) {
    Ledger::Counts sum;
    std::map<std::string, std::uint64_t> broken;
    for (auto seed = choice.first; seed < choice.first + choice.seeds; ++seed) {
        const auto plan = make_plan(seed);
        const auto outcome = run(plan);
        if (outcome.finding && ++broken[outcome.finding->rule] == 1) report(plan);
        sum.posts += outcome.counts.posts;
        sum.stored += outcome.counts.stored;
        sum.refused += outcome.counts.refused;
        sum.repeats += outcome.counts.repeats;
        sum.delivered += outcome.counts.delivered;
        sum.dead += outcome.counts.dead;
    }
    const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    for (const auto& [rule, count] : broken)
        std::printf("%llu of %llu seeds break: %s\n", number(count), number(choice.seeds),
                    rule.c_str());
    std::printf(
        "%llu simulated hours%s: %llu messages delivered, %llu ended otherwise, %llu posts, "
        "%llu of them refused with 429, %llu marked repeats\n",
        number(choice.seeds), broken.empty() ? ", all rules held" : "", number(sum.delivered),
        number(sum.dead), number(sum.posts), number(sum.refused), number(sum.repeats));
    return broken.empty() ? 0 : 1;
}

int drains(std::uint64_t seed) {
    bool held = true;
    for (const double told : {50.0, 0.0}) {
        const auto drained = drain(told, seed);
        std::printf(
            "drain after ten minutes, 50/s borne, %s: %.1f s of ideal %.1f s (%.3f), "
            "%.2f %% refused, at most %llu within a second\n",
            told > 0 ? "told" : "not told", drained.seconds, drained.ideal_seconds, drained.ratio(),
            drained.refused_share * 100, static_cast<unsigned long long>(drained.refused_burst));
        if (!drained.finding) continue;
        std::printf("  %s: %s\n", drained.finding->rule.c_str(), drained.finding->what.c_str());
        held = false;
    }
    return held ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Choice choice;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc) return usage();
        char* end = nullptr;
        const auto value = std::strtoull(argv[i + 1], &end, 10);
        if (*argv[i + 1] == '\0' || *end != '\0') return usage();
        if (std::strcmp(argv[i], "--seeds") == 0) {
            choice.seeds = value;
        } else if (std::strcmp(argv[i], "--from") == 0) {
            choice.first = value;
        } else if (std::strcmp(argv[i], "--seed") == 0) {
            choice.first = value;
            choice.one = true;
        } else if (std::strcmp(argv[i], "--drain") == 0) {
            choice.first = value;
            choice.drain = true;
        } else {
            return usage();
        }
    }
    if (choice.drain) return drains(choice.first);
    return choice.one ? one(choice.first) : many(choice);
}
