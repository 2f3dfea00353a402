#include "messaging/sandbox/sandbox.hpp"

#include "messaging/http/curl_client.hpp"
#include "messaging/http/server.hpp"
#include "messaging/sandbox/control_api.hpp"
#include "messaging/sandbox/inhabitants.hpp"
#include "messaging/sandbox/journal.hpp"
#include "messaging/sandbox/model.hpp"
#include "messaging/sandbox/outgoing_calls.hpp"
#include "messaging/sandbox/static_files.hpp"

#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace messaging::sandbox {

using http::Responder;
using http::ServerRequest;
using http::ServerResponse;
using resilience::Done;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

// A file of 100 MB with its form around it.
constexpr std::size_t kBodyMax = kFileBytesMax + (1U << 20U);
constexpr std::size_t kConnectionsMax = 4'096;
constexpr int kPortsTried = 100;
// An event, because a page cannot see comments: it gives up a stream that is silent for too long.
constexpr std::string_view kPing = "event: ping\ndata: {}\n\n";
constexpr milliseconds kPingEvery{15'000};
constexpr milliseconds kHookTimeout{10'000};
constexpr milliseconds kFetchTimeout{45'000};  // as long as Webex was seen to try
constexpr std::size_t kStreamsMax = 64;

// `run` keeps the ids of two runs over the same state apart.
Random make_random(std::uint64_t seed, std::uint64_t run) {
    if (seed != 0) {
        seed += run;
    } else {
        std::random_device device;
        seed = (std::uint64_t{device()} << 32U) | device();
    }
    return [engine = std::mt19937_64(seed)]() mutable { return engine(); };
}

using CutRequest = std::function<std::optional<http::RequestCut>(const ServerRequest&)>;

Result<std::unique_ptr<http::Server>> open_server(const SandboxOptions& options,
                                                  const http::Server::Handler& handler,
                                                  CutRequest cut_request) {
    http::ServerOptions server;
    server.cut_request = std::move(cut_request);
    server.port = options.port;
    server.body_limit = kBodyMax;
    server.connection_limit = kConnectionsMax;
    server.idle_timeout = options.idle_timeout;
    const int tries = options.next_free_port && options.port != 0 ? kPortsTried : 1;
    for (int i = 1;; ++i) {
        auto opened = http::Server::open(server, handler);
        const bool again =
            !opened && opened.error().rule == "address_in_use" && i < tries && server.port < 65'535;
        if (!again) return opened;
        ++server.port;
    }
}

std::string file_name_of(std::string_view url) {
    const auto path = url.substr(0, url.find_first_of("?#"));
    return percent_decode(path.substr(path.rfind('/') + 1)).value_or("file");
}

}  // namespace

class Sandbox::Impl {
public:
    Impl(SandboxOptions options, resilience::Clock& clock)
        : options_(std::move(options)), clock_(clock), world_("us", options_.keep_messages) {}

    Result<Done> open() {
        const auto now = read_clocks(clock_);
        const auto now_ms = resilience::since_epoch(now.wall).count();
        auto person = add_people(world_, options_.people, now_ms);
        if (!person) return person.error();
        person_ = person.value();
        if (!options_.state_dir.empty()) {
            auto journal = Journal::open(options_.state_dir, world_);
            if (!journal) return journal.error();
            journal_ = std::move(journal).value();
            files_ = Files(journal_->files_folder());
        }
        ModelOptions model;
        model.echo_own = options_.echo_own;
        model.rest.limit_html = options_.limit_html;
        model.journal = journal_ != nullptr;
        const auto run = journal_ ? now_ms : 0;
        model_.emplace(model, world_, files_,
                       make_random(options_.seed, static_cast<std::uint64_t>(run)), now);
        control_.emplace(*model_, person_);
        control_->set_bot_url(options_.bot_url);
        if (auto added = add_rooms(world_, options_.rooms, person_, now_ms); !added) return added;
        if (auto added = add_incoming(now_ms); !added) return added;
        // What is configured belongs into the journal as well: messages refer to it.
        if (journal_) {
            if (auto written = journal_->rewrite(world_); !written) return written;
        }
        if (auto read = read_fault_plan(now); !read) return read;
        return open_network();
    }

    void run(const std::stop_token& stop) {
        std::jthread calls([this](const std::stop_token& ended) {
            outgoing_->run(ended, [this] { return pause(); });
        });
        server_->run(stop);
        calls.request_stop();
        calls.join();
        const std::scoped_lock lock(mutex_);
        streams_.clear();
    }

    std::uint16_t port() const { return server_->port(); }

    void set_bot_url(std::string url) {
        const std::scoped_lock lock(mutex_);
        control_->set_bot_url(std::move(url));
    }

    std::string room_id(const std::string& title) const {
        const std::scoped_lock lock(mutex_);
        const auto* other = world_.person_by_email(title);
        for (const auto* room : world_.rooms()) {
            const bool wanted = room->direct ? other != nullptr && person_ != nullptr &&
                                                   room->has(*other) && room->has(*person_)
                                             : room->title == title;
            if (wanted) return room->id;
        }
        return {};
    }

private:
    Result<Done> add_incoming(std::int64_t now_ms) {
        for (const auto& given : options_.incoming) {
            auto poster = add_poster(world_, given, now_ms);
            if (!poster) return poster.error();
            model_->add_incoming(given.token, *poster.value().person, *poster.value().room);
        }
        return Done{};
    }

    Result<Done> read_fault_plan(const Moment& now) {
        if (options_.fault_plan_file.empty()) return Done{};
        std::ifstream file(options_.fault_plan_file);
        if (!file) {
            return resilience::permanent_error("cannot read the fault plan " +
                                               options_.fault_plan_file);
        }
        const std::string text((std::istreambuf_iterator<char>(file)),
                               std::istreambuf_iterator<char>());
        auto plan = FaultPlan::parse(text);
        if (!plan) return plan.error();
        model_->set_faults(std::move(plan).value(), now);
        return Done{};
    }

    Result<Done> open_network() {
        auto client = http::CurlClient::open();
        if (!client) return client.error();
        outgoing_ = std::make_unique<OutgoingCalls>(std::move(client).value());
        auto server = open_server(
            options_,
            [this](ServerRequest request, const Responder& responder) {
                serve(std::move(request), responder);
            },
            [this](const ServerRequest& head) { return cut_request(head); });
        if (!server) return server.error();
        server_ = std::move(server).value();
        model_->set_base("http://127.0.0.1:" + std::to_string(server_->port()));
        return Done{};
    }

    void serve(ServerRequest request, const Responder& responder) {
        if (request.path.rfind("/v1/", 0) == 0) return serve_api(std::move(request), responder);
        if (auto refused = refuse_foreign(request)) return responder.send(*std::move(refused));
        const std::scoped_lock lock(mutex_);
        if (request.path == "/sandbox/events" && request.method == "GET") {
            return serve_events(request, responder);
        }
        if (request.path.rfind("/sandbox/", 0) != 0) {
            return responder.send(
                serve_static(options_.web_root, request.path, control_->bot_url()));
        }
        responder.send(control_->handle(request, read_clocks(clock_)));
        carry_out();
        outgoing_->wake();  // a trouble may have got another end
    }

    std::optional<http::RequestCut> cut_request(const ServerRequest& head) {
        if (head.path.rfind("/v1/", 0) != 0) return std::nullopt;
        const std::scoped_lock lock(mutex_);
        const auto cut = model_->cut_request(head, read_clocks(clock_));
        if (cut) carry_out();
        return cut;
    }

    void serve_api(ServerRequest request, const Responder& responder) {
        const auto url = wanted_file(request);
        if (!url || !is_loopback_url(*url)) return answer(request, responder, nullptr);
        http::Request fetch;
        fetch.url = *url;
        fetch.timeout = kFetchTimeout;
        fetch.response_limit = kFileBytesMax;
        auto kept = std::make_shared<ServerRequest>(std::move(request));
        const bool sent = outgoing_->send(
            std::move(fetch), [this, kept, responder, url = *url](const http::Outcome& outcome) {
                RemoteFile file;
                const auto* response = std::get_if<http::Response>(&outcome);
                if (response != nullptr && response->status == 200) {
                    file.ok = true;
                    file.name = file_name_of(url);
                    file.type = http::find_header(response->headers, "Content-Type");
                    file.bytes = response->body;
                }
                answer(*kept, responder, &file);
            });
        if (!sent) answer(*kept, responder, nullptr);
    }

    void answer(const ServerRequest& request, const Responder& responder, const RemoteFile* file) {
        const std::scoped_lock lock(mutex_);
        auto response = model_->handle(request, read_clocks(clock_), file);
        // Before the answer, so that a client who has it finds the effects done.
        if (const auto slow = carry_out()) {
            response.ended = [this, number = *slow](bool whole) {
                if (whole) return;
                const std::scoped_lock relock(mutex_);
                model_->answer_abandoned(number);
            };
        }
        responder.send(std::move(response));
        if (model_->has_late_hooks()) outgoing_->wake();
    }

    void serve_events(const ServerRequest& request, const Responder& responder) {
        if (streams_.size() == kStreamsMax) streams_.erase(streams_.begin());
        ServerResponse head;
        head.headers = {{"Content-Type", "text/event-stream;charset=UTF-8"},
                        {"Cache-Control", "no-store"},
                        {"X-Content-Type-Options", "nosniff"}};
        auto stream = responder.stream(std::move(head));
        const std::string last(http::find_header(request.headers, "Last-Event-ID"));
        std::string first = "retry: 1000\n\n" + std::string(kPing);
        if (!last.empty()) {
            const auto id = Query("id=" + percent_encode(last)).number("id", 0);
            first += model_->events().since(id).value_or(model_->events().reset_event());
        }
        if (stream->write(std::move(first))) streams_.push_back(std::move(stream));
    }

    // With `mutex_` held. Gives the number of an answer that takes its time.
    std::optional<std::uint64_t> carry_out() {
        auto effects = model_->take_effects();
        if (!effects.records.empty() && journal_) write_records(effects.records);
        if (!effects.events.empty()) broadcast(effects.events);
        for (auto& post : effects.hooks)
            deliver(std::move(post));
        return effects.slow_answer;
    }

    void write_records(const std::vector<std::string>& records) {
        if (journal_->append(records) && !journal_->is_long()) return;
        const auto rewritten = journal_->rewrite(world_);
        control_->set_problem(rewritten ? std::string()
                                        : rewritten.error().message +
                                              "; what happens now will not survive a restart");
    }

    void broadcast(const std::string& events) {
        for (auto it = streams_.begin(); it != streams_.end();) {
            // A page that does not keep up is cut off, and comes back by itself.
            it = (*it)->write(events) ? it + 1 : streams_.erase(it);
        }
    }

    void deliver(HookPost post) {
        http::Request request;
        request.method = "POST";
        request.url = post.url;
        request.content_type = "application/json;charset=UTF-8";
        if (!post.signature.empty()) {
            request.headers.emplace_back("X-Spark-Signature", post.signature);
        }
        request.body = std::make_shared<const std::string>(post.body);
        request.timeout = kHookTimeout;
        const auto report = [this,
                             kept = std::make_shared<const HookPost>(std::move(post))](bool ok) {
            model_->hook_delivered(*kept, ok, read_clocks(clock_));
        };
        const bool sent =
            outgoing_->send(std::move(request), [this, report](const http::Outcome& outcome) {
                const auto* response = std::get_if<http::Response>(&outcome);
                const std::scoped_lock lock(mutex_);
                report(response != nullptr && response->status >= 200 && response->status < 300);
                carry_out();
            });
        if (!sent) report(false);
    }

    // Between two rounds of the outgoing thread: pings, and the end of a trouble.
    milliseconds pause() {
        const std::scoped_lock lock(mutex_);
        const auto now = read_clocks(clock_);
        model_->tick(now);
        carry_out();
        if (now.steady >= next_ping_) {
            broadcast(std::string(kPing));
            next_ping_ = now.steady + kPingEvery;
        }
        const auto until_ping = std::chrono::ceil<milliseconds>(next_ping_ - now.steady);
        return std::min(until_ping, model_->next_tick(now).value_or(until_ping));
    }

    SandboxOptions options_;
    resilience::Clock& clock_;
    mutable std::mutex mutex_;  ///< Guards everything down to `streams_`.
    World world_;
    Files files_;
    std::unique_ptr<Journal> journal_;
    std::optional<Model> model_;
    std::optional<ControlApi> control_;
    const Person* person_ = nullptr;
    resilience::Clock::Instant next_ping_{};
    std::vector<std::shared_ptr<http::ResponseStream>> streams_;
    std::unique_ptr<OutgoingCalls> outgoing_;
    std::unique_ptr<http::Server> server_;
};

Sandbox::Sandbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::open(SandboxOptions options, resilience::Clock& clock) {
    auto impl = std::make_unique<Impl>(std::move(options), clock);
    if (auto opened = impl->open(); !opened) return opened.error();
    return std::unique_ptr<Sandbox>(new Sandbox(std::move(impl)));
}

std::uint16_t Sandbox::port() const {
    return impl_->port();
}

void Sandbox::run(const std::stop_token& stop) {
    impl_->run(stop);
}

void Sandbox::set_bot_url(std::string url) {
    impl_->set_bot_url(std::move(url));
}

std::string Sandbox::room_id(const std::string& title) const {
    return impl_->room_id(title);
}

}  // namespace messaging::sandbox
