#include "messaging/outbox/sender.hpp"

#include "messaging/outbox/evidence.hpp"
#include "messaging/outbox/room_watch.hpp"
#include "messaging/outbox/rules.hpp"
#include "messaging/webex/errors.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

namespace messaging::outbox {

using resilience::Done;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

constexpr auto kAskAgain = std::chrono::seconds{1};
constexpr auto kStoreAgain = std::chrono::seconds{1};

}  // namespace

// State of the sending thread. What other threads bring lies in `inbox_` until the thread looks.
class Sender::Loop {
public:
    Loop(Sender& face, Environment environment, SenderOptions options)
        : face_(face),
          env_(std::move(environment)),
          options_(std::move(options)),
          dispatcher_(options_.dispatcher, now(), env_.random) {
        env_.outbox.set_claimant([this](std::vector<Intent>& intents, Millis next_due) {
            bring([&](Inbox& inbox) {
                inbox.claimed.reserve(inbox.claimed.size() + intents.size());
                std::move(intents.begin(), intents.end(), std::back_inserter(inbox.claimed));
                inbox.next_due = next_due;
                inbox.claim_seen = true;
            });
        });
    }

    Result<Done> run(const std::stop_token& stop);

    template <class Change>
    void bring(Change change) {
        {
            const std::scoped_lock lock(mutex_);
            change(inbox_);
        }
        if (std::this_thread::get_id() != thread_) env_.client.wake();
    }

    struct Inbox {
        std::vector<Intent> claimed = {};
        Millis next_due{0};
        bool claim_seen = false;
        std::vector<OwnPost> own_posts = {};
        std::vector<std::string> releases = {};
        std::optional<std::string> self = std::nullopt;
        bool probe = false;
        std::optional<bool> stored = std::nullopt;
    };

private:
    Now now() const { return {env_.clock.now(), resilience::since_epoch(env_.clock.wall_now())}; }
    void read_inbox();
    void carry_out(Actions actions);
    void store_waiting();
    void on_stored(bool done);
    void send(Intent intent);
    void answered(const Intent& intent, const http::Request& asked, const http::Outcome& outcome);
    void look(const Intent& intent);
    void looked(const Intent& intent, const http::Outcome& outcome);
    void probe();
    void check_own_posts();
    void fetched(const std::string& message_id, const http::Outcome& outcome);
    bool known(const std::string& message_id);
    void publish_hold();

    Sender& face_;
    Environment env_;
    const SenderOptions options_;
    Dispatcher dispatcher_;
    RoomWatch watch_;

    // What the store is writing, and what is to follow. One batch at a time, so that a refused one
    // is written again before anything that builds upon it.
    std::optional<Batch> storing_;
    Batch waiting_;
    resilience::Instant store_again_{};

    std::mutex mutex_;  // guards inbox_
    Inbox inbox_;
    std::atomic<std::thread::id> thread_{};
};

Result<Done> Sender::Loop::run(const std::stop_token& stop) {
    thread_ = std::this_thread::get_id();
    const std::stop_callback wake(stop, [this] { env_.client.wake(); });
    auto open = env_.outbox.read([this](Store& store) { return store.recover(now().wall); });
    if (!open.ok()) return open.error();
    dispatcher_.on_recovered(std::move(open.value()), now());
    const auto paused = env_.outbox.read([](Store& store) { return store.setting("pause_until"); });
    if (paused.ok() && !paused.value().empty()) {
        dispatcher_.pause_until(now(), Millis{std::strtoll(paused.value().c_str(), nullptr, 10)});
    }
    while (!stop.stop_requested()) {
        face_.last_turn_.store(env_.clock.now(), std::memory_order_relaxed);
        read_inbox();
        check_own_posts();
        auto actions = dispatcher_.take(now());
        auto wake_at = actions.wake;
        carry_out(std::move(actions));
        if (!storing_ && !waiting_.empty()) wake_at = std::min(wake_at, store_again_);
        const auto rest = std::chrono::ceil<milliseconds>(wake_at - env_.clock.now());
        bool more = false;
        {
            const std::scoped_lock lock(mutex_);
            more = inbox_.claim_seen || inbox_.stored;  // inline commits bring work at once
        }
        env_.client.poll(more ? milliseconds{0} : std::max(rest, milliseconds{0}));
    }
    env_.outbox.revoke();
    if (!waiting_.empty()) env_.outbox.submit(std::move(waiting_));
    return Done{};
}

void Sender::Loop::read_inbox() {
    Inbox inbox;
    {
        const std::scoped_lock lock(mutex_);
        inbox = std::exchange(inbox_, {});
    }
    const auto at = now();
    if (inbox.stored) on_stored(*inbox.stored);
    if (inbox.self) watch_.set_self(*inbox.self);
    if (inbox.claim_seen) dispatcher_.on_claimed(std::move(inbox.claimed), inbox.next_due, at);
    for (auto& post : inbox.own_posts) {
        if (post.group_room) dispatcher_.on_echo_seen();
        watch_.add({std::move(post.message_id), std::move(post.room_id)});
    }
    for (const auto& room : inbox.releases)
        dispatcher_.on_room_released(room, at);
    if (inbox.probe && dispatcher_.held()) probe();
}

void Sender::Loop::carry_out(Actions actions) {
    if (actions.revoke) env_.outbox.revoke();
    if (actions.grant > 0) env_.outbox.grant(actions.grant);
    for (auto& intent : actions.sends)
        send(std::move(intent));
    const bool silent = actions.batch.empty();
    merge(waiting_, std::move(actions.batch));
    store_waiting();
    if (silent && actions.poke) env_.outbox.poke();
    for (const auto& intent : actions.looks)
        look(intent);
    if (actions.probe) probe();
    publish_hold();
    if (!env_.notice) return;
    for (const auto& notice : actions.notices)
        env_.notice(notice);
}

void Sender::Loop::store_waiting() {
    if (storing_ || waiting_.empty() || env_.clock.now() < store_again_) return;
    storing_ = std::exchange(waiting_, {});
    env_.outbox.submit(*storing_, [this](const Result<Applied>& applied) {
        bring([done = applied.ok()](Inbox& inbox) { inbox.stored = done; });
    });
}

// An outcome that is not written down would leave its delivery under way for ever, so a batch that
// the store refuses (a full disk) is kept and written again; the store recognises what it has.
void Sender::Loop::on_stored(bool done) {
    auto batch = std::exchange(storing_, std::nullopt);
    if (done || !batch) return;
    store_again_ = env_.clock.now() + kStoreAgain;
    merge(*batch, std::move(waiting_));
    waiting_ = *std::move(batch);
}

void Sender::Loop::send(Intent intent) {
    const auto endpoint = env_.endpoint();
    auto payload = intent.repeats > 0 ? mark_repeat(intent.payload) : intent.payload;
    http::Request request =
        intent.file && env_.spool_path
            ? webex::create_message_with_file(endpoint, payload, env_.spool_path(intent.file->hash),
                                              intent.file->name, intent.file->content_type)
            : webex::create_message(endpoint,
                                    std::make_shared<const std::string>(std::move(payload)));
    const auto left = std::max(intent.deadline - now().wall, milliseconds{1'000});
    request.connect_timeout = options_.connect_timeout;
    request.timeout =
        std::min(intent.file ? options_.upload_timeout : options_.attempt_timeout, left);
    http::Request asked;  // what the error text may name: never the token
    asked.method = request.method;
    asked.url = request.url;
    env_.client.start(std::move(request),
                      [this, intent = std::move(intent), asked = std::move(asked)](
                          const http::Outcome& outcome) { answered(intent, asked, outcome); });
}

void Sender::Loop::answered(const Intent& intent,
                            const http::Request& asked,
                            const http::Outcome& outcome) {
    Answer answer;
    const auto* response = std::get_if<http::Response>(&outcome);
    const int status = std::visit([](const auto& end) { return end.status; }, outcome);
    if (status >= 200 && status < 300) {
        // Executed, even where the body cannot be read: then only the id stays unknown.
        answer.delivered = true;
        answer.note.status = status;
        if (response != nullptr) {
            auto id = webex::created_message_id(*response);
            if (id.ok()) answer.message_id = std::move(id).value();
            answer.note.tracking_id = http::find_header(response->headers, "trackingid");
        }
        if (answer.message_id.empty()) answer.note.detail = "accepted, the answer was unreadable";
        watch_.delivered(answer.message_id);
    } else {
        auto refused =
            webex::call_failure(asked, outcome, options_.classifier, env_.clock.wall_now());
        answer.note.status = refused.status;
        answer.note.rule = refused.error.rule;
        answer.note.tracking_id = std::move(refused.tracking_id);
        answer.note.detail = refused.error.message;
        answer.error = std::move(refused.error);
    }
    dispatcher_.on_answer(intent.id, std::move(answer), now());
}

void Sender::Loop::look(const Intent& intent) {
    const auto endpoint = env_.endpoint();
    const auto colon = intent.destination.find(':');
    const auto kind = intent.destination.substr(0, colon);
    const auto value = intent.destination.substr(colon + 1);
    auto request = kind == "room"     ? webex::list_messages(endpoint, value)
                   : kind == "person" ? webex::list_direct_by_id(endpoint, value)
                                      : webex::list_direct_by_email(endpoint, value);
    request.connect_timeout = options_.connect_timeout;
    request.timeout = options_.attempt_timeout;
    env_.client.start(std::move(request),
                      [this, intent](const http::Outcome& outcome) { looked(intent, outcome); });
}

void Sender::Loop::looked(const Intent& intent, const http::Outcome& outcome) {
    LookResult result;
    const auto* response = std::get_if<http::Response>(&outcome);
    const bool room = intent.destination.rfind("room:", 0) == 0;
    if (response != nullptr && response->status == 200) {
        const auto listed = webex::read_message_list(*response);
        // An answer that cannot be read says nothing about what has arrived.
        result.possible = listed.ok();
        result.failed = !listed.ok();
        const Evidence evidence(intent, watch_.self(), options_.dispatcher.clock_skew);
        for (const auto& seen : listed.value_or({})) {
            if (!evidence.matches(seen) || known(seen.id)) continue;
            result.found = seen.id;
            break;
        }
    } else if (response != nullptr && (response->status == 403 || response->status == 404)) {
        // A direct room that does not exist yet answers 404: nothing has arrived in it.
        result.possible = !room && response->status == 404;
    } else {
        result.failed = true;
    }
    if (!result.found.empty()) watch_.delivered(result.found);
    dispatcher_.on_look(intent.id, result, now());
}

void Sender::Loop::probe() {
    auto request = webex::get_me(env_.endpoint());
    request.connect_timeout = options_.connect_timeout;
    request.timeout = options_.attempt_timeout;
    http::Request asked;
    asked.method = request.method;
    asked.url = request.url;
    env_.client.start(std::move(request), [this, asked](const http::Outcome& outcome) {
        const auto* response = std::get_if<http::Response>(&outcome);
        const bool works = response != nullptr && response->status == 200;
        AttemptNote note;
        if (!works) {
            auto refused =
                webex::call_failure(asked, outcome, options_.classifier, env_.clock.wall_now());
            note.status = refused.status;
            note.rule = refused.error.rule;
            note.detail = refused.error.message;
        }
        dispatcher_.on_probe(works, note, now());
    });
}

// Compares the bot's own posts, as the receive path reported them, with what is uncertain in the
// same room. A post is fetched once; while something else is in flight to the room its echo could
// be mistaken, so that waits.
void Sender::Loop::check_own_posts() {
    if (!dispatcher_.has_uncertain()) return;
    for (auto& candidate : watch_.candidates()) {
        const auto destination = "room:" + candidate.post.room_id;
        const auto uncertain = dispatcher_.uncertain_in(destination);
        if (uncertain.empty() || dispatcher_.in_flight_to(destination)) continue;
        if (!candidate.view) {
            if (!candidate.asked && env_.clock.now() >= candidate.next_ask) {
                candidate.asked = true;
                const auto id = candidate.post.message_id;
                auto request = webex::get_message(env_.endpoint(), id);
                request.timeout = options_.attempt_timeout;
                env_.client.start(std::move(request), [this, id](const http::Outcome& outcome) {
                    fetched(id, outcome);
                });
            }
            continue;
        }
        for (const auto& intent : uncertain) {
            const Evidence evidence(intent, watch_.self(), options_.dispatcher.clock_skew);
            if (!evidence.matches(*candidate.view) || known(candidate.post.message_id)) continue;
            const auto id = candidate.post.message_id;
            watch_.delivered(id);  // ends the candidate
            dispatcher_.on_echo_match(intent.id, id, now());
            return check_own_posts();
        }
    }
}

void Sender::Loop::fetched(const std::string& message_id, const http::Outcome& outcome) {
    const auto* response = std::get_if<http::Response>(&outcome);
    if (response == nullptr || response->status != 200) {
        watch_.ask_again(message_id, env_.clock.now() + kAskAgain);
        return;
    }
    auto view = webex::read_message(*response);
    if (view.ok()) {
        watch_.set_view(message_id, std::move(view).value());
    } else {
        watch_.delivered(message_id);  // unreadable: no evidence
    }
}

// A message id that already belongs to a delivery is no evidence for another one.
bool Sender::Loop::known(const std::string& message_id) {
    if (watch_.is_delivered(message_id)) return true;
    const auto stored =
        env_.outbox.read([&](Store& store) { return store.knows_message(message_id); });
    return !stored.ok() || stored.value();
}

void Sender::Loop::publish_hold() {
    const bool held = dispatcher_.held();
    if (held == face_.held_.load(std::memory_order_relaxed)) return;
    {
        const std::scoped_lock lock(face_.mutex_);
        face_.hold_reason_ = dispatcher_.hold_reason();
    }
    face_.held_.store(held, std::memory_order_relaxed);
}

Sender::Sender(Environment environment, const SenderOptions& options)
    : last_turn_(environment.clock.now()),
      loop_(std::make_unique<Loop>(*this, std::move(environment), options)) {}

Sender::~Sender() = default;

Result<Done> Sender::run(const std::stop_token& stop) {
    return loop_->run(stop);
}

void Sender::set_self(std::string person_id) {
    loop_->bring([&](Loop::Inbox& inbox) { inbox.self = std::move(person_id); });
}

void Sender::own_post(OwnPost post) {
    loop_->bring([&](Loop::Inbox& inbox) { inbox.own_posts.push_back(std::move(post)); });
}

void Sender::release_room(std::string destination) {
    loop_->bring([&](Loop::Inbox& inbox) { inbox.releases.push_back(std::move(destination)); });
}

void Sender::probe_now() {
    loop_->bring([](Loop::Inbox& inbox) { inbox.probe = true; });
}

resilience::Clock::Instant Sender::last_turn() const {
    return last_turn_.load(std::memory_order_relaxed);
}

std::string Sender::hold_reason() const {
    const std::scoped_lock lock(mutex_);
    return hold_reason_;
}

}  // namespace messaging::outbox
