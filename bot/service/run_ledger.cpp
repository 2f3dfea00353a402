#include "bot/service/run_ledger.hpp"

#include "bot/log/log.hpp"
#include "bot/text/utf8.hpp"
#include "resilience/redact.hpp"

#include <chrono>
#include <utility>

namespace bot::service {

namespace outbox = messaging::outbox;
using outbox::RunEnd;
using resilience::Result;

namespace {

// One line of a terminal; the whole text stands in the room.
constexpr std::size_t kTextMax = 160;

std::string fit(const std::string& text) {
    const auto line = resilience::redact(text);
    return text::is_utf8(line) ? text::shorten(line, kTextMax) : "(not readable)";
}

}  // namespace

RunLedger::RunLedger(outbox::Outbox& outbox, const resilience::Clock& clock)
    : outbox_(outbox), clock_(clock) {}

Result<resilience::Done> RunLedger::open() {
    outbox::Batch batch;
    batch.interrupt_runs = true;
    const auto applied = outbox_.apply(std::move(batch));
    if (!applied.ok()) return applied.error();
    return resilience::Done{};
}

RunLedger::Open RunLedger::begin(Beginning beginning) {
    Open open;
    open.since = clock_.now();
    open.run = {.id = outbox_.new_group(),
                .kind = beginning.kind,
                .name = fit(beginning.name),
                .who = fit(beginning.who),
                .where = std::move(beginning.where),
                .what = fit(beginning.what),
                .started = resilience::since_epoch(clock_.wall_now())};
    write(open.run);
    return open;
}

void RunLedger::end(const Open& open, RunEnd end, const std::string& reason) {
    auto run = open.run;
    run.end = end;
    run.took = std::chrono::duration_cast<outbox::Millis>(clock_.now() - open.since);
    run.reason = fit(reason);
    write(std::move(run));
}

void RunLedger::write(outbox::Run run) {
    outbox::Batch batch;
    const auto name = run.name;
    batch.runs.push_back(std::move(run));
    outbox_.submit(std::move(batch), [name](const Result<outbox::Applied>& applied) {
        if (applied.ok()) return;
        log::warn("a run is not in the ledger", {{"name", name}, {"why", applied.error().message}});
    });
}

Result<std::vector<outbox::Run>> RunLedger::list(const outbox::RunFilter& filter) const {
    return outbox_.read([&filter](outbox::Store& store) { return store.runs(filter); });
}

}  // namespace bot::service
