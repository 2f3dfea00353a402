#pragma once

#include "bot/reports/run.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// Most runs of reports of one answer; the bot keeps fifty that have ended.
inline constexpr std::uint32_t kReportRunsMax = 1'000;

/// Body of `POST /reports`: look at runs of reports of several parts, or have failed parts of one
/// made again.
struct ReportRequest {
    enum class Verb : std::uint8_t { kList, kShow, kRedrive };
    Verb verb = Verb::kList;
    std::string run = {};      ///< Id of the run, or its group; for all but kList.
    std::uint32_t limit = 20;  ///< For kList: at most so many, newest first.

    friend bool operator==(const ReportRequest&, const ReportRequest&) = default;
};

std::string_view to_string(ReportRequest::Verb verb);

/// Answer to a ReportRequest.
struct ReportReply {
    /// A run, and what people call its room; empty: as the run says.
    struct Item {
        reports::Run run;
        std::string room_name = {};
    };
    std::vector<Item> runs = {};       ///< Newest first; the one that was named.
    std::uint64_t redriven = 0;        ///< Parts that are made again.
    std::string refusal = {};          ///< Why nothing was done, for people.
    messaging::outbox::Millis now{0};  ///< On the bot's clock: what is late depends on it.
};

/// 0 done · 1 there is no such run, or nothing of it has failed.
int exit_code_for(const ReportReply& reply);

std::string to_json(const ReportRequest& request);
resilience::Result<ReportRequest> report_request_from_json(std::string_view body);
std::string to_json(const ReportReply& reply);
resilience::Result<ReportReply> report_reply_from_json(std::string_view body);
/// One run with its parts: a line of `stentor report list --json`.
std::string report_run_line(const ReportReply::Item& item, messaging::outbox::Millis now);

}  // namespace bot::cli
