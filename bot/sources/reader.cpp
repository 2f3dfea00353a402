#include "bot/sources/reader.hpp"

#include "bot/sources/attempt.hpp"
#include "resilience/blocking.hpp"
#include "resilience/classifier_rules.hpp"
#include "resilience/presets.hpp"

#include <utility>
#include <variant>

namespace bot::sources {
namespace {

template <class... Cases>
struct Overload : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;

// Without user and query, which may hold secrets.
std::string plain_address(std::string_view url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto path = url.find_first_of("/?#", begin);
    const auto at = url.substr(0, path).rfind('@');
    std::string out(url.substr(0, begin));
    out += url.substr(at == std::string_view::npos ? begin : at + 1);
    return out.substr(0, out.find_first_of("?#"));
}

}  // namespace

Spec file(std::string path) {
    const bool json = path.size() > 5 && path.compare(path.size() - 5, 5, ".json") == 0;
    Spec spec;
    spec.format = json ? Format::kJson : Format::kCsv;
    spec.from = File{std::move(path)};
    return spec;
}

std::string describe(const Spec& spec) {
    return std::visit(Overload{
                          [](const File& file) { return file.path; },
                          [](const Url& url) { return plain_address(url.url); },
                          [](const Prometheus& server) { return plain_address(server.url); },
                          [](const Sqlite& database) { return database.path; },
                          [](const Program& program) { return program.words.front(); },
                      },
                      spec.from);
}

Reader::Reader(Parts parts) : parts_(std::move(parts)) {}

resilience::Result<Reading> Reader::read_once(const Spec& spec, const std::stop_token& stop) const {
    const Attempt attempt{spec, parts_.calls, parts_.clock, parts_.classifier, stop};
    return std::visit(
        Overload{
            [&](const File& file) { return read_file(file, attempt); },
            [&](const Url& url) { return read_url(url, attempt); },
            [&](const Prometheus& server) { return read_prometheus(server, attempt); },
            [&](const Sqlite& database) { return read_sqlite(database, attempt); },
            [&](const Program& program) { return read_program(program, attempt); },
        },
        spec.from);
}

resilience::Result<Reading> Reader::read(const Spec& spec, const Watch& watch) const {
    resilience::RetryOptions options;
    options.policy = resilience::presets::standard();
    if (parts_.policy) options.policy = parts_.policy(spec.retry).value_or(options.policy);
    const auto name = "read " + describe(spec);
    options.operation = name;
    options.on_event = parts_.on_event;
    if (watch.on_repeat) {
        options.on_retry = [&](std::uint32_t attempt, const resilience::Error&,
                               resilience::Duration wait) {
            watch.on_repeat({attempt, options.policy.max_attempts, wait});
        };
    }
    const auto random = [this] { return parts_.random ? parts_.random() : 0.5; };
    auto outcome = resilience::try_retry(options, parts_.clock, watch.stop, random,
                                         [&] { return read_once(spec, watch.stop); });
    if (outcome.result.ok() || outcome.attempts < 2) return std::move(outcome.result);
    auto error = outcome.result.error();
    error.message += ", after " + std::to_string(outcome.attempts) + " attempts";
    return error;
}

}  // namespace bot::sources
