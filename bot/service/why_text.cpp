#include "bot/service/why_text.hpp"

#include "bot/cli/timeline_text.hpp"
#include "bot/service/operator_desk.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <string_view>

namespace bot::service {

namespace {

// Webex takes 7 439 bytes; a delivery that was tried all day has a longer story.
constexpr std::size_t kStoryMax = 6'000;

// Beginning and end are what people look at.
std::string shortened(const std::string& story) {
    if (story.size() <= kStoryMax) return story;
    const auto head = story.rfind('\n', kStoryMax / 3);
    const auto tail = story.find('\n', story.size() - kStoryMax / 2);
    if (head == std::string::npos || tail == std::string::npos) {
        return text::shorten(story, kStoryMax);
    }
    return story.substr(0, head) + "\n  …\n" + story.substr(tail + 1);
}

std::string as_code(const std::string& story) {
    std::string code = "```\n";
    for (std::size_t at = 0; at < story.size();) {
        const auto end = std::min(story.find('\n', at), story.size());
        code += text::escape_code(std::string_view(story).substr(at, end - at)) + "\n";
        at = end + 1;
    }
    return code + "```";
}

}  // namespace

std::string why_text(messaging::outbox::Outbox& outbox, const std::string& id) {
    const auto parsed = messaging::outbox::parse_delivery_id(id);
    if (!parsed) {
        return "That is no delivery id: they have thirteen letters and digits, as `stentor send` "
               "prints them and the log has them.";
    }
    const auto timeline = timeline_of(outbox, *parsed);
    if (!timeline.ok()) {
        return "I cannot read my outbox: " + text::escape_markdown(timeline.error().message);
    }
    if (!timeline.value()) {
        return "I know no delivery `" + to_string(*parsed) +
               "`; ended ones are kept for a while only.";
    }
    return as_code(shortened(cli::timeline_text(*timeline.value())));
}

}  // namespace bot::service
