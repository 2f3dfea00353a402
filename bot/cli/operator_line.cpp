// The command lines of the verbs with which an operator mends things.
#include "bot/cli/line_parts.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace bot::cli {

using messaging::outbox::DeadReason;
using std::chrono::seconds;

namespace {

constexpr std::array kReasons{DeadReason::kRejected, DeadReason::kExpired,
                              DeadReason::kMaybeDelivered, DeadReason::kCancelled,
                              DeadReason::kDropped};
constexpr seconds kSinceMax{std::chrono::hours{24 * 365}};

std::vector<std::string> reason_names() {
    std::vector<std::string> names;
    names.reserve(kReasons.size());
    for (const auto reason : kReasons)
        names.emplace_back(to_string(reason));
    return names;
}

void add_filter(CLI::App& verb, DeadOptions& options) {
    add_ids(verb, options.request.ids, 0, "Delivery ids; none: all that the filter means");
    verb.add_option("--room", options.request.room,
                    "Only to this room: name from the configuration, room id or e-mail address");
    verb.add_option_function<std::string>(
            "--reason",
            [&options](const std::string& name) {
                for (const auto reason : kReasons) {
                    if (to_string(reason) == name) options.request.reason = reason;
                }
            },
            "Only those that ended so [rejected, expired or maybe_delivered]")
        ->check(CLI::IsMember(reason_names()));
    add_duration(verb, "--since", options.request.since, kSinceMax,
                 "Only those that ended no longer ago than this");
    add_config(verb, options.config);
    add_json(verb, options.json);
}

// What changes something must be told what: no filter at all is a slip of the keyboard.
void check_meant(const DeadOptions& options) {
    const auto& request = options.request;
    const bool filtered = !request.room.empty() || request.reason || request.since;
    if (!request.ids.empty() && (filtered || options.all)) {
        throw CLI::ValidationError("id", "give ids or a filter, not both");
    }
    if (request.ids.empty() && !filtered && !options.all) {
        throw CLI::ValidationError("id", "give ids, or --room, --reason or --since, or --all");
    }
    if (request.ids.size() > kDeadIdsMax) {
        throw CLI::ValidationError("id", "at most " + std::to_string(kDeadIdsMax) + " ids at once");
    }
}

void add_change(CLI::App& dead,
                DeadOptions& options,
                const std::string& name,
                DeadRequest::Verb change,
                const std::string& text) {
    auto& verb = *dead.add_subcommand(name, text);
    add_filter(verb, options);
    verb.add_flag("--all", options.all, "All that wait for a decision");
    verb.add_flag("--dry-run", options.request.dry_run, "Change nothing, say what would be done");
    verb.callback([&options, change] {
        options.request.verb = change;
        check_meant(options);
    });
}

CLI::App& add_run_verb(CLI::App& report,
                       ReportOptions& options,
                       const std::string& name,
                       ReportRequest::Verb verb,
                       const std::string& text) {
    auto& one = *report.add_subcommand(name, text);
    one.add_option("run", options.request.run, "Id or group of the run, as `report list` prints it")
        ->type_name("RUN")
        ->required()
        ->check([](const std::string& run) {
            return run.empty() ? std::string("name a run") : std::string();
        });
    add_config(one, options.config);
    add_json(one, options.json);
    one.callback([&options, verb] { options.request.verb = verb; });
    return one;
}

}  // namespace

void add_dead(CLI::App& app, DeadOptions& options) {
    auto& dead = *app.add_subcommand("dead", "Messages that ended without arriving");
    dead.require_subcommand(1);
    auto& list = *dead.add_subcommand("list", "List them, newest first");
    add_filter(list, options);
    list.add_option("--limit", options.limit, "At most so many; 0: all")->capture_default_str();
    list.add_flag("--all", options.all, "All, however many");
    auto& show = *dead.add_subcommand("show", "Show some with what they were to say");
    add_ids(show, options.request.ids, 1, "Delivery ids");
    add_config(show, options.config);
    add_json(show, options.json);
    show.callback([&options] { options.request.with_content = true; });
    add_change(dead, options, "redrive", DeadRequest::Verb::kRedrive,
               "Send them again, in their old order");
    add_change(dead, options, "drop", DeadRequest::Verb::kDrop, "Put them away");
    auto& exported = *dead.add_subcommand("export", "Print them whole as JSON lines");
    add_filter(exported, options);
    exported.callback([&options] {
        options.request.with_content = true;
        options.limit = 0;
        options.json = true;
    });
}

void add_recall(CLI::App& app, RecallOptions& options) {
    auto& verb = *app.add_subcommand("recall", "Delete or edit what was posted, in every room");
    add_ids(verb, options.request.ids, 1, "Group, as printed by send, or delivery ids");
    verb.add_option("--edit", options.request.edit, "Replace the text by this markdown instead")
        ->type_name("TEXT");
    verb.add_flag("--dry-run", options.request.dry_run, "Change nothing, say what would be done");
    add_config(verb, options.config);
    add_json(verb, options.json);
}

void add_release(CLI::App& app, ReleaseOptions& options) {
    auto& verb =
        *app.add_subcommand("release", "Send what is held for a room, now that it is mended");
    auto* room = verb.add_option("room", options.request.room,
                                 "Name from the configuration, room id or e-mail address")
                     ->type_name("ROOM");
    verb.add_flag("--all", options.all, "Every room that is held")->excludes(room);
    add_config(verb, options.config);
    add_json(verb, options.json);
    verb.callback([&options] {
        if (options.request.room.empty() && !options.all) {
            throw CLI::ValidationError("room", "name a room, or give --all");
        }
    });
}

void add_report(CLI::App& app, ReportOptions& options) {
    auto& report = *app.add_subcommand("report", "Runs of reports of several parts");
    report.require_subcommand(1);
    auto& list = *report.add_subcommand("list", "List them, newest first");
    list.add_option("--limit", options.request.limit, "At most so many")
        ->check(CLI::Range(1U, kReportRunsMax))
        ->type_name("N")
        ->capture_default_str();
    add_config(list, options.config);
    add_json(list, options.json);
    add_run_verb(report, options, "show", ReportRequest::Verb::kShow,
                 "Tell how each part of a run stands, and why");
    add_run_verb(report, options, "redrive", ReportRequest::Verb::kRedrive,
                 "Make the failed parts of a run again");
    auto& recall = add_run_verb(report, options, "recall", ReportRequest::Verb::kShow,
                                "Delete what a run has posted, cancel what still waits");
    recall.add_flag("--dry-run", options.dry_run, "Change nothing, say what would be done");
    recall.callback([&options] {
        options.request.verb = ReportRequest::Verb::kShow;
        options.recall = true;
    });
}

void add_runs(CLI::App& app, RunsOptions& options) {
    auto& verb = *app.add_subcommand("runs", "What was run: commands, schedules and reports");
    auto& filter = options.request.filter;
    verb.add_option_function<std::string>(
            "--kind",
            [&filter](const std::string& name) {
                filter.kind = messaging::outbox::parse_run_kind(name);
            },
            "Only runs of this kind")
        ->check(CLI::IsMember({"command", "schedule", "report"}));
    verb.add_option("--name", filter.name, "Only runs of the command, schedule or report NAME")
        ->type_name("NAME");
    verb.add_option("--count", filter.limit, "At most so many, newest first")
        ->check(CLI::Range(1U, kRunsMax))
        ->type_name("N")
        ->capture_default_str();
    add_config(verb, options.config);
    add_json(verb, options.json);
}

void add_doctor(CLI::App& app, DoctorOptions& options) {
    auto& verb =
        *app.add_subcommand("doctor", "Look at everything the bot needs and name the cures");
    add_config(verb, options.config);
    add_json(verb, options.json);
}

}  // namespace bot::cli
