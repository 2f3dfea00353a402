#include "bot/service/schedule_desk.hpp"

#include "bot/text/closest.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace bot::service {
namespace {

using ScheduleVerb = cli::ScheduleRequest::Verb;
using resilience::Done;
using resilience::Result;

Result<Done> change(const cli::ScheduleRequest& request, Timetable& timetable) {
    if (request.verb == ScheduleVerb::kRun) return timetable.run_now(request.name);
    return timetable.pause(request.name, request.verb == ScheduleVerb::kPause);
}

std::string no_such(const std::string& name, const std::vector<schedule::Status>& known) {
    std::vector<std::string> names;
    names.reserve(known.size());
    for (const auto& one : known)
        names.push_back(one.name);
    const auto near = text::closest(name, names);
    return "there is no schedule " + name +
           (near.empty() ? "; stentor schedule list names them" : "; did you mean " + near + "?");
}

}  // namespace

cli::ScheduleReply schedules_now(const cli::ScheduleRequest& request, Timetable& timetable) {
    cli::ScheduleReply reply;
    reply.schedules = timetable.status();
    if (request.verb == ScheduleVerb::kList) return reply;
    const auto named = [&](const auto& one) { return one.name == request.name; };
    if (std::none_of(reply.schedules.begin(), reply.schedules.end(), named)) {
        reply.refusal = no_such(request.name, reply.schedules);
        reply.schedules.clear();
        return reply;
    }
    if (auto changed = change(request, timetable); !changed.ok()) {
        reply.refusal = changed.error().message;
    }
    reply.schedules = timetable.status();
    std::erase_if(reply.schedules, [&](const auto& one) { return !named(one); });
    return reply;
}

}  // namespace bot::service
