#include "bot/commands/named.hpp"

#include "bot/text/closest.hpp"
#include "bot/text/utf8.hpp"

namespace bot::commands {

Reply no_such(const std::vector<std::string>& names,
              const std::string& kind,
              const std::string& name) {
    const auto shown =
        text::is_utf8(name) ? text::escape_markdown(text::shorten(name, kEchoMax)) : "?";
    if (names.empty()) return refuse("There is no " + kind + " \"" + shown + "\", nor any other.");
    const auto near = text::closest(name, names);
    return refuse("There is no " + kind + " \"" + shown + "\". " +
                  (near.empty() ? "The closest name is `" + text::nearest(name, names) + "`"
                                : "Did you mean `" + near + "`?") +
                  (near.empty() ? "; `" : " `") + kind + "s` lists all.");
}

}  // namespace bot::commands
