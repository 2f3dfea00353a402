#include "bot/config/config.hpp"

#include "bot/config/draft.hpp"
#include "bot/config/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace bot::config {
namespace {

template <class Number>
std::string whole(const std::string& value, std::uint64_t min, std::uint64_t max, Number& target) {
    std::uint64_t number = 0;
    const auto* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || rest != end || number < min || number > max) {
        return "not a whole number from " + std::to_string(min) + " to " + std::to_string(max);
    }
    target = static_cast<Number>(number);
    return {};
}

template <class Enum, std::size_t N>
std::string one_of(const std::string& value,
                   const std::array<std::pair<std::string_view, Enum>, N>& names,
                   Enum& target) {
    std::string all;
    for (const auto& [name, meaning] : names) {
        if (value == name) {
            target = meaning;
            return {};
        }
        all += (all.empty() ? "" : ", ") + std::string(name);
    }
    return "not one of " + all;
}

std::string secret(const std::string& value, Secret& target) {
    for (const char c : value) {
        if (c <= ' ' || c == '\x7f') return "a text with blanks or control characters in it";
    }
    target = Secret(value);
    return {};
}

std::string url(std::string value, std::string& target) {
    while (!value.empty() && value.back() == '/')
        value.pop_back();
    if (auto mistake = url_mistake(value); !mistake.empty()) return "an address that " + mistake;
    target = std::move(value);
    return {};
}

std::string text(const std::string& value, std::string& target) {
    target = value;
    return {};
}

std::string ip_address(const std::string& value, std::string& target) {
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(AF_INET, value.c_str(), bytes.data()) != 1 &&
        inet_pton(AF_INET6, value.c_str(), bytes.data()) != 1) {
        return "not an IP address; host names are not looked up";
    }
    target = value;
    return {};
}

std::string days(const std::string& value, std::chrono::days& target) {
    std::int64_t count = 0;
    auto mistake = whole(value, 1, 3650, count);
    if (mistake.empty()) target = std::chrono::days(count);
    return mistake;
}

std::string megabytes(const std::string& value, std::uint64_t& target) {
    std::uint64_t count = 0;
    auto mistake = whole(value, 1, 1U << 20U, count);
    if (mistake.empty()) target = count << 20U;
    return mistake;
}

std::string requests_per_second(const std::string& value, double& target) {
    double number = 0;
    const auto* end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || rest != end || !(number >= 0) || number > 100'000) {
        return "not a number from 0 to 100000";
    }
    target = number;
    return {};
}

std::string seconds(const std::string& value, std::uint64_t max, std::chrono::seconds& target) {
    std::int64_t count = 0;
    auto mistake = whole(value, 1, max, count);
    if (mistake.empty()) target = std::chrono::seconds(count);
    return mistake;
}

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels = {
    {{"debug", LogLevel::kDebug},
     {"info", LogLevel::kInfo},
     {"warn", LogLevel::kWarn},
     {"error", LogLevel::kError}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 2> kFormats = {
    {{"human", LogFormat::kHuman}, {"json", LogFormat::kJson}}};
constexpr std::array<std::pair<std::string_view, EchoEvidence>, 3> kEchoes = {
    {{"auto", EchoEvidence::kAuto}, {"on", EchoEvidence::kOn}, {"off", EchoEvidence::kOff}}};

// The single list of variables. `.env.example` follows it, and a test keeps both in step.
constexpr std::array<VariableRow, 29> kRows = {{
    {{"WEBEX_ACCESS_TOKEN", "The bot's token, from developer.webex.com/my-apps", "text", "", true},
     [](Draft& d, const std::string& v) { return secret(v, d.config.access_token); }},
    {{"WEBEX_ACCESS_TOKEN_FILE", "File that holds the token, in its place", "path", ""},
     [](Draft& d, const std::string& v) { return text(v, d.token_file); }},
    {{"WEBEX_API_BASE_URL", "Webex, or something that speaks like it", "address",
      "https://webexapis.com/v1"},
     [](Draft& d, const std::string& v) { return url(v, d.config.api_base_url); }},
    {{"WEBEX_WEBHOOK_URL", "Public address at which Webex reaches this bot", "address", ""},
     [](Draft& d, const std::string& v) { return url(v, d.config.webhook_url); }},
    {{"WEBEX_WEBHOOK_SECRET", "Signs webhook calls; at least 16 characters", "text", "", true},
     [](Draft& d, const std::string& v) { return secret(v, d.config.webhook_secret); }},
    {{"WEBEX_WEBHOOK_SECRET_FILE", "File that holds the webhook secret, in its place", "path", ""},
     [](Draft& d, const std::string& v) { return text(v, d.webhook_secret_file); }},
    {{"WEBEX_CA_FILE", "Further trusted authorities (PEM); TLS is always verified", "path", ""},
     [](Draft& d, const std::string& v) { return text(v, d.config.ca_file); }},
    {{"HTTPS_PROXY", "Proxy for calls to Webex", "address", ""},
     [](Draft& d, const std::string& v) { return text(v, d.config.https_proxy); }},
    {{"NO_PROXY", "Hosts that are reached without the proxy", "host names, by comma", ""},
     [](Draft& d, const std::string& v) { return text(v, d.config.no_proxy); }},
    {{"STATE_DIR", "Folder of the outbox and all other state", "path", "state"},
     [](Draft& d, const std::string& v) { return text(v, d.config.state_dir); }},
    {{"CONFIG_FILE", "YAML file with rooms, charts, reports and schedules", "path", ""},
     [](Draft& d, const std::string& v) { return text(v, d.config.config_file); }},
    {{"LOG_LEVEL", "Least important lines that are logged", "debug | info | warn | error", "info"},
     [](Draft& d, const std::string& v) { return one_of(v, kLevels, d.config.log_level); }},
    {{"LOG_FORMAT", "Form of a log line", "human | json", "human"},
     [](Draft& d, const std::string& v) { return one_of(v, kFormats, d.config.log_format); }},
    {{"LOG_FILE", "File that gets the log as well as standard output", "path", ""},
     [](Draft& d, const std::string& v) { return text(v, d.config.log_file); }},
    {{"HTTP_ADDRESS", "Address the bot listens on", "IP address", "127.0.0.1"},
     [](Draft& d, const std::string& v) { return ip_address(v, d.config.http_address); }},
    {{"HTTP_PORT", "Port the bot listens on; 0: any free one", "number", "8080"},
     [](Draft& d, const std::string& v) { return whole(v, 0, 65'535, d.config.http_port); }},
    {{"OPS_ROOM", "Room that gets alarms", "name or id of a room", ""},
     [](Draft& d, const std::string& v) { return text(v, d.config.ops_room); }},
    {{"SEND_CONCURRENCY", "Messages in flight at once, each to another room", "number", "64"},
     [](Draft& d, const std::string& v) { return whole(v, 1, 1024, d.config.send_concurrency); }},
    {{"RATE_LIMIT", "Most requests to Webex; 0: learned from its answers", "requests per second",
      "0"},
     [](Draft& d, const std::string& v) { return requests_per_second(v, d.config.rate_limit); }},
    {{"DELIVERY_WAIT_S", "How long a caller waits for the outcome of a message", "seconds", "30"},
     [](Draft& d, const std::string& v) { return seconds(v, 3600, d.config.delivery_wait); }},
    {{"DELIVERY_DEADLINE_S", "How long a message is tried before it is given up", "seconds",
      "3600"},
     [](Draft& d, const std::string& v) {
         return seconds(v, 30ULL * 86'400, d.config.delivery_deadline);
     }},
    {{"ATTEMPT_TIMEOUT_S", "Limit of one request", "seconds", "30"},
     [](Draft& d, const std::string& v) { return seconds(v, 600, d.config.attempt_timeout); }},
    {{"CONNECT_TIMEOUT_S", "Limit for making a connection", "seconds", "5"},
     [](Draft& d, const std::string& v) { return seconds(v, 600, d.config.connect_timeout); }},
    {{"RETENTION_DAYS", "How long ended deliveries are kept", "days", "30"},
     [](Draft& d, const std::string& v) { return days(v, d.config.retention); }},
    {{"RETENTION_MAX", "How many ended deliveries are kept at most", "number", "1000000"},
     [](Draft& d, const std::string& v) {
         return whole(v, 1'000, 1'000'000'000, d.config.retention_max);
     }},
    {{"SPOOL_QUOTA_MB", "Most disk space for files that wait to be sent", "megabytes", "1024"},
     [](Draft& d, const std::string& v) { return megabytes(v, d.config.spool_quota); }},
    {{"ECHO_EVIDENCE", "Whether the bot's own posts that come back prove their delivery",
      "auto | on | off", "auto"},
     [](Draft& d, const std::string& v) { return one_of(v, kEchoes, d.config.echo_evidence); }},
    {{"WORKERS", "Commands and reports worked on at once", "number", "4"},
     [](Draft& d, const std::string& v) { return whole(v, 1, 64, d.config.workers); }},
    {{"GNUPLOT", "Program that draws the charts", "path or name", "gnuplot"},
     [](Draft& d, const std::string& v) { return text(v, d.config.gnuplot); }},
}};

constexpr auto kVariables = [] {
    std::array<Variable, kRows.size()> list{};
    for (std::size_t i = 0; i < list.size(); ++i)
        list[i] = kRows[i].variable;
    return list;
}();

template <class Things>
auto find(const Things& things, std::string_view name) {
    const auto found = std::find_if(things.begin(), things.end(),
                                    [&](const auto& thing) { return thing.name == name; });
    return found == things.end() ? nullptr : &*found;
}

}  // namespace

const Room* Config::find_room(std::string_view name) const {
    return find(rooms, name);
}

const Person* Config::find_person(std::string_view name) const {
    return find(people, name);
}

std::string to_string(const ConfigProblem& problem) {
    auto text = problem.file;
    if (problem.line > 0) text += ":" + std::to_string(problem.line);
    text += ": " + problem.what + ". " + problem.cure;
    return text.back() == '?' ? text : text + ".";
}

std::span<const Variable> variables() {
    return kVariables;
}

std::span<const VariableRow> variable_rows() {
    return kRows;
}

}  // namespace bot::config
