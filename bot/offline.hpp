#pragma once

#include "bot/cli/verbs.hpp"

namespace bot {

/// What the operator's verbs do when no bot owns the state folder: each opens the store itself, for
/// a moment, and nothing is sent meanwhile. They fail with the rule `store_missing` when there is
/// no outbox (none is made) and `store_in_use` when a bot was quicker. They block.
resilience::Result<cli::DeadReply> run_dead_without_owner(const cli::ConfigOptions& options,
                                                          const cli::DeadRequest& request);
resilience::Result<cli::RecallReply> run_recall_without_owner(const cli::ConfigOptions& options,
                                                              const cli::RecallRequest& request);
resilience::Result<cli::ReleaseReply> run_release_without_owner(const cli::ConfigOptions& options,
                                                                const cli::ReleaseRequest& request);
resilience::Result<std::optional<cli::Timeline>> run_timeline_without_owner(
    const cli::ConfigOptions& options, messaging::outbox::DeliveryId id);
resilience::Result<cli::ReportReply> run_reports_without_owner(const cli::ConfigOptions& options,
                                                               const cli::ReportRequest& request);
resilience::Result<cli::RunsReply> run_runs_without_owner(const cli::ConfigOptions& options,
                                                          const cli::RunsRequest& request);
/// Checks the whole file first, which takes about a second for each gigabyte.
resilience::Result<cli::StoreFacts> run_facts_without_owner(const cli::ConfigOptions& options);

}  // namespace bot
