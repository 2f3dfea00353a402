// Random batches: every store against the model, and the stores against each other.
#include "tests/messaging/outbox/store_model.hpp"
#include "tests/messaging/outbox/store_subjects.hpp"

#include <random>
#include <tuple>

using namespace store_conformance;

namespace {

/// Makes batches that hit the rules often: few rooms, short deadlines, many odd transitions.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_{seed} {}

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool once_in(std::uint64_t n) { return below(n) == 0; }

    Batch batch(const Model& model, std::uint32_t max) {
        now_ += Millis{below(40)};
        Batch batch;
        for (std::uint64_t n = below(6); n > 0; --n)
            batch.add.push_back(delivery(model));
        if (!batch.add.empty() && once_in(3)) {
            batch.add[below(batch.add.size())].together = static_cast<std::uint32_t>(2 + below(3));
        }
        for (const auto& [id, row] : model.rows()) {
            if (auto transition = change(row)) batch.transitions.push_back(*transition);
        }
        if (once_in(8)) batch.holds.push_back({room(), once_in(2), now_, "cure"});
        if (!once_in(5)) batch.claim = {once_in(6) ? 0 : max, now_};
        return batch;
    }
    Millis now() const { return now_; }

private:
    std::string room() { return "room:" + std::to_string(below(6)); }

    NewDelivery delivery(const Model& model) {
        if (!model.rows().empty() && once_in(20)) return model.rows().rbegin()->second.given;
        auto made = message(next_id_, room(), static_cast<Priority>(below(4)));
        next_id_ += once_in(10) ? 7U : 1U;
        if (once_in(15)) made.id.value += 1000;  // the clock was set back afterwards
        made.accepted = now_;
        made.deadline = now_ + Millis{20 + below(600)};
        if (once_in(4)) made.not_before = now_ + Millis{below(100)};
        if (once_in(5)) made = with_file(std::move(made), std::to_string(below(5)));
        if (once_in(4)) {
            made.key = "key" + std::to_string(below(30));
            made.key_expires = now_ + Millis{below(300)};
            if (once_in(2)) made.payload = "same";
        }
        return made;
    }

    std::optional<Transition> change(const Model::Row& row) {
        const bool active = row.state == State::kSending || row.state == State::kUncertain;
        if (!once_in(active ? 2 : row.state == State::kDead ? 25 : 30)) return std::nullopt;
        Transition transition{.id = row.given.id,
                              .from = row.state,
                              .attempt = row.attempts,
                              .to = static_cast<State>(below(5)),
                              .at = now_,
                              .note = {.status = 100 + static_cast<int>(below(500))}};
        if (once_in(15)) transition.attempt += 1;
        if (once_in(15)) transition.from = static_cast<State>(below(5));
        transition.uncounted = row.state == State::kSending && once_in(3);
        transition.repeat = row.state == State::kUncertain;
        if (once_in(2)) transition.next = now_ + Millis{below(80)};
        transition.deadline = now_ + Millis{below(500)};
        if (transition.to == State::kDead) transition.reason = DeadReason::kRejected;
        if (transition.to == State::kDelivered) {
            transition.message_id = "m" + std::to_string(row.given.id.value);
        }
        return transition;
    }

    std::mt19937_64 random_;
    Millis now_ = kStart;
    std::uint64_t next_id_ = 1;
};

auto as_tuple(const Counts& c) {
    return std::tuple{c.pending,   c.held, c.sending,       c.uncertain,
                      c.delivered, c.dead, c.oldest_pending};
}

std::string as_text(const AttemptNote& note) {
    return std::to_string(note.status) + "," + note.rule + "," + note.detail;
}

/// Everything that can be asked about one delivery, as text.
std::string dump(Store& store, DeliveryId id) {
    const auto found = store.get(id).value();
    if (!found) return "none";
    std::string text = found->destination + " " + std::string{to_string(found->state)};
    for (const auto number :
         {found->attempts, found->repeats, found->held ? 1U : 0U, found->file ? 1U : 0U}) {
        text += " " + std::to_string(number);
    }
    for (const auto time : {found->accepted, found->deadline, found->due, found->changed}) {
        text += " " + std::to_string((time - kStart).count());
    }
    text += " " + found->message_id + " " + as_text(found->last);
    const std::vector<JournalEntry> entries = store.journal(id).value();
    for (const auto& entry : entries) {
        text += "\n  " + std::string{to_string(entry.to)} + " " +
                std::to_string((entry.time - kStart).count()) + " " +
                std::to_string(entry.attempt) + " " + std::to_string(entry.next.count()) + " " +
                as_text(entry.note);
    }
    return text;
}

template <class Subject>
void check_end(Desk<Subject>& desk, const Model& model) {
    REQUIRE(as_tuple(desk.counts()) == as_tuple(model.counts()));
    std::set<std::string> files;
    for (const auto& [id, row] : model.rows()) {
        REQUIRE(desk.state(id) == row.state);
        REQUIRE(desk.store().knows_message("m" + std::to_string(id)).value() ==
                (row.state == State::kDelivered));
        if (row.given.file && row.state < State::kDelivered) files.insert(row.given.file->hash);
    }
    REQUIRE(desk.store().files_in_use().value() ==
            std::vector<std::string>{files.begin(), files.end()});
}

template <class Subject>
void restart(Desk<Subject>& desk, Model& model, Millis now) {
    Ids uncertain;
    for (const auto& intent : desk.restart(now))
        uncertain.push_back(intent.id.value);
    REQUIRE(uncertain == model.recover());
}

}  // namespace

TEMPLATE_TEST_CASE("A store follows the rules through random batches, crashes and trims",
                   "[store][random]",
                   STORES_UNDER_TEST) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        Desk<TestType> desk;
        Model model;
        Chance chance{seed};
        for (int step = 0; step < 250; ++step) {
            INFO("seed " << seed << ", step " << step);
            const auto batch = chance.batch(model, static_cast<std::uint32_t>(1 + chance.below(4)));
            REQUIRE(model.follow(batch, desk.apply(batch)).empty());
            if (chance.once_in(60)) restart(desk, model, chance.now());
            if (chance.once_in(50)) {
                const Millis older_than = chance.now() - Millis{500};
                while (desk.store().trim(older_than, 7).value() == 7) {
                }
                model.trim(older_than);
            }
            if (chance.once_in(25)) check_end(desk, model);
        }
        check_end(desk, model);
    }
}

TEST_CASE("Both stores give the same answers to the same batches", "[store][random]") {
    const auto ids = [](const Applied& applied) {
        std::set<std::uint64_t> all;
        for (const auto& intent : applied.intents)
            all.insert(intent.id.value);
        for (const auto& expired : applied.expired)
            all.insert(expired.value);
        return all;
    };
    for (std::uint64_t seed = 100; seed < 104; ++seed) {
        Desk<MemorySubject> memory;
        Desk<SqliteSubject> sqlite;
        Model model;
        Chance chance{seed};
        for (int step = 0; step < 250; ++step) {
            INFO("seed " << seed << ", step " << step);
            // All that is due is claimed, because the turn of a room is forgotten in a crash.
            const auto batch = chance.batch(model, 1000);
            const auto one = memory.apply(batch);
            const auto two = sqlite.apply(batch);
            REQUIRE(model.follow(batch, one).empty());
            REQUIRE(ids(one) == ids(two));
            REQUIRE(one.next_due == two.next_due);
            REQUIRE(one.stale == two.stale);
            if (chance.once_in(80)) {
                sqlite.restart(chance.now());
                restart(memory, model, chance.now());
            }
        }
        for (const auto& [id, row] : model.rows()) {
            REQUIRE(dump(memory.store(), DeliveryId{id}) == dump(sqlite.store(), DeliveryId{id}));
        }
        REQUIRE(memory.find({.limit = 10'000}) == sqlite.find({.limit = 10'000}));
        for (const auto state : {State::kPending, State::kDelivered, State::kDead}) {
            REQUIRE(memory.find({.state = state, .destination = "room:1"}) ==
                    sqlite.find({.state = state, .destination = "room:1"}));
        }
        REQUIRE(memory.find({.held = true}) == sqlite.find({.held = true}));
    }
}
