// How a Sender finds something else to send for what was refused.
#include "messaging/outbox/degrade.hpp"
#include "messaging/outbox/sender_loop.hpp"

#include <utility>

namespace messaging::outbox {

// Making a file of a text blocks on the disk; that is rare enough to be done here.
void Sender::Loop::look_for_instead(const Intent& intent,
                                    webex::Refusal refusal,
                                    Answer& answer) const {
    if (answer.error.cls != resilience::ErrorClass::kPermanent) return;
    auto made = degrade(refusal, intent.payload, intent.file);
    if (!made) return;
    NewContent content{.payload = std::move(made->payload)};
    if (!made->attachment.empty()) {
        if (!env_.spool_text) return;
        auto file = env_.spool_text(made->attachment, made->attachment_name);
        if (!file.ok()) return;
        content.file = std::move(file).value();
    }
    answer.instead = std::move(content);
    answer.instead_rule = made->row->rule;
    answer.instead_what = made->row->what;
}

}  // namespace messaging::outbox
