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
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bot::cli {

/// Talks to the bot that owns a state folder. All functions block; an error with rule kNoOwner
/// (unix_http.hpp) says that no bot is running there.
class ControlClient {
public:
    /// `clock` must outlive the client.
    ControlClient(const std::string& state_dir, const resilience::Clock& clock);

    /// Waits for the outcome as long as the request says (else 30 s), and ten seconds more for the
    /// bot to say so. When the answer is lost the message may have been accepted: class ambiguous.
    resilience::Result<SendReply> send(const SendRequest& request) const;
    /// As `send`, for many targets.
    resilience::Result<FanOutReply> send_many(const FanOutRequest& request) const;
    resilience::Result<StatusReport> status() const;
    /// Waits up to two minutes: there may be many.
    resilience::Result<DeadReply> dead(const DeadRequest& request) const;
    /// Waits as long as Webex may take for each message of a large batch: half an hour.
    resilience::Result<RecallReply> recall(const RecallRequest& request) const;
    resilience::Result<ReleaseReply> release(const ReleaseRequest& request) const;
    resilience::Result<ReportReply> reports(const ReportRequest& request) const;
    resilience::Result<ScheduleReply> schedules(const ScheduleRequest& request) const;
    resilience::Result<RunsReply> runs(const RunsRequest& request) const;
    resilience::Result<StoreFacts> facts() const;
    /// Empty when the bot does not know the delivery.
    resilience::Result<std::optional<Timeline>> timeline(messaging::outbox::DeliveryId id) const;

private:
    template <class Reply>
    resilience::Result<Reply> ask(std::string method,
                                  std::string path,
                                  std::string body,
                                  std::chrono::seconds timeout,
                                  resilience::Result<Reply> (*read)(std::string_view)) const;

    std::string socket_path_;
    const resilience::Clock& clock_;
};

}  // namespace bot::cli
