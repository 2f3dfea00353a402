#include "bot/service/delivery_news.hpp"

#include "bot/log/log.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace bot::service {

using messaging::outbox::Notice;
using messaging::outbox::State;

// NOLINTNEXTLINE(readability-function-size): one case for each kind
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
            count_attempt(notice);
            log::warn("will be sent again", {{"id", id},
                                             {"to", notice.destination},
                                             {"attempt", notice.attempt},
                                             {"wait_ms", notice.wait.count()},
                                             {"rule", note.rule},
                                             {"why", note.detail}});
            return;
        case Notice::Kind::kDegraded:
            count_attempt(notice);
            log::warn("refused, something simpler goes out", {{"id", id},
                                                              {"to", notice.destination},
                                                              {"rule", note.rule},
                                                              {"why", note.detail}});
            return;
        case Notice::Kind::kUncertain:
            metrics_.count_delivery(State::kUncertain);
            count_attempt(notice);
            log::warn("may have arrived, looking for it", {{"id", id},
                                                           {"to", notice.destination},
                                                           {"rule", note.rule},
                                                           {"why", note.detail}});
            return;
        case Notice::Kind::kDead:
            metrics_.count_delivery(State::kDead);
            count_attempt(notice);
            if (notice.reason == messaging::outbox::DeadReason::kMaybeDelivered) {
                log::warn("may have arrived, not repeated", {{"id", id},
                                                             {"to", notice.destination},
                                                             {"rule", note.rule},
                                                             {"why", note.detail}});
                return;
            }
            log::error("not delivered", {{"id", id},
                                         {"to", notice.destination},
                                         {"reason", to_string(notice.reason)},
                                         {"rule", note.rule},
                                         {"why", note.detail}});
            return;
        case Notice::Kind::kRoomHeld:
            count_attempt(notice);
            log::error("room held: its messages wait",
                       {{"to", notice.destination}, {"rule", note.rule}, {"why", note.detail}});
            return;
        case Notice::Kind::kBotHeld:
            count_attempt(notice);
            log::error("sending is held: everything waits",
                       {{"rule", note.rule}, {"why", note.detail}});
            return;
        case Notice::Kind::kBotReleased:
            log::info("sending goes on");
            return;
        case Notice::Kind::kPaused:
            count_attempt(notice);
            log::warn("asked to slow down",
                      {{"id", id}, {"wait_ms", notice.wait.count()}, {"why", note.detail}});
            return;
    }
}

// Counts a failed attempt by the rule that classified it. Decisions without an attempt, made when
// no evidence turned up or a deadline passed, have rules that no answer has.
void DeliveryNews::count_attempt(const Notice& notice) const {
    constexpr std::array<std::string_view, 4> kNoAttempt = {"not_seen", "prefer_delivery",
                                                            "prefer_once", "deadline"};
    const auto& rule = notice.note.rule;
    if (std::find(kNoAttempt.begin(), kNoAttempt.end(), rule) != kNoAttempt.end()) return;
    metrics_.count_attempt(rule);
}

}  // namespace bot::service
