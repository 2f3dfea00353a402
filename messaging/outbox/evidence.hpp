#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/webex/requests.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace messaging::outbox {

/// What the service is expected to show for a delivery, if it arrived.
///
/// Pure; built once per uncertain delivery, compared with each candidate. The comparison allows for
/// what Webex changes on the way (white space, derived text) and for its clock being off by `skew`.
class Evidence {
public:
    /// `self` is the person id of the bot (people/me); nobody else's message is evidence.
    Evidence(const Intent& intent, std::string self, std::chrono::milliseconds skew);

    /// True when `seen` can only be this delivery or one with equal content.
    bool matches(const webex::MessageView& seen) const;

private:
    std::string self_;
    std::string text_;
    std::string markdown_;
    std::string parent_id_;
    bool card_ = false;
    bool file_ = false;
    Millis earliest_{0};
};

/// Folds runs of white space into one blank and trims: what the service may do to a text.
std::string normalise_text(std::string_view text);

/// The payload of a repeat after an uncertain outcome: its text says that it may be the second.
/// Returns the payload unchanged when it is no JSON object.
std::string mark_repeat(const std::string& payload);

/// What `mark_repeat` appends, without the leading break.
inline constexpr std::string_view kRepeatMark = "(possible repeat)";

}  // namespace messaging::outbox
