#include "messaging/receive/webhook_receiver.hpp"

#include "messaging/webex/signature.hpp"

#include <utility>

namespace messaging::receive {

using resilience::permanent_error;
using resilience::Result;

namespace {

constexpr std::string_view kSignatureHeader = "X-Spark-Signature";

http::ServerResponse plain(int status, std::string text) {
    return {.status = status,
            .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
            .body = std::move(text)};
}

http::ServerResponse answer_for(const Verdict& verdict) {
    if (verdict.status == 200) return plain(200, "ok\n");
    if (verdict.status == 401) return plain(401, "signature missing or wrong\n");
    auto response = plain(verdict.status, verdict.reason + "\n");
    if (verdict.status == 405) response.headers.emplace_back("Allow", "POST");
    return response;
}

}  // namespace

Verdict judge(const http::ServerRequest& request, std::string_view secret) {
    Verdict verdict;
    if (request.method != "POST") {
        verdict.status = 405;
        verdict.reason = "webhook calls are POST requests";
        return verdict;
    }
    const auto signature = http::find_header(request.headers, kSignatureHeader);
    if (!webex::webhook_signature_matches(secret, request.body, signature)) {
        verdict.kind = Verdict::Kind::kBadSignature;
        verdict.status = 401;
        verdict.reason =
            signature.empty()
                ? "webhook call without X-Spark-Signature: was the hook created "
                  "without our secret?"
                : "webhook call with a wrong X-Spark-Signature: its secret is not ours";
        return verdict;
    }
    auto content = parse_webhook(request.body);
    if (!content.ok()) {
        verdict.reason = content.error().message;
        return verdict;
    }
    verdict.status = 200;
    verdict.reason = content.value().ignored;
    verdict.event = std::move(content.value().event);
    verdict.kind = verdict.event ? Verdict::Kind::kAccept : Verdict::Kind::kIgnore;
    return verdict;
}

struct WebhookReceiver::Shared {
    Options options;
    WebhookCounters counters;

    void count(Verdict::Kind kind) {
        if (kind == Verdict::Kind::kIgnore) ++counters.ignored;
        if (kind == Verdict::Kind::kMalformed) ++counters.malformed;
        if (kind == Verdict::Kind::kBadSignature) ++counters.bad_signature;
    }

    void finish(InboundEvent event, const Answer& answer, const Result<bool>& recorded) {
        if (!recorded.ok()) {
            ++counters.ledger_failed;
            auto response = plain(503, "event not recorded, call again\n");
            response.headers.emplace_back("Retry-After", "5");
            answer(std::move(response));
            return;
        }
        const bool is_new = recorded.value();
        ++(is_new ? counters.accepted : counters.duplicates);
        answer(plain(200, "ok\n"));
        if (is_new) options.deliver(std::move(event));
    }
};

WebhookReceiver::WebhookReceiver(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

Result<std::unique_ptr<WebhookReceiver>> WebhookReceiver::open(Options options) {
    if (options.secret.empty()) {
        return permanent_error(
            "webhook receiver not started: no webhook secret is set; without one anybody could "
            "give the bot orders. Set a long random one");
    }
    if (!options.accept || !options.deliver) {
        return permanent_error("webhook receiver not started: accept and deliver must be given");
    }
    auto shared = std::make_shared<Shared>();
    shared->options = std::move(options);
    return std::unique_ptr<WebhookReceiver>(new WebhookReceiver(std::move(shared)));
}

void WebhookReceiver::handle(const http::ServerRequest& request, Answer answer) const {
    auto verdict = judge(request, shared_->options.secret);
    if (verdict.kind != Verdict::Kind::kAccept) {
        shared_->count(verdict.kind);
        if (shared_->options.refused) shared_->options.refused(verdict, request.peer);
        answer(answer_for(verdict));
        return;
    }
    auto once = std::make_shared<std::atomic_flag>();
    auto done = [shared = shared_, event = *verdict.event, answer = std::move(answer),
                 once = std::move(once)](const Result<bool>& recorded) {
        if (!once->test_and_set()) shared->finish(event, answer, recorded);
    };
    shared_->options.accept(*verdict.event, std::move(done));
}

const WebhookCounters& WebhookReceiver::counters() const {
    return shared_->counters;
}

}  // namespace messaging::receive
