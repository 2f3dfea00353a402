// Whatever an .env file holds: names are names, come once, and lines are inside the file.
#include "bot/config/dotenv.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    const auto dotenv = bot::config::parse_dotenv(text);
    std::set<std::string> names;
    for (const auto& entry : dotenv.entries) {
        if (entry.name.empty() || !names.insert(entry.name).second) std::abort();
        if (entry.name.find_first_of("= \t\n\"'") != std::string::npos) std::abort();
        if (entry.line < 1 || entry.line > lines) std::abort();
    }
    for (const auto& mistake : dotenv.mistakes) {
        if (mistake.line < 1 || mistake.line > lines || mistake.cure.empty()) std::abort();
    }
    return 0;
}
