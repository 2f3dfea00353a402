#include "bot/service/report_desk.hpp"

#include "bot/service/report_book.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace bot::service {

using reports::Run;
using resilience::Result;
using ReportVerb = cli::ReportRequest::Verb;

namespace {

std::string unknown(const std::string& run) {
    return "there is no run " + run + "; `stentor report list` names those that are kept";
}

cli::ReportReply::Item item_of(Run run, const RoomBook& rooms) {
    cli::ReportReply::Item item;
    item.room_name = rooms.name_of(run.room);
    item.run = std::move(run);
    return item;
}

// From `runs`, oldest first.
cli::ReportReply look_up(const cli::ReportRequest& request,
                         std::vector<Run> runs,
                         const RoomBook& rooms,
                         const resilience::Clock& clock) {
    cli::ReportReply reply;
    reply.now = resilience::since_epoch(clock.wall_now());
    std::reverse(runs.begin(), runs.end());
    if (request.verb == ReportVerb::kList) {
        runs.resize(std::min<std::size_t>(runs.size(), request.limit));
        for (auto& run : runs)
            reply.runs.push_back(item_of(std::move(run), rooms));
        return reply;
    }
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [&](const Run& run) { return is_called(run, request.run); });
    if (found == runs.end()) {
        reply.refusal = unknown(request.run);
    } else {
        reply.runs.push_back(item_of(std::move(*found), rooms));
    }
    return reply;
}

}  // namespace

cli::ReportReply reports_now(const cli::ReportRequest& request,
                             ReportRuns& runs,
                             const RoomBook& rooms,
                             const resilience::Clock& clock) {
    auto reply = look_up(request, runs.list(), rooms, clock);
    if (request.verb != ReportVerb::kRedrive || !reply.refusal.empty()) return reply;
    const auto redriven = runs.redrive(reply.runs.front().run.id);
    if (!redriven.ok()) {
        reply.refusal = redriven.error().message;
        return reply;
    }
    auto after = look_up(request, runs.list(), rooms, clock);
    after.redriven = redriven.value();
    return after;
}

Result<cli::ReportReply> stored_reports(const cli::ReportRequest& request,
                                        messaging::outbox::Outbox& outbox,
                                        const RoomBook& rooms,
                                        const resilience::Clock& clock) {
    if (request.verb == ReportVerb::kRedrive) {
        return resilience::permanent_error("only a running bot makes parts again");
    }
    std::vector<std::string> damaged;
    auto runs = ReportBook(outbox).load(damaged);
    if (!runs.ok()) return std::move(runs).error();
    return look_up(request, std::move(runs).value(), rooms, clock);
}

}  // namespace bot::service
