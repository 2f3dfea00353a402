#include "messaging/outbox/sender.hpp"

#include "messaging/outbox/evidence.hpp"
#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/sender_loop.hpp"
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

constexpr auto kStoreAgain = std::chrono::seconds{1};

}  // namespace

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
    const auto held = env_.outbox.read([](Store& store) { return store.setting("bot_hold"); });
    if (held.ok() && !held.value().empty()) dispatcher_.hold_from_before(held.value(), now());
    bool skipped = false;
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
        // What a commit has brought needs no look at the sockets first, but one after that.
        skipped = more && !skipped;
        if (skipped) continue;
        polling_ = true;
        env_.client.poll(more ? milliseconds{0} : std::max(rest, milliseconds{0}));
        polling_ = false;
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
    // With nothing under way there is nothing to attend to meanwhile, and what comes next waits for
    // this transaction anyway: so it is spared the way to another thread and back.
    if (dispatcher_.in_flight() == 0) {
        auto batch = *storing_;
        if (const auto applied = env_.outbox.try_apply(batch)) return on_stored(applied->ok());
    }
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
        look_for_instead(intent, refused.refusal, answer);
    }
    dispatcher_.on_answer(intent.id, std::move(answer), now());
}

// Whatever it was that the service refused with a date: the date holds for everything.
void Sender::Loop::hear_wait(const http::Outcome& outcome) {
    const auto* response = std::get_if<http::Response>(&outcome);
    if (response == nullptr || http::find_header(response->headers, "Retry-After").empty()) return;
    const auto refused =
        webex::call_failure({}, outcome, options_.classifier, env_.clock.wall_now());
    dispatcher_.on_told_to_wait(refused.error, now());
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
            hear_wait(outcome);
        }
        dispatcher_.on_probe(works, note, now());
    });
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
