#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/verbs.hpp"
#include "bot/reports/run_text.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace bot::cli {

namespace outbox = messaging::outbox;
using resilience::Result;
using ReportVerb = ReportRequest::Verb;

namespace {

Result<ReportReply> ask(const ReportOptions& options,
                        const config::Config& config,
                        const World& world,
                        const Actions& actions) {
    auto reply = ControlClient(config.state_dir, world.clock).reports(options.request);
    // Only the running bot makes parts.
    const bool looks = options.request.verb != ReportVerb::kRedrive;
    if (looks && without_owner(reply) && actions.reports_without_owner) {
        return actions.reports_without_owner(options.config, options.request);
    }
    return reply;
}

void print_report_json(const ReportOptions& options, const ReportReply& reply, std::ostream& out) {
    if (options.request.verb == ReportVerb::kRedrive) {
        out << to_json(reply) << "\n";
        return;
    }
    for (const auto& item : reply.runs)
        out << report_run_line(item, reply.now) << "\n";
}

// With their rooms as people call them.
std::vector<reports::Run> shown(const ReportReply& reply) {
    std::vector<reports::Run> runs;
    for (const auto& item : reply.runs) {
        runs.push_back(item.run);
        if (!item.room_name.empty()) runs.back().room = item.room_name;
    }
    return runs;
}

void print_text(const ReportOptions& options, const ReportReply& reply, const Terminal& terminal) {
    if (options.request.verb == ReportVerb::kList) {
        terminal.out << reports::runs_table(shown(reply), reply.now);
        if (reply.runs.empty()) {
            terminal.err << "stentor report: no report of several parts was posted yet\n";
        }
        return;
    }
    if (options.request.verb == ReportVerb::kRedrive) {
        terminal.out << reply.redriven << (reply.redriven == 1 ? " part is" : " parts are")
                     << " made again\n";
    }
    for (const auto& run : shown(reply))
        terminal.out << run_text(run, reply.now);
}

// The messages of a run share a group: taking them back is what `recall` does.
int recall(const ReportOptions& options,
           const reports::Run& run,
           const Terminal& terminal,
           const World& world,
           const Actions& actions) {
    if (!is_over(run)) {
        terminal.err << "stentor report: the run is not over; what it posts from now on stays, so "
                        "recall it again when it has ended\n";
    }
    return run_recall(
        {.config = options.config,
         .request = {.ids = {outbox::DeliveryId{run.group}}, .dry_run = options.dry_run},
         .json = options.json},
        terminal, world, actions);
}

}  // namespace

int run_report(const ReportOptions& options,
               const Terminal& terminal,
               const World& world,
               const Actions& actions) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    const auto reply = ask(options, *config, world, actions);
    if (!reply.ok()) return complain("report", reply.error(), terminal.err);
    if (!reply.value().refusal.empty()) {
        terminal.err << "stentor report: " << reply.value().refusal << "\n";
        return exit_code_for(reply.value());
    }
    if (options.recall && !reply.value().runs.empty()) {
        return recall(options, reply.value().runs.front().run, terminal, world, actions);
    }
    if (options.json) {
        print_report_json(options, reply.value(), terminal.out);
    } else {
        print_text(options, reply.value(), terminal);
    }
    return exit_code_for(reply.value());
}

}  // namespace bot::cli
