#include "bot/service/delivery_news.hpp"

#include "bot/log/log.hpp"

namespace bot::service {

using messaging::outbox::Notice;
using messaging::outbox::State;

void DeliveryNews::tell(const Notice& notice) const {
    const auto id = to_string(notice.id);
    const auto& note = notice.note;
    switch (notice.kind) {
        case Notice::Kind::kDelivered:
            metrics_.count_delivery(State::kDelivered);
            metrics_.count_attempt("success");
            log::info("delivered",
                      {{"id", id}, {"to", notice.destination}, {"attempt", notice.attempt}});
            return;
        case Notice::Kind::kConfirmedLate:
            metrics_.count_delivery(State::kDelivered);
            log::info("delivered (confirmed late)",
                      {{"id", id}, {"to", notice.destination}, {"evidence", note.detail}});
            return;
        case Notice::Kind::kRetry:
            metrics_.count_attempt(note.rule);
            log::warn("will be sent again", {{"id", id},
                                             {"to", notice.destination},
                                             {"attempt", notice.attempt},
                                             {"wait_ms", notice.wait.count()},
                                             {"rule", note.rule},
                                             {"why", note.detail}});
            return;
        case Notice::Kind::kUncertain:
            metrics_.count_delivery(State::kUncertain);
            metrics_.count_attempt(note.rule);
            log::warn("may have arrived, looking for it", {{"id", id},
                                                           {"to", notice.destination},
                                                           {"rule", note.rule},
                                                           {"why", note.detail}});
            return;
        case Notice::Kind::kDead:
            metrics_.count_delivery(State::kDead);
            log::error("not delivered", {{"id", id},
                                         {"to", notice.destination},
                                         {"reason", to_string(notice.reason)},
                                         {"rule", note.rule},
                                         {"why", note.detail}});
            return;
        case Notice::Kind::kRoomHeld:
            log::error("room held: its messages wait",
                       {{"to", notice.destination}, {"rule", note.rule}, {"why", note.detail}});
            return;
        case Notice::Kind::kBotHeld:
            metrics_.count_attempt(note.rule);
            log::error("sending is held: everything waits",
                       {{"rule", note.rule}, {"why", note.detail}});
            return;
        case Notice::Kind::kBotReleased:
            log::info("sending goes on");
            return;
        case Notice::Kind::kPaused:
            metrics_.count_attempt(note.rule);
            log::warn("asked to slow down",
                      {{"id", id}, {"wait_ms", notice.wait.count()}, {"why", note.detail}});
            return;
    }
}

}  // namespace bot::service
