#include "bot/log/line.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

namespace bot::log {
namespace {

using config::LogFormat;
using config::LogLevel;

constexpr std::string_view kHidden = "***";
constexpr std::string_view kBearer = "bearer ";

bool same_letter(char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
}

void hide_word_after_bearer(std::string& text) {
    auto from = text.begin();
    while (true) {
        auto found = std::search(from, text.end(), kBearer.begin(), kBearer.end(), same_letter);
        if (found == text.end()) return;
        const auto is_blank = [](char c) {
            return c == ' ' || c == '\t' || c == '\r' || c == '\n';
        };
        const auto start = std::find_if_not(found + kBearer.size(), text.end(), is_blank);
        const auto end = std::find_if(start, text.end(), is_blank);
        const auto offset = start - text.begin();
        if (start != end) text.replace(start, end, kHidden);
        from = text.begin() + std::min(offset, std::ssize(text));
    }
}

void append_hex_escape(std::string& out, unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += "\\x";
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xFU];
}

// A line must stay one line and must not drive the terminal it is shown on: C0 and C1 controls
// (the latter are C2 80 … C2 9F in UTF-8) become visible.
// A byte of a control character: of ASCII, or of C1 (U+0080 to U+009F), which UTF-8 writes as two.
bool is_control(unsigned before, unsigned byte, unsigned next) {
    if (byte < 0x20U || byte == 0x7FU) return true;
    const bool first_of_c1 = byte == 0xC2U && next >= 0x80U && next < 0xA0U;
    const bool second_of_c1 = before == 0xC2U && byte >= 0x80U && byte < 0xA0U;
    return first_of_c1 || second_of_c1;
}

std::string without_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto before = i > 0 ? static_cast<unsigned char>(text[i - 1]) : 0U;
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        if (byte == '\n') {
            out += "\\n";
        } else if (byte == '\r') {
            out += "\\r";
        } else if (byte == '\t') {
            out += "\\t";
        } else if (is_control(before, byte, next)) {
            append_hex_escape(out, byte);
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string quoted_if_needed(const std::string& text) {
    const auto needs = [](char c) { return c == ' ' || c == '"' || c == '='; };
    if (!text.empty() && std::none_of(text.begin(), text.end(), needs)) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string json_text(std::string_view text) {
    using nlohmann::json;
    return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string json_name(std::string_view name) {
    constexpr std::array<std::string_view, 4> kOwn{"time", "logger", "level", "message"};
    const bool own = std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
    return json_text(std::string(name) + (own ? "_" : ""));
}

std::string value_text(LogFormat format, const Field::Value& value, const Redaction& redaction) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        const auto shown = redaction.apply(*text);
        return format == LogFormat::kJson ? json_text(shown)
                                          : quoted_if_needed(without_controls(shown));
    }
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return std::to_string(*std::get_if<std::uint64_t>(&value));
}

std::string_view level_name(LogFormat format, LogLevel level) {
    const bool json = format == LogFormat::kJson;
    switch (level) {
        case LogLevel::kDebug:
            return json ? "debug" : "DEBUG";
        case LogLevel::kInfo:
            return json ? "info" : "INFO";
        case LogLevel::kWarn:
            return json ? "warn" : "WARN";
        case LogLevel::kError:
            break;
    }
    return json ? "error" : "ERROR";
}

std::string time_text(LogFormat format, resilience::Clock::WallTime time) {
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto midnight = std::chrono::floor<std::chrono::days>(whole);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(whole - midnight);
    const bool json = format == LogFormat::kJson;
    std::array<char, 64> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02u%c%02d:%02d:%02d.%03d%s",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), json ? 'T' : ' ',
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()),
        json ? "Z" : "");
    return {text.data(), static_cast<std::size_t>(std::max(length, 0))};
}

}  // namespace

Redaction::Redaction(std::vector<std::string> secrets) {
    for (auto& secret : secrets)
        add(std::move(secret));
}

void Redaction::add(std::string secret) {
    if (secret.empty()) return;
    const std::unique_lock lock(mutex_);
    secrets_.push_back(std::move(secret));
    // Else a secret that begins another one would leave the other's end readable.
    std::sort(secrets_.begin(), secrets_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redaction::apply(std::string_view text) const {
    std::string out(text);
    const std::shared_lock lock(mutex_);
    for (const auto& secret : secrets_) {
        for (auto at = out.find(secret); at != std::string::npos;
             at = out.find(secret, at + kHidden.size())) {
            out.replace(at, secret.size(), kHidden);
        }
    }
    hide_word_after_bearer(out);
    return out;
}

std::string render_body(LogFormat format,
                        std::string_view message,
                        Fields fields,
                        const Redaction& redaction) {
    const auto shown = redaction.apply(message);
    if (format == LogFormat::kJson) {
        std::string body = "\"message\":" + json_text(shown);
        for (const auto& field : fields) {
            body += ',' + json_name(field.name) + ':' + value_text(format, field.value, redaction);
        }
        return body;
    }
    std::string body = without_controls(shown);
    for (const auto& field : fields) {
        body += ' ' + std::string(field.name) + '=' + value_text(format, field.value, redaction);
    }
    return body;
}

std::string render_line(LogFormat format, const LineHead& head, std::string_view body) {
    const auto time = time_text(format, head.time);
    const std::string level(level_name(format, head.level));
    if (format == LogFormat::kJson) {
        return R"({"time":")" + time + R"(","logger":)" + json_text(head.logger) + R"(,"level":")" +
               level + "\"," + std::string(body) + "}\n";
    }
    return time + " - " + std::string(head.logger) + " - " + level + " - " + std::string(body) +
           '\n';
}

}  // namespace bot::log
