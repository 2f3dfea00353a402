#pragma once

#include "bot/commands/command.hpp"
#include "bot/text/markdown.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <string>
#include <vector>

/// Charts and reports, as commands find and list them by name. For the .cpp files of this room.
namespace bot::commands {

/// ASCII letters in lower case.
/// Echoing more characters of a wrong word than this helps nobody.
inline constexpr std::size_t kEchoMax = 40;

/// "There is no chart "mtr". Did you mean `mttr`? `charts` lists all."
Reply no_such(const std::vector<std::string>& names,
              const std::string& kind,
              const std::string& name);

template <class Things>
auto find_named(const Things& things, const std::string& name) {
    const auto wanted = resilience::ascii::lowered(name);
    const auto found = std::find_if(things.begin(), things.end(),
                                    [&](const auto& thing) { return thing.name == wanted; });
    return found == things.end() ? nullptr : &*found;
}

template <class Things>
std::vector<std::string> names_of(const Things& things) {
    std::vector<std::string> names;
    names.reserve(things.size());
    for (const auto& thing : things)
        names.push_back(thing.name);
    return names;
}

template <class Things>
Reply list(const Things& things, const std::string& kind) {
    if (things.empty()) return say("No " + kind + "s are configured.");
    std::string markdown = "These are the " + kind + "s:\n\n";
    for (const auto& thing : things) {
        markdown += "- `";
        markdown += kind;
        markdown += " " + thing.name + "` " + text::escape_markdown(thing.summary) + "\n";
    }
    return say(std::move(markdown));
}

}  // namespace bot::commands
