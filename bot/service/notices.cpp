#include "bot/service/notices.hpp"

#include "bot/log/log.hpp"
#include "messaging/content/pieces.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

namespace bot::service {

namespace outbox = messaging::outbox;
using commands::Progress;
using outbox::State;
using resilience::Instant;

namespace {

// Longer than any command runs, so that a notice is withdrawn and never expires.
constexpr std::chrono::minutes kDeadline{5};
// While a notice is on its way its message id is not known.
constexpr std::chrono::seconds kLookAgain{2};
constexpr int kTries = 15;
// Of the store: the deliveries of notices that stand in rooms.
constexpr const char* kSetting = "notices";

bool is_one_text(const std::vector<messaging::Message>& answer) {
    if (answer.size() != 1) return false;
    const auto& message = answer.front();
    const bool text = message.files.empty() && message.card_json.empty();
    return text && messaging::pieces_of(message).size() == 1;
}

}  // namespace

/// One command that somebody waits for.
class Notices::Notice {
public:
    Notice(Subject about, Instant now)
        : subject(std::move(about)), progress(subject.command, now) {}

    const Subject subject;
    std::mutex busy;  // held while a request is under way; taken first
    bool ended = false;
    std::optional<outbox::DeliveryId> delivery;
    std::string message_id;  // of what is no delivery of ours to look up
    int tries = 0;
    std::mutex mutex;  // guards progress
    Progress progress;
};

Notices::Notices(const Parts& parts) : parts_(parts) {}
Notices::~Notices() = default;

void Notices::resume() {
    const auto stored =
        parts_.outbox.read([](outbox::Store& store) { return store.setting(kSetting); });
    if (!stored.ok()) {
        log::warn("notices of before are not taken away", {{"why", stored.error().message}});
        return;
    }
    std::istringstream ids(stored.value());
    for (std::string text; ids >> text;) {
        const auto id = outbox::parse_delivery_id(text);
        if (!id) continue;
        auto left = std::make_shared<Notice>(Subject{.command = "before", .room_id = {}},
                                             parts_.clock.now());
        left->ended = true;
        left->delivery = *id;
        {
            const std::scoped_lock lock(mutex_);
            standing_.insert(*id);
        }
        leave(left, true);
    }
}

void Notices::note_standing(outbox::DeliveryId id, bool stands) {
    outbox::Batch batch;
    std::string ids;
    {
        const std::scoped_lock lock(mutex_);
        if (stands) {
            standing_.insert(id);
        } else if (standing_.erase(id) == 0) {
            return;
        }
        for (const auto one : standing_)
            ids += (ids.empty() ? "" : " ") + to_string(one);
    }
    batch.settings.emplace_back(kSetting, std::move(ids));
    parts_.outbox.submit(std::move(batch));
}

std::shared_ptr<Notices::Notice> Notices::begin(Subject subject) {
    auto notice = std::make_shared<Notice>(std::move(subject), parts_.clock.now());
    {
        const std::scoped_lock lock(mutex_);
        open_.push_back(notice);
        changed_ = true;
    }
    wake_.notify_all();
    return notice;
}

void Notices::retrying(Notice& notice, const commands::Retrying& news) {
    {
        const std::scoped_lock lock(notice.mutex);
        notice.progress.retrying(news, parts_.clock.now());
    }
    {
        const std::scoped_lock lock(mutex_);
        changed_ = true;
    }
    wake_.notify_all();
}

bool Notices::end(const std::shared_ptr<Notice>& notice,
                  const std::vector<messaging::Message>& answer) {
    const std::scoped_lock busy(notice->busy);
    notice->ended = true;
    Progress::End end{};
    {
        const std::scoped_lock lock(notice->mutex);
        end = notice->progress.end(is_one_text(answer));
    }
    const bool replaced = end == Progress::End::kReplace && replace(*notice, answer.front());
    if (replaced) note_standing(*notice->delivery, false);
    leave(notice, end != Progress::End::kNone && !replaced);
    return replaced;
}

void Notices::drop(const std::shared_ptr<Notice>& notice) {
    const std::scoped_lock busy(notice->busy);
    notice->ended = true;
    leave(notice, notice->delivery.has_value());
}

void Notices::remove(std::string message_id) {
    auto served =
        std::make_shared<Notice>(Subject{.command = "card", .room_id = {}}, parts_.clock.now());
    served->ended = true;
    served->message_id = std::move(message_id);
    leave(served, true);
}

void Notices::leave(const std::shared_ptr<Notice>& notice, bool take_away) {
    {
        const std::scoped_lock lock(mutex_);
        std::erase(open_, notice);
        if (take_away) gone_.push_back(notice);
        changed_ = changed_ || take_away;
    }
    if (take_away) wake_.notify_all();
}

std::optional<Instant> Notices::look() {
    Open open;
    Open gone;
    {
        const std::scoped_lock lock(mutex_);
        open = open_;
        gone = std::exchange(gone_, {});
    }
    std::optional<Instant> next;
    const auto sooner = [&next](std::optional<Instant> when) {
        if (when && (!next || *when < *next)) next = when;
    };
    for (const auto& notice : gone) {
        const std::scoped_lock busy(notice->busy);
        if (take_away(*notice)) {
            if (notice->delivery) note_standing(*notice->delivery, false);
            continue;
        }
        sooner(parts_.clock.now() + kLookAgain);
        const std::scoped_lock lock(mutex_);
        gone_.push_back(notice);
    }
    for (const auto& notice : open) {
        const std::scoped_lock busy(notice->busy);
        if (!notice->ended) sooner(step(*notice));
    }
    return next;
}

std::optional<Instant> Notices::step(Notice& notice) {
    const auto ask = [&] {
        const std::scoped_lock lock(notice.mutex);
        return notice.progress.step(parts_.clock.now());
    };
    const auto step = ask();
    if (step.what == Progress::Do::kNothing) return step.next;
    if (step.what == Progress::Do::kPost) {
        post(notice, step.text);
    } else {
        const auto delivery = delivery_of(notice);
        const bool on_its_way = delivery && delivery->state < State::kDelivered;
        if (on_its_way) return parts_.clock.now() + kLookAgain;
        messaging::Message message;
        message.markdown = step.text;
        replace(notice, message);
    }
    {
        const std::scoped_lock lock(notice.mutex);
        notice.progress.done(step.what, parts_.clock.now());
    }
    return ask().next;
}

void Notices::post(Notice& notice, const std::string& text) {
    messaging::SendOptions options;
    options.priority = outbox::Priority::kReport;
    options.deadline = kDeadline;
    options.origin = "notice " + notice.subject.command;
    messaging::Message message;
    message.markdown = text;
    message.parent_id = notice.subject.parent_id;
    const auto posted =
        parts_.messenger.post(messaging::room(notice.subject.room_id), message, options);
    if (posted.ok()) {
        notice.delivery = posted.value().ids.front();
        note_standing(*notice.delivery, true);
    } else {
        log::warn("a notice was not accepted",
                  {{"command", notice.subject.command}, {"why", posted.error().message}});
    }
}

std::optional<outbox::Delivery> Notices::delivery_of(const Notice& notice) const {
    if (!notice.delivery) return std::nullopt;
    const auto id = *notice.delivery;
    auto found = parts_.outbox.read([id](outbox::Store& store) { return store.get(id); });
    return found.ok() ? std::move(found).value() : std::nullopt;
}

// One request, not repeated: there is another way to say it.
bool Notices::replace(const Notice& notice, const messaging::Message& message) {
    const auto delivery = delivery_of(notice);
    if (!delivery || delivery->state != State::kDelivered || delivery->message_id.empty()) {
        return false;
    }
    const auto edited =
        parts_.webex.edit_message(delivery->message_id, notice.subject.room_id, message);
    if (edited.ok()) return true;
    log::warn("a notice cannot be changed",
              {{"command", notice.subject.command}, {"why", edited.error().message}});
    return false;
}

// True when it is gone, or nothing more can be done.
bool Notices::take_away(Notice& notice) {
    if (++notice.tries > kTries) {
        log::warn("a notice stays in its room",
                  {{"command", notice.subject.command}, {"room", notice.subject.room_id}});
        return true;
    }
    if (!notice.message_id.empty()) return deleted(notice.message_id);
    const auto delivery = delivery_of(notice);
    if (!delivery || delivery->state == State::kDead) return true;
    if (delivery->state == State::kPending) {
        outbox::Transition withdrawn;
        withdrawn.id = delivery->id;
        withdrawn.from = State::kPending;
        withdrawn.attempt = delivery->attempts;
        withdrawn.to = State::kDead;
        withdrawn.reason = outbox::DeadReason::kCancelled;
        withdrawn.at = resilience::since_epoch(parts_.clock.wall_now());
        withdrawn.note = {.rule = "notice", .detail = "the answer was there before it"};
        outbox::Batch batch;
        batch.transitions.push_back(std::move(withdrawn));
        const auto applied = parts_.outbox.apply(std::move(batch));
        return applied.ok() && applied.value().stale.empty();
    }
    if (delivery->state != State::kDelivered) return false;  // on its way
    return delivery->message_id.empty() || deleted(delivery->message_id);
}

// True also where asking again would not help.
bool Notices::deleted(const std::string& message_id) const {
    const auto done = parts_.webex.delete_message(message_id);
    return done.ok() || done.error().cls == resilience::ErrorClass::kPermanent;
}

void Notices::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto next = look();
        std::unique_lock lock(mutex_);
        const auto woken = [this] { return changed_; };
        if (next) {
            wake_.wait_for(lock, stop, *next - parts_.clock.now(), woken);
        } else {
            wake_.wait(lock, stop, woken);
        }
        changed_ = false;
    }
    look();
}

}  // namespace bot::service
