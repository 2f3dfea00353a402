#include "bot/web/web.hpp"

#include "bot/web/metrics.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace bot::web {

namespace http = messaging::http;
using Json = nlohmann::json;

namespace {

constexpr std::uint32_t kDeliveriesDefault = 50;

http::ServerResponse response(int status, const char* content_type, std::string body) {
    return {.status = status,
            .headers = {{"Content-Type", content_type},
                        {"Cache-Control", "no-store"},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Referrer-Policy", "no-referrer"},
                        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}},
            .body = std::move(body)};
}

http::ServerResponse json_response(int status, std::string body) {
    return response(status, "application/json; charset=utf-8", std::move(body));
}

http::ServerResponse plain(int status, std::string text) {
    return response(status, "text/plain; charset=utf-8", std::move(text));
}

http::ServerResponse report(const std::vector<Check>& checks) {
    bool ok = true;
    Json reasons = Json::array();
    Json list = Json::object();
    for (const auto& check : checks) {
        list[check.name] = check.ok;
        if (check.ok) continue;
        ok = false;
        reasons.push_back(check.name + ": " + check.reason);
    }
    const Json body{{"ok", ok}, {"reasons", std::move(reasons)}, {"checks", std::move(list)}};
    return json_response(ok ? 200 : 503,
                         body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

// The value of `limit` in a query, or nothing when it is not a number from 1.
std::optional<std::uint32_t> limit_of(std::string_view query) {
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        constexpr std::string_view kName = "limit=";
        if (!pair.starts_with(kName)) continue;
        const auto text = pair.substr(kName.size());
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
            return std::nullopt;
        }
        return std::min(value, kDeliveriesLimit);
    }
    return kDeliveriesDefault;
}

http::ServerResponse only_get() {
    auto refusal = plain(405, "this address is read with GET\n");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
}

}  // namespace

Web::Web(WebSources sources, WebOptions options)
    : sources_(std::move(sources)), options_(std::move(options)) {}

void Web::handle(http::ServerRequest request, const Answer& answer) const {
    const auto& path = request.path;
    if (path == "/webhook" && sources_.webhook) {
        sources_.webhook(std::move(request), answer);
        return;
    }
    const bool lists =
        path == "/deliveries" && sources_.deliveries && !options_.page_origin.empty();
    if (path != "/healthz" && path != "/readyz" && path != "/metrics" && !lists) {
        answer(plain(404, "nothing here\n"));
        return;
    }
    // A HEAD is answered like a GET: the server leaves the body out.
    if (request.method != "GET" && request.method != "HEAD") {
        answer(only_get());
        return;
    }
    if (lists) {
        deliveries(request, answer);
    } else if (path == "/metrics") {
        answer(response(200, kMetricsContentType, sources_.metrics()));
    } else {
        answer(report(path == "/healthz" ? sources_.alive() : sources_.ready()));
    }
}

void Web::deliveries(const http::ServerRequest& request, const Answer& answer) const {
    const auto limit = limit_of(request.query);
    if (!limit) {
        answer(plain(400, "limit must be a number from 1\n"));
        return;
    }
    // Asked before the list is read: a page never shows a hold that the list has outrun.
    auto hold = sources_.hold ? sources_.hold() : Hold{};
    const bool ours = http::find_header(request.headers, "Origin") == options_.page_origin;
    auto done = [answer, hold = std::move(hold), origin = options_.page_origin,
                 ours](const resilience::Result<Deliveries>& found) {
        auto out = found.ok() ? json_response(200, deliveries_json(found.value(), hold))
                              : plain(503, "the outbox could not be read\n");
        out.headers.emplace_back("Vary", "Origin");
        if (ours) out.headers.emplace_back("Access-Control-Allow-Origin", origin);
        answer(std::move(out));
    };
    sources_.deliveries(*limit, std::move(done));
}

http::Server::Handler handler_for(const Web& web) {
    return [&web](http::ServerRequest request, http::Responder responder) {
        web.handle(std::move(request),
                   [responder = std::move(responder)](http::ServerResponse out) {
                       responder.send(std::move(out));
                   });
    };
}

}  // namespace bot::web
