// A small sender on the product's own messaging layer that a test may kill at any time.
//
//     crash_victim BASE_URL TOKEN STATE_DIR FIRST COUNT TARGET…
//
// Posts the messages number FIRST to FIRST + COUNT - 1, in turn to the targets (e-mail addresses or
// ids of rooms), each with an idempotency key of its own and every fifth with a file; prints "ACK
// n" when number n is durable, "READY" when the sender runs, and when nothing is left to do "DEAD
// <reason>" for each message that was given up and "DONE <delivered> <dead>". A place where it is
// to die is named by CRASH_AT (crash_points.hpp). Exit 0: nothing is left; 1: it could not go on.

#include "messaging/http/curl_client.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/resources.hpp"
#include "resilience/clock.hpp"
#include "tests/crash/crash_points.hpp"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using messaging::outbox::Sender;

struct Arguments {
    std::string base_url;
    std::string token;
    std::string state;
    int first = 0;
    int count = 0;
    std::vector<std::string> targets;
};

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "crash_victim: %s\n", why.c_str());
    std::_Exit(1);
}

template <class T>
T needed(resilience::Result<T> result) {
    if (!result.ok()) die(result.error().message);
    return std::move(result).value();
}

messaging::outbox::SenderOptions sender_options() {
    messaging::outbox::SenderOptions options;
    options.attempt_timeout = 2s;
    options.dispatcher.retry.backoff.initial = 20ms;
    options.dispatcher.retry.backoff.max = 200ms;
    options.dispatcher.look_first = 50ms;
    options.dispatcher.look_until = 300ms;
    return options;
}

std::string person_id(messaging::http::Client& client, const messaging::webex::Endpoint& endpoint) {
    const auto answer = messaging::http::fetch(client, messaging::webex::get_me(endpoint));
    const auto* response = std::get_if<messaging::http::Response>(&answer);
    if (response == nullptr || response->status != 200) die("people/me gave no answer");
    return needed(messaging::webex::parse_person(response->body)).id;
}

void post(messaging::Messenger& messenger, const Arguments& arguments) {
    for (int number = arguments.first; number < arguments.first + arguments.count; ++number) {
        const auto& name =
            arguments.targets[static_cast<std::size_t>(number) % arguments.targets.size()];
        const bool person = name.find('@') != std::string::npos;
        const auto to = person ? messaging::email(name) : messaging::room(name);
        messaging::Message message;
        message.markdown = "#" + std::to_string(number) + " is **due**";
        if (number % 5 == 0) message.files.push_back({arguments.state + "/picture.png"});
        const messaging::SendOptions options{.key = "number-" + std::to_string(number)};
        const auto receipt = messenger.post(to, message, options);
        if (!receipt.ok()) die(receipt.error().message);
        std::printf("ACK %d\n", number);
        std::fflush(stdout);
    }
}

void tell_dead(messaging::outbox::Outbox& outbox) {
    const messaging::outbox::Filter filter{.state = messaging::outbox::State::kDead,
                                           .limit = 10'000};
    const auto dead =
        needed(outbox.read([&filter](messaging::outbox::Store& all) { return all.find(filter); }));
    for (const auto& delivery : dead) {
        std::printf("DEAD %s\n", std::string(to_string(delivery.reason)).c_str());
    }
}

void work(const Arguments& arguments) {
    resilience::SystemClock clock;
    const auto store = crash::with_points(
        needed(messaging::outbox::SqliteStore::open({.path = arguments.state + "/outbox.db"})));
    const auto spool =
        needed(messaging::outbox::Spool::open(arguments.state + "/spool", std::uint64_t{1} << 30U));
    const auto client = crash::with_points(needed(messaging::http::CurlClient::open({})));
    messaging::outbox::Outbox outbox(*store, clock);
    messaging::webex::Endpoint endpoint;
    endpoint.base_url = arguments.base_url;
    endpoint.token = arguments.token;
    std::mt19937_64 generator(std::random_device{}());
    Sender sender(
        {.outbox = outbox,
         .client = *client,
         .spool_path = [&spool](const std::string& hash) { return spool->path(hash); },
         .clock = clock,
         .endpoint = [&endpoint] { return endpoint; },
         .random =
             [&generator] { return std::uniform_real_distribution<double>(0.0, 1.0)(generator); },
         .notice = {}},
        sender_options());
    sender.set_self(person_id(*client, endpoint));

    std::jthread writing([&outbox](const std::stop_token& stop) { outbox.run(stop); });
    std::jthread sending([&sender](const std::stop_token& stop) {
        const auto ended = sender.run(stop);
        if (!ended.ok()) die(ended.error().message);
    });
    std::printf("READY\n");
    std::fflush(stdout);
    messaging::Messenger messenger(outbox, spool.get(), clock);
    post(messenger, arguments);
    for (;;) {
        (void)outbox.apply({});
        const auto counts =
            needed(outbox.read([](messaging::outbox::Store& all) { return all.counts(); }));
        if (counts.pending + counts.sending + counts.uncertain == 0) {
            tell_dead(outbox);
            std::printf("DONE %llu %llu\n", static_cast<unsigned long long>(counts.delivered),
                        static_cast<unsigned long long>(counts.dead));
            std::fflush(stdout);
            return;
        }
        clock.sleep_until(clock.now() + 5ms, {});
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 7) return 64;
    signal(SIGPIPE, SIG_IGN);
    work({.base_url = argv[1],
          .token = argv[2],
          .state = argv[3],
          .first = std::atoi(argv[4]),
          .count = std::atoi(argv[5]),
          .targets = {argv + 6, argv + argc}});
}
