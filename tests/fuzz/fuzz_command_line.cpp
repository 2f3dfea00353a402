// Whatever is said: blanks around it do not matter, and the verb is in lower case.
#include "bot/commands/command_line.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto line = bot::commands::parse_command_line(text);
    if (!line.ok()) return line.error().message.empty() ? (std::abort(), 0) : 0;
    const auto& parts = line.value();
    std::size_t bytes = parts.verb.size();
    for (const auto& word : parts.words)
        bytes += word.size();
    if (bytes > text.size()) std::abort();
    for (const char c : parts.verb) {
        if (c >= 'A' && c <= 'Z') std::abort();
    }
    const auto again = bot::commands::parse_command_line(" " + text + "\n");
    if (again.ok() && (again.value().verb != parts.verb || again.value().words != parts.words)) {
        std::abort();
    }
    return 0;
}
