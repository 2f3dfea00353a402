#include "tests/simulation/shrink.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

namespace {

class Shrinker {
public:
    Shrinker(Plan plan, const RunOptions& options) : plan_(std::move(plan)), options_(options) {
        options_.trace = false;
        rule_ = run(plan_, options_).finding.value().rule;
    }

    // Faults first: each one that goes makes all later runs easier to read.
    Plan smallest() {
        for (bool smaller = true; smaller;) {
            smaller = without(&Plan::faults);
            smaller = without(&Plan::messages) || smaller;
        }
        return plan_;
    }

private:
    bool still_fails(const Plan& plan) {
        const auto outcome = run(plan, options_);
        return outcome.finding && outcome.finding->rule == rule_;
    }

    // Leaves out what it can: halves, then quarters, at last one by one.
    template <class Thing>
    bool without(std::vector<Thing> Plan::*things) {
        bool smaller = false;
        for (auto size = std::max<std::size_t>((plan_.*things).size() / 2, 1); size > 0;
             size /= 2) {
            for (std::size_t from = 0; from < (plan_.*things).size();) {
                Plan less = plan_;
                auto& rest = less.*things;
                const auto first = rest.begin() + static_cast<std::ptrdiff_t>(from);
                const auto count = std::min(size, rest.size() - from);
                rest.erase(first, first + static_cast<std::ptrdiff_t>(count));
                if (still_fails(less)) {
                    plan_ = std::move(less);
                    smaller = true;
                } else {
                    from += size;
                }
            }
        }
        return smaller;
    }

    Plan plan_;
    RunOptions options_;
    std::string rule_;
};

}  // namespace

Plan shrink(const Plan& plan, const RunOptions& options) {
    return Shrinker(plan, options).smallest();
}

}  // namespace simulation
