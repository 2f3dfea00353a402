#include "bot/cli/line_parts.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <system_error>

namespace bot::cli {

namespace outbox = messaging::outbox;
using std::chrono::seconds;

namespace {

constexpr seconds kYear{std::chrono::hours{24 * 365}};

}  // namespace

void add_config(CLI::App& verb, ConfigOptions& into) {
    verb.add_option("--config", into.config_file, "YAML file with rooms, charts, reports …")
        ->type_name("FILE");
    verb.add_option("--env-file", into.env_file, "File with NAME=value lines [.env]")
        ->type_name("FILE");
    verb.add_option("--state-dir", into.state_dir, "Folder of the outbox")->type_name("DIR");
}

void add_json(CLI::App& verb, bool& into) {
    verb.add_flag("--json", into, "Print JSON");
}

void add_duration(CLI::App& verb,
                  const std::string& name,
                  std::optional<seconds>& into,
                  seconds max,
                  const std::string& text) {
    verb.add_option_function<std::string>(
            name,
            [&into, name, max](const std::string& value) {
                into = parse_duration(value);
                if (!into || *into > max) {
                    throw CLI::ValidationError(
                        name, "\"" + value +
                                  "\" is not a time such as 90, 90s, 15m or 2h of at "
                                  "most " +
                                  std::to_string(max.count()) + " s");
                }
            },
            text)
        ->type_name("TIME");
}

void add_ids(CLI::App& verb,
             std::vector<outbox::DeliveryId>& into,
             int min,
             const std::string& text) {
    auto* option = verb.add_option_function<std::vector<std::string>>(
        "id",
        [&into](const std::vector<std::string>& words) {
            for (const auto& word : words) {
                const auto id = outbox::parse_delivery_id(word);
                if (!id) {
                    throw CLI::ValidationError("id", "\"" + word +
                                                         "\" is not a delivery id (thirteen "
                                                         "letters and digits)");
                }
                into.push_back(*id);
            }
        },
        text);
    option->type_name("ID");
    if (min > 0) option->required();
}

std::optional<seconds> parse_duration(std::string_view text) {
    std::int64_t unit = 1;
    if (!text.empty()) {
        const char last = text.back();
        if (last == 'm') unit = 60;
        if (last == 'h') unit = 3600;
        if (last == 'd') unit = 86'400;
        if (unit > 1 || last == 's') text.remove_suffix(1);
    }
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    const seconds value{number * unit};
    return value <= kYear ? std::optional(value) : std::nullopt;
}

}  // namespace bot::cli
