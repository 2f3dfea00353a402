#include "bot/cli/control_handler.hpp"

#include <memory>
#include <string>
#include <utility>

namespace bot::cli {

namespace http = messaging::http;
using resilience::Result;

namespace {

constexpr std::string_view kDeliveries = "/deliveries/";
// A card and a long text; files go by path.
constexpr std::size_t kBodyLimit = 4U << 20U;

http::ServerResponse json(int status, std::string body) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json; charset=utf-8"}},
            .body = std::move(body)};
}

http::ServerResponse error(int status, std::string_view message) {
    return json(status, error_json(message));
}

SendReply reply_to(const Result<SendReply>& result) {
    if (result.ok()) return result.value();
    SendReply reply;
    const bool auth = result.error().cls == resilience::ErrorClass::kAuth;
    reply.outcome = auth ? SendOutcome::kAuth : SendOutcome::kFailed;
    reply.detail = result.error().message;
    return reply;
}

void answer_send(const ControlSources& sources,
                 const http::ServerRequest& request,
                 const ControlAnswer& answer) {
    auto parsed = send_request_from_json(request.body);
    if (!parsed.ok()) {
        answer(error(400, parsed.error().message));
        return;
    }
    sources.send(std::move(parsed).value(), [answer](const Result<SendReply>& result) {
        answer(json(200, to_json(reply_to(result))));
    });
}

void answer_status(const ControlSources& sources, const ControlAnswer& answer) {
    sources.status([answer](const Result<StatusReport>& result) {
        answer(result.ok() ? json(200, to_json(result.value()))
                           : error(503, result.error().message));
    });
}

void answer_timeline(const ControlSources& sources,
                     std::string_view text,
                     const ControlAnswer& answer) {
    const auto id = messaging::outbox::parse_delivery_id(text);
    if (!id) {
        answer(error(400, "a delivery id has thirteen letters and digits"));
        return;
    }
    sources.timeline(*id, [answer](const Result<std::optional<Timeline>>& result) {
        if (!result.ok()) {
            answer(error(503, result.error().message));
        } else if (!result.value()) {
            answer(error(404, "there is no such delivery; ended ones are kept for a while only"));
        } else {
            answer(json(200, to_json(*result.value())));
        }
    });
}

// A request and its reply, each a JSON object. False: this bot has no such source.
template <class Source, class Parse>
bool answer_with(const Source& source,
                 Parse parse,
                 const http::ServerRequest& request,
                 const ControlAnswer& answer) {
    if (!source) return false;
    auto parsed = parse(request.body);
    if (!parsed.ok()) {
        answer(error(400, parsed.error().message));
        return true;
    }
    source(std::move(parsed).value(), [answer](const auto& reply) {
        answer(reply.ok() ? json(200, to_json(reply.value())) : error(503, reply.error().message));
    });
    return true;
}

void answer_facts(const ControlSources& sources, const ControlAnswer& answer) {
    sources.facts([answer](const Result<StoreFacts>& facts) {
        answer(facts.ok() ? json(200, to_json(facts.value())) : error(503, facts.error().message));
    });
}

// False: there is nothing at this address.
bool answer_post(const ControlSources& sources,
                 const http::ServerRequest& request,
                 const ControlAnswer& answer) {
    const std::string_view path = request.path;
    const auto with = [&](const auto& source, auto parse) {
        return answer_with(source, parse, request, answer);
    };
    if (path == "/send-many") return with(sources.send_many, fan_out_request_from_json);
    if (path == "/dead") return with(sources.dead, dead_request_from_json);
    if (path == "/recall") return with(sources.recall, recall_request_from_json);
    if (path == "/release") return with(sources.release, release_request_from_json);
    if (path == "/reports") return with(sources.reports, report_request_from_json);
    if (path == "/schedules") return with(sources.schedules, schedule_request_from_json);
    if (path == "/runs") return with(sources.runs, runs_request_from_json);
    if (path != "/send") return false;
    answer_send(sources, request, answer);
    return true;
}

bool answer_get(const ControlSources& sources,
                const http::ServerRequest& request,
                const ControlAnswer& answer) {
    const std::string_view path = request.path;
    if (path == "/facts" && sources.facts) {
        answer_facts(sources, answer);
    } else if (path == "/status") {
        answer_status(sources, answer);
    } else if (path.starts_with(kDeliveries)) {
        answer_timeline(sources, path.substr(kDeliveries.size()), answer);
    } else {
        return false;
    }
    return true;
}

}  // namespace

void answer_control(const ControlSources& sources,
                    const http::ServerRequest& request,
                    const ControlAnswer& answer) {
    bool known = false;
    if (request.method == "POST") known = answer_post(sources, request, answer);
    if (request.method == "GET") known = answer_get(sources, request, answer);
    if (known) return;
    answer(
        error(404, "this version of the bot does not know " + request.method + " " + request.path));
}

http::Server::Handler control_handler(ControlSources sources) {
    auto shared = std::make_shared<const ControlSources>(std::move(sources));
    return [shared](const http::ServerRequest& request, const http::Responder& responder) {
        answer_control(*shared, request, [responder](http::ServerResponse response) {
            responder.send(std::move(response));
        });
    };
}

http::ServerOptions control_server_options(const std::string& state_dir) {
    http::ServerOptions options;
    options.unix_path = state_dir + "/" + std::string(kControlSocket);
    options.body_limit = kBodyLimit;
    options.connection_limit = 64;
    return options;
}

}  // namespace bot::cli
