#include "bot/config/source_section.hpp"

#include "bot/config/url.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace bot::config {
namespace {

namespace fs = std::filesystem;
using sources::Format;

constexpr std::array<std::string_view, 5> kSourceKinds = {"file", "url", "prometheus", "sqlite",
                                                          "command"};
constexpr std::uint32_t kStepsMax = 400;  // rows a picture can show

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

class SourceReader {
public:
    SourceReader(const SourceContext& context, ProblemList& problems)
        : context_(context), problems_(problems) {}

    sources::Spec of_path(const std::string& text, int line) {
        sources::Spec spec;
        const auto path = in_folder(context_.folder, text);
        spec.from = sources::File{path};
        spec.format = format_of(path);
        warn_if_missing(path, line);
        return spec;
    }

    sources::Spec of_mapping(const YamlValue& value) {
        const YamlMapping fields(
            value, "data of " + context_.whose,
            {"file", "url", "prometheus", "sqlite", "command", "format", "rows", "query", "label",
             "range_hours", "step_minutes", "token_file", "memory_mb", "retry", "timeout_s"},
            problems_);
        sources::Spec spec;
        std::vector<std::string_view> given;
        std::copy_if(kSourceKinds.begin(), kSourceKinds.end(), std::back_inserter(given),
                     [&](auto kind) { return fields.find(kind) != nullptr; });
        if (given.size() != 1) {
            problems_.add(value.line,
                          "The data of " + context_.whose + " names " +
                              (given.empty() ? "no source" : "several sources"),
                          "Give it one of the keys file, url, prometheus, sqlite and command");
            return spec;
        }
        read_kind(given.front(), fields, spec);
        spec.retry = fields.text("retry", default_retry(given.front()));
        if (!context_.retry.policy(spec.retry)) {
            problems_.add(fields.line("retry"),
                          "The data of " + context_.whose + " names the unknown retry policy \"" +
                              spec.retry + "\"",
                          "Name one of the section retry, or a preset such as external_api");
        }
        spec.attempt_timeout = std::chrono::seconds(fields.number("timeout_s", 1, 300, 10));
        refuse_strangers(given.front(), fields);
        return spec;
    }

private:
    static std::string default_retry(std::string_view kind) {
        if (kind == "url" || kind == "prometheus") return "api";
        return "database";
    }

    void read_kind(std::string_view kind, const YamlMapping& fields, sources::Spec& spec) {
        if (kind == "file") {
            spec = of_path(fields.required_text("file"), fields.line("file"));
        } else if (kind == "url") {
            const auto url = fields.required_text("url");
            spec.from = sources::Url{url, secret_file(fields)};
            spec.format = format_of(url.substr(0, url.find_first_of("?#")));
            judge_url("url", url, fields);
        } else if (kind == "prometheus") {
            spec.from = prometheus(fields);
        } else if (kind == "sqlite") {
            const auto path = in_folder(context_.folder, fields.required_text("sqlite"));
            spec.from = sources::Sqlite{path, fields.required_text("query")};
            warn_if_missing(path, fields.line("sqlite"));
        } else {
            spec.from = program(fields);
        }
        read_format(fields, spec);
    }

    void read_format(const YamlMapping& fields, sources::Spec& spec) {
        if (context_.picture) {
            spec.format = Format::kPng;
            if (fields.find("format") != nullptr && fields.text("format") != "png") {
                problems_.add(fields.line("format"),
                              "The data of " + context_.whose + " is to be a picture",
                              "Write the format png, or leave it out");
            }
            return;
        }
        constexpr std::array kFormats = {Format::kCsv, Format::kJson};
        const auto likely = static_cast<std::size_t>(spec.format == Format::kJson ? 1 : 0);
        spec.format = kFormats.at(fields.choice("format", {"csv", "json"}, likely));
        spec.rows = fields.text("rows");
        if (!spec.rows.empty() && (spec.format != Format::kJson || spec.rows.front() != '/')) {
            problems_.add(fields.line("rows"),
                          "\"rows\" of data of " + context_.whose + " is \"" + spec.rows + "\"",
                          "With the format json, write where the rows are: /data/items");
        }
    }

    sources::Prometheus prometheus(const YamlMapping& fields) {
        sources::Prometheus server;
        server.url = fields.required_text("prometheus");
        server.query = fields.required_text("query");
        server.label = fields.text("label");
        server.token_file = secret_file(fields);
        const auto range = fields.number("range_hours", 1, 24 * 366, 24);
        const auto likely = std::max<std::uint32_t>(1, range * 60 / 96);
        const auto step = fields.number("step_minutes", 1, 60 * 24 * 31, likely);
        server.range = std::chrono::hours(range);
        server.step = std::chrono::minutes(step);
        if (range * 60 / step > kStepsMax) {
            problems_.add(fields.line("step_minutes"),
                          "The data of " + context_.whose + " has " +
                              std::to_string(range * 60 / step) + " steps, more than 400",
                          "Take longer steps, or a shorter range");
        }
        judge_url("prometheus", server.url, fields);
        return server;
    }

    sources::Program program(const YamlMapping& fields) {
        sources::Program program;
        program.words = fields.texts("command");
        const bool usable = !program.words.empty() && !program.words.front().empty();
        if (!usable || program.words.front().front() != '/') {
            problems_.add(fields.line("command"),
                          "The command of data of " + context_.whose +
                              " does not begin with the whole path of a program",
                          "Write a list, [/usr/local/bin/tickets, --csv]; there is no shell");
            if (!usable) program.words = {"/"};
        }
        program.memory_max = std::uint64_t{fields.number("memory_mb", 16, 16'384, 512)} << 20U;
        return program;
    }

    std::string secret_file(const YamlMapping& fields) {
        return in_folder(context_.folder, fields.text("token_file"));
    }

    void judge_url(std::string_view key, const std::string& url, const YamlMapping& fields) {
        if (url.empty()) return;
        const auto base = url.substr(0, url.find_first_of("?#"));
        const bool token = fields.find("token_file") != nullptr;
        auto mistake = url_mistake(base);
        // Numbers of one's own network may travel readable; a token may not.
        if (!token && base.rfind("http://", 0) == 0) {
            mistake = url_mistake("https://" + base.substr(7));
        }
        if (mistake.empty()) return;
        problems_.add(fields.line(key),
                      "The address \"" + base + "\" of data of " + context_.whose + " " + mistake,
                      "Write it like https://tickets.example.com/weeks.csv");
    }

    // Keys that belong to another kind of source would be without effect.
    void refuse_strangers(std::string_view kind, const YamlMapping& fields) {
        const auto alone = [&](std::string_view key,
                               std::initializer_list<std::string_view> kinds) {
            if (fields.find(key) == nullptr) return;
            if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return;
            problems_.add(fields.line(key),
                          "The key " + std::string(key) + " of data of " + context_.whose +
                              " has no effect with " + std::string(kind),
                          "Remove it");
        };
        alone("query", {"prometheus", "sqlite"});
        alone("label", {"prometheus"});
        alone("range_hours", {"prometheus"});
        alone("step_minutes", {"prometheus"});
        alone("token_file", {"url", "prometheus"});
        alone("memory_mb", {"command"});
        alone("format", {"file", "url", "command"});
        alone("rows", {"file", "url", "command"});
        if (context_.picture) alone("query", {});
    }

    Format format_of(const std::string& path) const {
        if (context_.picture) return Format::kPng;
        return ends_with(path, ".json") ? Format::kJson : Format::kCsv;
    }

    void warn_if_missing(const std::string& path, int line) {
        std::error_code error;
        if (path.empty() || fs::is_regular_file(path, error)) return;
        problems_.warn(line, "The data of " + context_.whose + " is not there: \"" + path + "\"",
                       "Correct the path, which is relative to this file's folder, or have the "
                       "file written");
    }

    const SourceContext& context_;
    ProblemList& problems_;
};

}  // namespace

sources::Spec read_source(const YamlMapping& fields,
                          const SourceContext& context,
                          ProblemList& problems) {
    SourceReader reader(context, problems);
    const auto* found = fields.find("data");
    if (found != nullptr && found->value.kind == YamlValue::Kind::kMap) {
        return reader.of_mapping(found->value);
    }
    return reader.of_path(fields.required_text("data"), fields.line("data"));
}

std::string in_folder(const std::filesystem::path& folder, const std::string& path) {
    return path.empty() ? path : (folder / path).lexically_normal().string();
}

}  // namespace bot::config
