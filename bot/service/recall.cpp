#include "bot/service/recall.hpp"

#include "bot/service/chance.hpp"
#include "messaging/outbox/degrade.hpp"
#include "messaging/outbox/destination.hpp"
#include "resilience/blocking.hpp"
#include "resilience/presets.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace bot::service {

namespace outbox = messaging::outbox;
using cli::RecallItem;
using outbox::DeadReason;
using outbox::Delivery;
using outbox::State;
using outbox::Store;
using resilience::Result;
using Outcome = RecallItem::Outcome;

namespace {

// A message on its way usually ends within a second or two.
constexpr std::chrono::seconds kEndsSoon{5};
// A batch to a thousand rooms meets some 429, each with a date.
constexpr std::uint32_t kAttempts = 6;
constexpr std::uint32_t kPage = 200;

Result<std::vector<Delivery>> find_group(outbox::Outbox& box, std::uint64_t group) {
    std::vector<Delivery> all;
    outbox::Filter filter{.group = group, .limit = kPage};
    while (true) {
        auto page = box.read([&filter](Store& store) { return store.find(filter); });
        if (!page.ok()) return page;
        if (page.value().empty()) return all;
        filter.before = page.value().back().id;
        std::move(page.value().begin(), page.value().end(), std::back_inserter(all));
    }
}

// Oldest first, each once.
Result<std::vector<Delivery>> gather(const cli::RecallRequest& request, outbox::Outbox& box) {
    std::vector<Delivery> all;
    for (const auto id : request.ids) {
        auto group = find_group(box, id.value);
        if (!group.ok()) return group;
        std::move(group.value().begin(), group.value().end(), std::back_inserter(all));
        auto single = box.read([id](Store& store) { return store.get(id); });
        if (!single.ok()) return std::move(single).error();
        if (single.value()) all.push_back(*std::move(single).value());
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const auto twice = std::unique(all.begin(), all.end(),
                                   [](const auto& a, const auto& b) { return a.id == b.id; });
    all.erase(twice, all.end());
    return all;
}

class Recall {
public:
    Recall(const cli::RecallRequest& request, const RecallParts& parts, const std::stop_token& stop)
        : request_(request), parts_(parts), stop_(stop) {}

    RecallItem take_back(Delivery delivery) {
        RecallItem item;
        item.id = delivery.id;
        item.destination = delivery.destination;
        if (delivery.state == State::kPending) cancel(delivery, item);
        if (delivery.state == State::kSending || delivery.state == State::kUncertain) {
            wait_for_end(delivery);
        }
        item.message_id = delivery.message_id;
        switch (delivery.state) {
            case State::kPending:  // cancelled, or why not
                break;
            case State::kSending:
            case State::kUncertain:
                fail(item, "it is on its way and its outcome is open; try again in a minute");
                break;
            case State::kDelivered:
                change_posted(delivery, item);
                break;
            case State::kDead:
                ended(delivery, item);
                break;
        }
        return item;
    }

private:
    static void fail(RecallItem& item, std::string why) {
        item.outcome = Outcome::kFailed;
        item.detail = std::move(why);
    }

    // Where the sender is quicker, `delivery` becomes what it is now.
    void cancel(Delivery& delivery, RecallItem& item) {
        if (!request_.edit.empty()) {
            return fail(item,
                        "it is not sent yet, and its text cannot be changed any more; recall "
                        "it without --edit and send it anew");
        }
        item.outcome = Outcome::kCancelled;
        if (request_.dry_run) return;
        outbox::Transition withdrawn;
        withdrawn.id = delivery.id;
        withdrawn.from = State::kPending;
        withdrawn.attempt = delivery.attempts;
        withdrawn.to = State::kDead;
        withdrawn.reason = DeadReason::kCancelled;
        withdrawn.at = resilience::since_epoch(parts_.clock.wall_now());
        withdrawn.note = {.rule = "recall", .detail = "withdrawn on request"};
        outbox::Batch batch;
        batch.transitions.push_back(std::move(withdrawn));
        const auto applied = parts_.outbox.apply(std::move(batch));
        if (!applied.ok()) return fail(item, applied.error().message);
        if (applied.value().stale.empty()) return;
        fail(item, "it is being sent just now; try again in a minute");
        look_again(delivery);
    }

    void look_again(Delivery& delivery) {
        auto now = parts_.outbox.read([id = delivery.id](Store& store) { return store.get(id); });
        if (now.ok() && now.value()) delivery = *std::move(now).value();
    }

    void wait_for_end(Delivery& delivery) {
        if (request_.dry_run) return;
        auto ended = parts_.outbox.wait(delivery.id, kEndsSoon);
        if (ended.ok()) delivery = std::move(ended).value();
    }

    static void ended(const Delivery& delivery, RecallItem& item) {
        if (delivery.reason == DeadReason::kMaybeDelivered) {
            return fail(item,
                        "it may have arrived, but its message id was never learned; look in "
                        "the room and delete it by hand");
        }
        item.outcome = Outcome::kNothing;
        item.detail = "it never arrived (" + std::string(to_string(delivery.reason)) + ")";
    }

    void change_posted(const Delivery& delivery, RecallItem& item) {
        if (delivery.message_id.empty()) {
            return fail(item, "it arrived, but its message id was not learned; delete it by hand");
        }
        const bool edit = !request_.edit.empty();
        item.outcome = edit ? Outcome::kEdited : Outcome::kDeleted;
        item.detail.clear();
        if (request_.dry_run) return;
        const auto done = edit ? edit_posted(delivery) : delete_posted(delivery);
        if (done.ok()) return;
        if (edit && done.error().rule == messaging::webex::kEditLimitRule) {
            return say_anew(delivery, done.error().message, item);
        }
        fail(item, done.error().message);
    }

    // The edit limit is a definite refusal: what cannot be changed is answered (degrade.hpp).
    void say_anew(const Delivery& delivery, const std::string& refusal, RecallItem& item) {
        const auto* const row =
            outbox::degrade_row(messaging::webex::Refusal::kEditLimit, outbox::Content::kEdit);
        if (parts_.messenger == nullptr || row == nullptr) return fail(item, refusal);
        messaging::Message text;
        text.markdown = request_.edit;
        text.parent_id = delivery.message_id;
        const auto posted =
            parts_.messenger->post(messaging::outbox::target_of(delivery.destination), text,
                                   {.priority = delivery.priority, .origin = "recall --edit"});
        if (!posted.ok()) return fail(item, posted.error().message);
        item.detail =
            std::string(row->what) + ", in its thread: " + to_string(posted.value().ids.front());
    }

    template <class Call>
    auto patiently(const Call& call) {
        auto policy = resilience::presets::webex();
        policy.max_attempts = kAttempts;
        return resilience::retry(policy, parts_.clock, stop_, chance, call);
    }

    Result<resilience::Done> delete_posted(const Delivery& delivery) {
        return patiently([&] { return parts_.webex.delete_message(delivery.message_id, stop_); });
    }

    // Webex wants to hear the room as well, which a message to a person does not know.
    Result<resilience::Done> edit_posted(const Delivery& delivery) {
        constexpr std::string_view kRoom = "room:";
        std::string room;
        if (delivery.destination.starts_with(kRoom)) {
            room = delivery.destination.substr(kRoom.size());
        } else {
            const auto seen =
                patiently([&] { return parts_.webex.message(delivery.message_id, stop_); });
            if (!seen.ok()) return seen.error();
            room = seen.value().room_id;
        }
        messaging::Message text;
        text.markdown = request_.edit;
        const auto edited = patiently(
            [&] { return parts_.webex.edit_message(delivery.message_id, room, text, stop_); });
        if (!edited.ok()) return edited.error();
        return resilience::Done{};
    }

    const cli::RecallRequest& request_;
    const RecallParts& parts_;
    const std::stop_token& stop_;
};

}  // namespace

Result<cli::RecallReply> recall_now(const cli::RecallRequest& request,
                                    const RecallParts& parts,
                                    const std::stop_token& stop) {
    auto found = gather(request, parts.outbox);
    if (!found.ok()) return std::move(found).error();
    Recall recall(request, parts, stop);
    cli::RecallReply reply;
    for (auto& delivery : found.value())
        reply.items.push_back(recall.take_back(std::move(delivery)));
    return reply;
}

}  // namespace bot::service
