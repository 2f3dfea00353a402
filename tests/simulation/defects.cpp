#include "tests/simulation/defects.hpp"

#include "tests/simulation/store_through.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace simulation {

using namespace messaging::outbox;

namespace {

class DefectiveStore final : public StoreThrough {
public:
    DefectiveStore(Store& inner, Defect defect) : StoreThrough(inner), defect_(defect) {}

    Result<Applied> apply(const Batch& batch) override {
        Batch bent = batch;
        switch (defect_) {
            case Defect::kForgetRelease:
                std::erase_if(bent.holds, [](const RoomHold& hold) { return !hold.held; });
                break;
            case Defect::kDoubleCount:
                for (auto& change : bent.transitions)
                    change.uncounted = false;
                break;
            case Defect::kReorderOnRetry:
                reorder(bent);
                break;
            case Defect::kForgetRetryAfter:
                std::erase_if(bent.settings,
                              [](const auto& one) { return one.first == "pause_until"; });
                break;
            case Defect::kAnswerTooEarly:
                return write_behind(std::move(bent));
            default:
                break;
        }
        auto applied = inner_.apply(bent);
        if (!applied.ok()) return applied;
        for (const auto& intent : applied.value().intents)
            sending_.insert(intent.id.value);
        for (const auto& change : batch.transitions)
            sending_.erase(change.id.value);
        return applied;
    }

    Result<std::vector<Intent>> recover(Millis now) override {
        behind_.clear();
        auto found = inner_.recover(now);
        if (!found.ok()) return found;
        if (defect_ == Defect::kDropOnRestart) return std::vector<Intent>{};
        if (defect_ == Defect::kSkipIntent) forget_intents(found.value(), now);
        return found;
    }

private:
    // A re-drive goes to the end of its lane, which a retry must not.
    static void reorder(Batch& batch) {
        std::vector<Transition> bent;
        for (const auto& change : batch.transitions) {
            bent.push_back(change);
            const bool retry = change.from == State::kSending && change.to == State::kPending;
            if (!retry || change.uncounted) continue;
            bent.back().to = State::kDead;
            bent.back().reason = DeadReason::kCancelled;
            bent.push_back(change);
            bent.back().from = State::kDead;
        }
        batch.transitions = std::move(bent);
    }

    void forget_intents(std::vector<Intent>& found, Millis now) {
        Batch batch;
        for (const auto& intent : found) {
            if (!sending_.contains(intent.id.value)) continue;
            Transition back;
            back.id = intent.id;
            back.from = State::kUncertain;
            back.attempt = intent.attempt;
            back.to = State::kPending;
            back.at = now;
            back.next = now;
            batch.transitions.push_back(std::move(back));
        }
        (void)inner_.apply(batch);
        std::erase_if(found,
                      [this](const Intent& intent) { return sending_.contains(intent.id.value); });
        sending_.clear();
    }

    // The additions are written with what comes next.
    Result<Applied> write_behind(Batch batch) {
        auto added = std::exchange(behind_, std::move(batch.add));
        batch.add = std::move(added);
        const auto written = batch.add.size();
        auto applied = inner_.apply(batch);
        if (!applied.ok()) return applied;
        auto& answers = applied.value().added;
        answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(written));
        for (const auto& one : behind_)
            answers.push_back({Added::Kind::kStored, one.id});
        return applied;
    }

    const Defect defect_;
    std::set<std::uint64_t> sending_;
    std::vector<NewDelivery> behind_;
};

}  // namespace

Wrap plant(Defect defect) {
    return [defect](Store& disk) { return std::make_unique<DefectiveStore>(disk, defect); };
}

}  // namespace simulation
