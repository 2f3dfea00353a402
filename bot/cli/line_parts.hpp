#pragma once

#include "bot/cli/command_line.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

/// What the verbs' command lines are made of. For the .cpp files of this room.
namespace bot::cli {

void add_config(CLI::App& verb, ConfigOptions& into);
void add_json(CLI::App& verb, bool& into);
/// An option that takes a time such as 90, 90s, 15m or 2h of at most `max`.
void add_duration(CLI::App& verb,
                  const std::string& name,
                  std::optional<std::chrono::seconds>& into,
                  std::chrono::seconds max,
                  const std::string& text);
/// Positional ids of deliveries (or groups, which look alike), at least `min`.
void add_ids(CLI::App& verb,
             std::vector<messaging::outbox::DeliveryId>& into,
             int min,
             const std::string& text);

void add_dead(CLI::App& app, DeadOptions& options);
void add_recall(CLI::App& app, RecallOptions& options);
void add_release(CLI::App& app, ReleaseOptions& options);
void add_report(CLI::App& app, ReportOptions& options);
void add_runs(CLI::App& app, RunsOptions& options);
void add_schedule(CLI::App& app, ScheduleOptions& options);
void add_doctor(CLI::App& app, DoctorOptions& options);

}  // namespace bot::cli
