#include "tests/simulation/run.hpp"

#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/far_side.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/timeline.hpp"

#include <algorithm>
#include <deque>
#include <stop_token>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using namespace messaging::outbox;
using Kind = PlannedFault::Kind;

namespace {

// Time enough for the last deadline to pass after the last misfortune.
constexpr auto kLongest = 4h;

class Run {
public:
    Run(const Plan& plan, const RunOptions& options)
        : plan_(plan),
          ledger_(plan, clock_),
          timeline_(clock_),
          disk_(plan, clock_, ledger_),
          far_side_(plan, clock_),
          network_(plan, clock_, timeline_, far_side_, ledger_),
          dice_(plan.seed ^ 0x52554EU),
          begin_(clock_.now()) {
        ledger_.trace(options.trace);
        if (options.wrap) wrapped_ = options.wrap(disk_);
        disk_.power_gone = [this](milliseconds time) { end_process(time); };
        network_.between = [this] { between(); };
        network_.stored = [this](const FarSide::Stored& stored) { echo(stored); };
    }

    Outcome whole() {
        put_down_plan();
        while (!over() && !ledger_.failed()) {
            one_process();
            if (!over() && !ledger_.failed()) down();
        }
        ledger_.close(store());
        Outcome outcome;
        outcome.finding = ledger_.finding();
        outcome.trace = ledger_.traced();
        outcome.fingerprint = ledger_.fingerprint();
        outcome.counts = ledger_.counts();
        outcome.lasted = std::chrono::floor<milliseconds>(clock_.now() - begin_);
        return outcome;
    }

private:
    Store& store() { return wrapped_ ? *wrapped_ : static_cast<Store&>(disk_); }

    bool over() const {
        const auto lasted = clock_.now() - begin_;
        return (lasted >= plan_.length && ledger_.all_ended()) || lasted > kLongest;
    }

    void put_down_plan() {
        for (std::size_t i = 0; i < plan_.messages.size(); ++i)
            timeline_.at(begin_ + plan_.messages[i].at, [this, i] { hand_in(i); });
        for (const auto& fault : plan_.faults) {
            if (fault.kind == Kind::kKill || fault.kind == Kind::kPowerCut) {
                timeline_.at(begin_ + fault.from, [this, &fault] { end_process(fault.wait); });
            }
            if (fault.kind == Kind::kRoomForbidden && fault.count > 0) {
                const auto later = dice_.between(5s, 2min);
                timeline_.at(begin_ + fault.to + later, [this, &fault] { release(fault); });
            }
        }
    }

    // One life of the process, from its start to its end or to the end of all.
    void one_process() {
        disk_.open();
        network_.process_started();
        outbox_ = std::make_unique<Outbox>(store(), clock_);
        SenderOptions options;
        options.dispatcher.echo = plan_.echo;
        options.dispatcher.rate = plan_.told_rate;
        sender_ = std::make_unique<Sender>(
            Sender::Environment{
                .outbox = *outbox_,
                .client = network_,
                .spool_path = {},
                .clock = clock_,
                .endpoint =
                    [] {
                        return messaging::webex::Endpoint{FarSide::kBaseUrl, FarSide::kToken};
                    },
                .random = [this] { return dice_.unit(); },
                .notice = {}},
            options);
        sender_->set_self(far_side_.self());
        ledger_.on_process_started(store());
        for (const auto index : std::exchange(late_, {}))
            timeline_.in(dice_.between(100ms, 2s), [this, index] { hand_in(index); });
        for (const auto& room : std::exchange(late_releases_, {}))
            release_room(room);
        stop_ = std::stop_source{};
        try {
            (void)sender_->run(stop_.get_token());  // an unreadable store: started again later
        } catch (const Network::ProcessEnded&) {
            ledger_.note("it did not end by itself");
        }
        network_.process_ended();
        sender_.reset();
        outbox_.reset();
        disk_.open();
        ledger_.on_process_ended(store());
        writing_ = false;
    }

    // Until the next process starts, the world goes on without one.
    void down() {
        const auto until = clock_.now() + std::exchange(down_for_, milliseconds{1s});
        while (timeline_.has_event_until(until))
            timeline_.step();
        timeline_.move_to(until);
    }

    void end_process(milliseconds time) {
        if (!sender_) return;
        down_for_ = time;
        network_.end_process();
        network_.stir();
    }

    // What the thread in Outbox::run would do: write what has been submitted.
    void between() {
        if (over() || ledger_.failed()) stop_.request_stop();
        if (writing_) return;
        writing_ = true;
        timeline_.in(disk_.write_time(), [this] {
            writing_ = false;
            if (!outbox_ || !network_.alive()) return;
            std::stop_source stopped;
            stopped.request_stop();
            const auto before = disk_.writes();
            outbox_->run(stopped.get_token());
            if (disk_.writes() != before) network_.stir();
        });
    }

    void hand_in(std::size_t index) {
        network_.stir();
        if (!outbox_) {
            late_.push_back(index);
            return;
        }
        const auto& planned = plan_.messages[index];
        NewDelivery delivery;
        delivery.destination = far_side_.destination(planned.destination);
        delivery.priority = planned.priority;
        delivery.policy = planned.policy;
        delivery.payload = far_side_.payload(planned);
        delivery.max_attempts = planned.max_attempts;
        delivery.origin = std::to_string(index);
        delivery.key = "key " + delivery.origin;
        const auto wall = resilience::since_epoch(clock_.wall_now());
        delivery.key_expires = wall + 24h;
        delivery.deadline = wall + planned.lifetime + planned.not_before;
        if (planned.not_before > 0ms) delivery.not_before = wall + planned.not_before;
        const auto added = outbox_->add({std::move(delivery)});
        if (!network_.alive() || !added.ok()) {  // nobody was told: the caller tries again
            const auto again = dice_.between(1s, 10s);
            timeline_.in(again, [this, index] { hand_in(index); });
            return;
        }
        ledger_.on_acknowledged(added.value().front().id);
    }

    void release(const PlannedFault& fault, int orders = 60) {
        const auto room = far_side_.destination(fault.destination % kGroups);
        if (sender_) {
            release_room(room);
        } else {
            late_releases_.push_back(room);
        }
        if (--orders == 0) return;
        timeline_.in(30s, [this, &fault, orders] {  // a person looks whether it has helped
            if (ledger_.is_held(far_side_.destination(fault.destination % kGroups))) {
                release(fault, orders);
            }
        });
    }

    void release_room(const std::string& room) {
        ledger_.on_release_ordered(room);
        sender_->release_room(room);
        network_.stir();
    }

    // The service tells the bot of its own messages, if somebody listens.
    void echo(const FarSide::Stored& stored) {
        if (!plan_.service_echoes) return;
        timeline_.in(dice_.between(50ms, 3s), [this, stored] {
            if (!sender_) return;
            sender_->own_post({stored.message_id, stored.room_id, stored.group});
            network_.stir();
        });
    }

    const Plan& plan_;
    resilience::VirtualClock clock_;
    Ledger ledger_;
    Timeline timeline_;
    Disk disk_;
    FarSide far_side_;
    Network network_;
    Dice dice_;
    const resilience::Instant begin_;
    std::unique_ptr<Store> wrapped_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<Sender> sender_;
    std::stop_source stop_;
    std::deque<std::size_t> late_;  // handed in while nobody was there
    std::deque<std::string> late_releases_;
    milliseconds down_for_{1s};
    bool writing_ = false;
};

}  // namespace

Outcome run(const Plan& plan, const RunOptions& options) {
    return Run(plan, options).whole();
}

}  // namespace simulation
