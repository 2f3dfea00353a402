#include "bot/config/secret_file.hpp"
#include "bot/sources/attempt.hpp"
#include "bot/sources/prometheus.hpp"
#include "bot/sources/spec.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <utility>
#include <variant>

namespace bot::sources {
namespace {

namespace http = messaging::http;

constexpr std::array<std::string_view, 5> kCsvTypes = {"text/csv", "text/plain", "application/csv",
                                                       "application/vnd.ms-excel",
                                                       "application/octet-stream"};
constexpr std::array<std::string_view, 4> kJsonTypes = {"application/json", "application/",
                                                        "text/json", "text/plain"};
constexpr std::array<std::string_view, 2> kPngTypes = {"image/png", "application/octet-stream"};

std::span<const std::string_view> types_of(Format format) {
    switch (format) {
        case Format::kCsv:
            return kCsvTypes;
        case Format::kJson:
            return kJsonTypes;
        case Format::kPng:
            return kPngTypes;
    }
    return {};
}

// Without port, user and path: what a room may know of an address.
std::string host_of(std::string_view url) {
    const auto begin = url.find("://");
    if (begin != std::string_view::npos) url.remove_prefix(begin + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    const auto colon = url.rfind(':');
    if (colon != std::string_view::npos && url.find(']', colon) == std::string_view::npos) {
        url = url.substr(0, colon);
    }
    return std::string(url);
}

std::string shown_type(std::string_view type) {
    std::string out;
    for (const char c : type.substr(0, std::min<std::size_t>(type.find(';'), 60))) {
        if (c > ' ' && c < '\x7f') out += c;
    }
    return out;
}

resilience::Error failed(const http::Outcome& outcome,
                         const std::string& host,
                         const Attempt& attempt) {
    resilience::FailureInfo info;
    std::string text = "its source " + host;
    if (const auto* response = std::get_if<http::Response>(&outcome)) {
        info.kind = resilience::FailureKind::kHttpStatus;
        info.status = response->status;
        info.retry_after = http::find_header(response->headers, "Retry-After");
        info.message = response->body;
        text += " answered HTTP " + std::to_string(response->status);
        if (std::holds_alternative<Prometheus>(attempt.spec.from)) {
            const auto refusal = refusal_in(response->body);
            if (!refusal.empty()) text += ", " + refusal;
        } else if (response->status >= 300 && response->status < 400) {
            text += ", it has moved: the configuration needs its new address";
        } else if (response->status == 404) {
            text += ", there is nothing at this address";
        } else if (response->status == 401 || response->status == 403) {
            text += ", it does not let me in";
        }
    } else {
        const auto& failure = std::get<http::Failure>(outcome);
        info = failure.info();
        text += " cannot be read: " + failure.message;
    }
    auto verdict = attempt.classifier.classify(info, attempt.clock.wall_now());
    // Locked for as long as it is checked for malware, as Webex does with files; that ends.
    if (info.status == 423 && verdict.cls == resilience::ErrorClass::kPermanent) {
        verdict.cls = resilience::ErrorClass::kTransient;
        verdict.rule = "source_locked";
    }
    return resilience::to_error(verdict, std::move(text));
}

std::optional<resilience::Clock::WallTime> http_date(const std::string& text) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return resilience::Clock::WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

resilience::Result<Page> get(const std::string& url,
                             const std::string& token_file,
                             std::span<const std::string_view> types,
                             std::size_t size_max,
                             const Attempt& attempt) {
    const auto host = host_of(url);
    http::Request request;
    request.url = url;
    request.timeout = attempt.spec.attempt_timeout;
    request.connect_timeout = std::min(request.connect_timeout, request.timeout);
    request.response_limit = size_max + 1;
    if (!token_file.empty()) {
        auto token = config::read_secret_file(token_file);
        if (!token.ok()) {
            return resilience::permanent_error("the token for its source " + host +
                                               " cannot be read");
        }
        request.bearer_token = std::move(token).value();
    }
    auto outcome = attempt.calls.perform(std::move(request), attempt.stop);
    auto* response = std::get_if<http::Response>(&outcome);
    if (response == nullptr || response->status != 200) return failed(outcome, host, attempt);
    if (response->body.empty()) {
        return resilience::permanent_error("its source " + host + " gave nothing");
    }
    if (response->body.size() > size_max) {
        return resilience::permanent_error("its source " + host + " gave more than " +
                                           std::to_string(size_max >> 20U) + " MiB");
    }
    const auto type =
        resilience::ascii::lowered(http::find_header(response->headers, "Content-Type"));
    const bool known = type.empty() || std::any_of(types.begin(), types.end(), [&](auto wanted) {
                           return type.rfind(wanted, 0) == 0;
                       });
    if (!known) {
        return resilience::permanent_error("its source " + host + " gave " + shown_type(type) +
                                           (type.rfind("text/html", 0) == 0
                                                ? ", a web page, perhaps one to log in"
                                                : ", which is not what was asked for"));
    }
    return Page{std::move(response->body),
                std::string(http::find_header(response->headers, "Last-Modified"))};
}

resilience::Result<Reading> read_url(const Url& url, const Attempt& attempt) {
    const auto size_max = attempt.spec.format == Format::kPng ? kPictureMax : kDataMax;
    auto page = get(url.url, url.token_file, types_of(attempt.spec.format), size_max, attempt);
    if (!page.ok()) return page.error();
    const auto now = attempt.clock.wall_now();
    const auto written = http_date(page.value().last_modified).value_or(now);
    return decode(attempt.spec, std::move(page.value().body), std::min(written, now));
}

}  // namespace bot::sources
