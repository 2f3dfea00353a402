#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::sandbox {

/// Whom a mention means.
struct Mentioned {
    std::string person_id;
    std::string display_name;
};

/// What Webex derives from markdown.
struct RichText {
    std::string html;
    std::string text;
    std::vector<std::string> person_ids;  ///< Everybody mentioned, once each.
    bool everyone = false;                ///< <@all> was used.
};

/// Finds a person by ("personId", id) or ("personEmail", address); nothing for an unknown one.
using FindMentioned =
    std::function<std::optional<Mentioned>(std::string_view kind, std::string_view value)>;

/// Renders Webex markdown (developer.webex.com, "REST API Basics"): emphasis, links with
/// rel="nofollow", lists, quotes, code, headings and mentions. Raw HTML is escaped, except
/// blockquotes with the class info, success, warning or danger; pictures become their alternative
/// text; links other than http, https and mailto lose their target.
RichText render_markdown(std::string_view markdown, const FindMentioned& find);

/// Escapes & < > and the double quote.
std::string escape_html(std::string_view text);

/// The element that stands for a mention in html.
std::string mention_html(std::string_view person_id, std::string_view label);

}  // namespace messaging::sandbox
