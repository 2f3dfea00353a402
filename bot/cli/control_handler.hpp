#pragma once

#include "bot/cli/control_protocol.hpp"
#include "bot/cli/dead_protocol.hpp"
#include "bot/cli/facts_protocol.hpp"
#include "bot/cli/fan_out_protocol.hpp"
#include "bot/cli/recall_protocol.hpp"
#include "bot/cli/release_protocol.hpp"
#include "bot/cli/report_protocol.hpp"
#include "bot/cli/runs_protocol.hpp"
#include "bot/cli/schedule_protocol.hpp"
#include "messaging/http/server.hpp"
#include "resilience/result.hpp"

#include <functional>
#include <optional>

namespace bot::cli {

/// What the running bot does for the CLI. All are called on the server's thread and must not
/// block; each calls `done` once, now or later, on any thread.
struct ControlSources {
    /// Accepts a message and answers when it has ended or the wait is over. An error is answered
    /// as outcome `auth` when its class is kAuth, else `failed`.
    std::function<void(SendRequest, std::function<void(resilience::Result<SendReply>)> done)> send;
    std::function<void(std::function<void(resilience::Result<StatusReport>)> done)> status;
    /// Empty when there is no such delivery.
    std::function<void(messaging::outbox::DeliveryId,
                       std::function<void(resilience::Result<std::optional<Timeline>>)> done)>
        timeline;
    // Where one of these is empty its address is not known.
    std::function<void(FanOutRequest, std::function<void(resilience::Result<FanOutReply>)> done)>
        send_many = {};
    std::function<void(DeadRequest, std::function<void(resilience::Result<DeadReply>)> done)> dead =
        {};
    std::function<void(RecallRequest, std::function<void(resilience::Result<RecallReply>)> done)>
        recall = {};
    std::function<void(ReleaseRequest, std::function<void(resilience::Result<ReleaseReply>)> done)>
        release = {};
    std::function<void(ReportRequest, std::function<void(resilience::Result<ReportReply>)> done)>
        reports = {};
    std::function<void(ScheduleRequest,
                       std::function<void(resilience::Result<ScheduleReply>)> done)>
        schedules = {};
    std::function<void(RunsRequest, std::function<void(resilience::Result<RunsReply>)> done)> runs =
        {};
    std::function<void(std::function<void(resilience::Result<StoreFacts>)> done)> facts = {};
};

using ControlAnswer = std::function<void(messaging::http::ServerResponse)>;

/// Answers one request of the control socket: POST /send, POST /send-many, POST /dead,
/// POST /recall, POST /release, POST /reports, POST /runs, POST /schedules, GET /status, GET
/// /facts, GET /deliveries/ID. 400 names what is wrong with a request, 404 an unknown delivery or
/// address, 503 a source that failed.
void answer_control(const ControlSources& sources,
                    const messaging::http::ServerRequest& request,
                    const ControlAnswer& answer);

/// `answer_control` as a server's handler.
messaging::http::Server::Handler control_handler(ControlSources sources);

/// Options of a server on the control socket of this state folder.
messaging::http::ServerOptions control_server_options(const std::string& state_dir);

}  // namespace bot::cli
