#include "bot/commands/standard.hpp"

#include "bot/charts/caption.hpp"
#include "bot/reports/report.hpp"
#include "bot/text/closest.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace bot::commands {
namespace {

using text::escape_markdown;

constexpr std::size_t kEchoMax = 40;

std::string lowered(std::string name) {
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return name;
}

template <class Things>
auto find_named(const Things& things, const std::string& name) {
    const auto wanted = lowered(name);
    const auto found = std::find_if(things.begin(), things.end(),
                                    [&](const auto& thing) { return thing.name == wanted; });
    return found == things.end() ? nullptr : &*found;
}

template <class Things>
Reply list(const Things& things, const std::string& kind) {
    if (things.empty()) return say("No " + kind + "s are configured.");
    std::string markdown = "These are the " + kind + "s:\n\n";
    for (const auto& thing : things) {
        markdown += "- `" + kind + " " + thing.name + "` " + escape_markdown(thing.summary) + "\n";
    }
    return say(std::move(markdown));
}

template <class Things>
Reply no_such(const Things& things, const std::string& kind, const std::string& name) {
    std::vector<std::string> names;
    names.reserve(things.size());
    for (const auto& thing : things)
        names.push_back(thing.name);
    const auto shown = text::is_utf8(name) ? escape_markdown(text::shorten(name, kEchoMax)) : "?";
    if (names.empty()) return refuse("There is no " + kind + " \"" + shown + "\", nor any other.");
    const auto near = text::closest(name, names);
    return refuse("There is no " + kind + " \"" + shown + "\". " +
                  (near.empty() ? "The closest name is `" + text::nearest(name, names) + "`"
                                : "Did you mean `" + near + "`?") +
                  (near.empty() ? "; `" : " `") + kind + "s` lists all.");
}

// Says which option a command does not know; empty if all are known.
std::string unknown_option(const CommandLine& line, const std::vector<std::string>& known) {
    for (const auto& [name, value] : line.options) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        return "I do not know the option \"" + escape_markdown(name) + "\" here; `help " +
               line.verb + "` shows the usage.";
    }
    return {};
}

Reply show_picture(const charts::Spec& chart,
                   charts::Picture picture,
                   const Invocation& invocation,
                   const Services& services) {
    auto text =
        charts::caption(chart, picture.freshness, asker(invocation), services.clock.wall_now());
    const auto varied = charts::variation_line(picture.variation);
    if (!varied.empty()) text += "\n\n" + varied;
    auto reply = say(std::move(text));
    auto& message = reply.messages.front();
    message.text = std::move(picture.alt_text);
    message.files.push_back({std::move(picture.path), std::move(picture.file_name), "image/png"});
    return reply;
}

// Numbers are better than nothing, but not what was asked for.
Reply show_text(const charts::Spec& chart,
                const charts::TextTable& table,
                const Invocation& invocation,
                const Services& services) {
    return refuse(
        charts::caption(chart, table.freshness, asker(invocation), services.clock.wall_now()) +
            "\n\nI could not draw the picture; these are its numbers.\n" + table.markdown,
        table.detail);
}

Reply chart(const Invocation& invocation, const CommandLine& line, const Services& services) {
    const auto& charts = services.config.charts;
    if (line.words.empty()) return list(charts, "chart");
    if (auto mistake = unknown_option(line, {"theme"}); !mistake.empty()) return refuse(mistake);
    const auto* found = find_named(charts, line.words[0]);
    if (found == nullptr) return no_such(charts, "chart", line.words[0]);
    auto spec = *found;
    if (const auto theme = line.options.find("theme"); theme != line.options.end()) {
        const auto wanted = lowered(theme->second);
        if (wanted != "light" && wanted != "dark") {
            return refuse("The theme is `light` or `dark`.");
        }
        spec.theme = wanted == "dark" ? charts::Theme::kDark : charts::Theme::kLight;
    }
    auto drawing = services.renderer.draw(spec);
    if (auto* none = std::get_if<charts::NoPicture>(&drawing)) {
        return refuse(escape_markdown(none->sentence), std::move(none->detail));
    }
    if (const auto* table = std::get_if<charts::TextTable>(&drawing)) {
        return show_text(spec, *table, invocation, services);
    }
    return show_picture(spec, std::get<charts::Picture>(std::move(drawing)), invocation, services);
}

Reply report(const Invocation&, const CommandLine& line, const Services& services) {
    const auto& reports = services.config.reports;
    if (line.words.empty()) return list(reports, "report");
    if (auto mistake = unknown_option(line, {}); !mistake.empty()) return refuse(mistake);
    const auto* spec = find_named(reports, line.words[0]);
    if (spec == nullptr) return no_such(reports, "report", line.words[0]);
    auto built = reports::build_report(*spec, find_named(services.config.charts, spec->chart),
                                       {services.renderer, services.reader, services.clock});
    if (!built.ok()) return refuse(escape_markdown(built.error().message), built.error().message);
    Reply reply;
    reply.messages = std::move(built.value().messages);
    for (const auto& problem : built.value().problems) {
        reply.ok = false;
        reply.detail += (reply.detail.empty() ? "" : "; ") + problem;
    }
    return reply;
}

Reply whoami(const Invocation& invocation, const CommandLine&, const Services&) {
    const auto name = asker(invocation);
    const auto address = escape_markdown(invocation.person_email);
    return say("You are **" + name + "**" + (name == address ? "" : ", " + address) +
               ".\n\nPerson id: `" + text::escape_code(invocation.person_id) + "`\n\nThis room (" +
               (invocation.direct ? "direct" : "group") + "): `" +
               text::escape_code(invocation.room_id) + "`");
}

bool is_admin(const std::string& email, const config::Config& config) {
    return std::any_of(config.admins.begin(), config.admins.end(), [&](const auto& admin) {
        return !email.empty() && lowered(admin) == lowered(email);
    });
}

// A story names rooms and people, and what other services said: not for everybody.
Reply why(const Invocation& invocation, const CommandLine& line, const Services& services) {
    if (!is_admin(invocation.person_email, services.config)) {
        return refuse("Only admins may ask that; who they are is in my configuration.",
                      "not an admin: " + invocation.person_email);
    }
    if (line.words.size() != 1) return refuse("Which one? `why ID`, with the id of a delivery.");
    if (!services.why) return refuse("I cannot look that up here.");
    return say(services.why(line.words[0]));
}

Reply hello(const Invocation& invocation, const CommandLine&, const Services& services) {
    return say("Hello " + asker(invocation) + ", I am " +
               escape_markdown(services.config.bot_name) + ". `help` shows what I can do.");
}

}  // namespace

std::vector<Command> standard_commands() {
    return {
        {.name = "chart",
         .summary = "Draws a chart",
         .usage = "chart NAME [theme=light|dark]",
         .handler = chart},
        {.name = "charts",
         .summary = "Lists the charts",
         .usage = "charts",
         .handler = [](const auto&, const auto&,
                       const auto& services) { return list(services.config.charts, "chart"); }},
        {.name = "report",
         .summary = "Builds a report from the data as it is now",
         .usage = "report NAME",
         .handler = report},
        {.name = "reports",
         .summary = "Lists the reports",
         .usage = "reports",
         .handler = [](const auto&, const auto&,
                       const auto& services) { return list(services.config.reports, "report"); }},
        {.name = "status",
         .summary = "Says how the service is doing",
         .usage = "status",
         .handler = [](const auto&, const auto&,
                       const auto& services) { return say(services.status()); }},
        {.name = "why",
         .summary = "Tells an admin what happened to a message",
         .usage = "why ID",
         .handler = why},
        {.name = "ping",
         .summary = "Answers, to show that I am here",
         .usage = "ping",
         .handler =
             [](const auto&, const auto&, const auto& services) {
                 return say("pong, " + text::utc(services.clock.wall_now()));
             }},
        {.name = "whoami",
         .summary = "Shows who you are to me, and this room's id",
         .usage = "whoami",
         .handler = whoami},
        {.name = "hi",
         .aliases = {"hello", "hey"},
         .summary = "Greets",
         .usage = "hi",
         .handler = hello},
    };
}

}  // namespace bot::commands
