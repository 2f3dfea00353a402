// Whatever is said to a command: its values are what it declares, or its asker hears a sentence.
#include "bot/commands/argument.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bot::commands;
    static const std::vector<Argument> positions{{.name = "name"},
                                                 {.name = "text", .type = ArgumentType::kText}};
    static const std::vector<Argument> options{
        {.name = "n", .type = ArgumentType::kInteger, .min = 1, .max = 9, .also = {"weeks"}},
        {.name = "as", .type = ArgumentType::kChoice, .choices = {"picture", "table"}},
        {.name = "day", .type = ArgumentType::kDate},
        {.name = "for", .type = ArgumentType::kDuration, .min = 0, .max = 3600}};
    const auto line = parse_command_line(std::string(data, data + size));
    if (!line.ok()) return 0;
    const auto given = read_arguments("chart", positions, options, line.value(), {});
    const std::string& told = given.ok() ? "" : given.error().message;
    if (!given.ok() && (told.empty() || told.size() > 700)) std::abort();
    if (told.find("<@") != std::string::npos || told.find('\n') != std::string::npos) std::abort();
    const auto n = given.ok() ? given.value().integer("n").value_or(1) : 1;
    if (n < 1 || n > 9) std::abort();
    return 0;
}
