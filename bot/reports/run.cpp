#include "bot/reports/run.hpp"

#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"
#include "bot/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace bot::reports {
namespace {

using messaging::outbox::Millis;
using nlohmann::json;

constexpr std::size_t kReasonMax = 120;
constexpr std::chrono::minutes kEditWaitMax{10};
constexpr std::uint32_t kDoublingsMax = 6;  // 10 s so often doubled are more than ten minutes
constexpr std::array<std::string_view, 6> kStates = {"waiting", "missing",  "accepted",
                                                     "sent",    "doubtful", "lost"};

bool is_missing(const PartRun& part) {
    return part.state == PartState::kMissing || part.state == PartState::kLost;
}

std::string listed(const Run& run, PartState one, PartState other) {
    std::string text;
    for (const auto& part : run.parts) {
        if (part.state != one && part.state != other) continue;
        text += (text.empty() ? "" : "; ") + part.name;
        if (!part.reason.empty()) text += ": " + text::shorten(part.reason, kReasonMax);
    }
    return text;
}

}  // namespace

std::string_view to_string(PartState state) {
    return kStates.at(static_cast<std::size_t>(state));
}

std::optional<PartState> parse_part_state(std::string_view name) {
    const auto* const found = std::find(kStates.begin(), kStates.end(), name);
    if (found == kStates.end()) return std::nullopt;
    return static_cast<PartState>(found - kStates.begin());
}

std::string counts_text(const Counts& counts) {
    auto text = std::to_string(counts.sent) + "/" + std::to_string(counts.all) + " sent";
    if (counts.late > 0) text += ", " + std::to_string(counts.late) + " late";
    if (counts.doubtful > 0) text += ", " + std::to_string(counts.doubtful) + " may have arrived";
    if (counts.missing > 0) text += ", " + std::to_string(counts.missing) + " missing";
    return text;
}

bool is_called(const Run& run, std::string_view word) {
    if (word == run.id) return true;
    const auto group = messaging::outbox::parse_delivery_id(word);
    return group && run.group != 0 && group->value == run.group;
}

Counts count(const Run& run, Millis now) {
    Counts counts;
    counts.all = run.parts.size();
    const bool late = now - run.started > kLateAfter;
    for (const auto& part : run.parts) {
        counts.sent += part.state == PartState::kSent ? 1U : 0U;
        counts.doubtful += part.state == PartState::kDoubtful ? 1U : 0U;
        counts.missing += is_missing(part) ? 1U : 0U;
        const bool open = part.state == PartState::kAccepted || part.state == PartState::kWaiting;
        counts.late += open && late ? 1U : 0U;
    }
    return counts;
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::kRunning:
            return "running";
        case Outcome::kComplete:
            return "complete";
        case Outcome::kPartial:
            return "partial";
        case Outcome::kFailed:
            return "failed";
    }
    return "running";
}

Outcome outcome_of(const Run& run) {
    std::size_t sent = 0;
    std::size_t missing = 0;
    for (const auto& part : run.parts) {
        if (part.state == PartState::kWaiting || part.state == PartState::kAccepted) {
            return Outcome::kRunning;
        }
        sent += part.state == PartState::kSent ? 1U : 0U;
        missing += is_missing(part) ? 1U : 0U;
    }
    if (sent == run.parts.size()) return Outcome::kComplete;
    return missing == run.parts.size() ? Outcome::kFailed : Outcome::kPartial;
}

bool is_over(const Run& run) {
    return outcome_of(run) != Outcome::kRunning;
}

std::string reasons(const Run& run) {
    auto text = listed(run, PartState::kMissing, PartState::kLost);
    const auto doubtful = listed(run, PartState::kDoubtful, PartState::kDoubtful);
    if (!doubtful.empty()) text += (text.empty() ? "" : "; ") + doubtful + " may have arrived";
    return text;
}

std::string standing(const Run& run, Millis now) {
    const auto counts = count(run, now);
    auto text = std::to_string(counts.sent) + "/" + std::to_string(counts.all) + " sent";
    if (counts.late > 0) text += ", " + std::to_string(counts.late) + " late";
    if (counts.doubtful > 0) {
        text += ", " + std::to_string(counts.doubtful) + " may have arrived (" +
                text::escape_markdown(listed(run, PartState::kDoubtful, PartState::kDoubtful)) +
                ")";
    }
    if (counts.missing > 0) {
        text += ", " + std::to_string(counts.missing) + " missing (" +
                text::escape_markdown(listed(run, PartState::kMissing, PartState::kLost)) + ")";
    }
    return text;
}

std::string header_text(const Run& run, const std::string& title, Millis now) {
    return "**" + text::escape_markdown(title) + "**, " +
           text::utc(std::chrono::system_clock::time_point(run.started)) + ": " +
           standing(run, now);
}

std::optional<std::string> edit_due(const Run& run, const std::string& title, Millis now) {
    if (run.header.value == 0) return std::nullopt;
    auto text = header_text(run, title, now);
    if (text == run.shown) return std::nullopt;
    const bool ended = outcome_of(run) != Outcome::kRunning;
    if (!ended && (run.edits >= kEditsMax || now - run.edited < kEditEvery)) return std::nullopt;
    if (run.edits > kEditsMax) return std::nullopt;
    return text;
}

std::chrono::milliseconds edit_wait(std::uint32_t failures,
                                    std::optional<std::chrono::milliseconds> asked) {
    const auto doublings = std::min(std::max(failures, 1U) - 1U, kDoublingsMax);
    const auto own =
        std::min<std::chrono::milliseconds>(kEditEvery * (1U << doublings), kEditWaitMax);
    return std::max(own, asked.value_or(std::chrono::milliseconds{0}));
}

std::string part_origin(const Run& run, std::size_t part) {
    const auto& one = run.parts.at(part);
    auto text = "report " + run.report + ", part " + std::to_string(part + 1);
    if (one.round > 0) text += ", round " + std::to_string(one.round + 1);
    return text + ", " + one.name;
}

std::size_t redrive(Run& run) {
    std::size_t count = 0;
    for (auto& part : run.parts) {
        if (!is_missing(part)) continue;
        part = {.name = part.name, .round = part.round + 1};
        ++count;
    }
    if (count > 0) {
        ++run.redriven;
        run.closed = false;
    }
    return count;
}

std::string to_json(const Run& run) {
    json out = {{"id", run.id},
                {"report", run.report},
                {"origin", run.origin},
                {"who", run.who},
                {"room", run.room},
                {"started", run.started.count()},
                {"group", run.group},
                {"redriven", run.redriven},
                {"header", run.header.value},
                {"shown", run.shown},
                {"edits", run.edits},
                {"edited", run.edited.count()},
                {"closed", run.closed},
                {"due_by", run.due_by.count()},
                {"due_as", run.due_as},
                {"overdue_told", run.overdue_told},
                {"parts", json::array()}};
    for (const auto& part : run.parts) {
        json ids = json::array();
        for (const auto id : part.ids)
            ids.push_back(id.value);
        out["parts"].push_back({{"name", part.name},
                                {"state", to_string(part.state)},
                                {"reason", part.reason},
                                {"round", part.round},
                                {"ids", std::move(ids)}});
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

resilience::Result<Run> parse_run(std::string_view text) {
    try {
        const auto in = json::parse(text);
        Run run;
        run.id = in.at("id").get<std::string>();
        run.report = in.at("report").get<std::string>();
        run.origin = in.at("origin").get<std::string>();
        run.who = in.at("who").get<std::string>();
        run.room = in.at("room").get<std::string>();
        run.started = Millis(in.at("started").get<std::int64_t>());
        run.group = in.at("group").get<std::uint64_t>();
        run.redriven = in.at("redriven").get<std::uint32_t>();
        run.header.value = in.at("header").get<std::uint64_t>();
        run.shown = in.at("shown").get<std::string>();
        run.edits = in.at("edits").get<std::uint32_t>();
        run.edited = Millis(in.at("edited").get<std::int64_t>());
        for (const auto& entry : in.at("parts")) {
            auto& part = run.parts.emplace_back();
            part.name = entry.at("name").get<std::string>();
            part.reason = entry.at("reason").get<std::string>();
            part.round = entry.at("round").get<std::uint32_t>();
            const auto state = entry.at("state").get<std::string>();
            const auto known = parse_part_state(state);
            if (!known) {
                return resilience::permanent_error("a report run has the unknown state " + state);
            }
            part.state = *known;
            for (const auto& id : entry.at("ids"))
                part.ids.push_back({id.get<std::uint64_t>()});
        }
        // A run that an earlier version has stored does not say.
        run.closed = in.value("closed", is_over(run));
        run.due_by = Millis(in.value("due_by", std::int64_t{0}));
        run.due_as = in.value("due_as", "");
        run.overdue_told = in.value("overdue_told", false);
        return run;
    } catch (const std::exception& error) {
        return resilience::permanent_error(std::string("a report run cannot be read: ") +
                                           error.what());
    }
}

}  // namespace bot::reports
