#include "bot/log/log.hpp"

#include "bot/log/append_file.hpp"
#include "bot/log/line.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

namespace bot::log {
namespace {

using config::LogFormat;
using config::LogLevel;
namespace level = spdlog::level;

constexpr const char* kOwnLogger = "stentor";
constexpr const char* kLibraryLogger = "library";

LogLevel from_spdlog(level::level_enum value) {
    if (value >= level::err) return LogLevel::kError;
    if (value == level::warn) return LogLevel::kWarn;
    return value == level::info ? LogLevel::kInfo : LogLevel::kDebug;
}

level::level_enum to_spdlog(LogLevel value) {
    switch (value) {
        case LogLevel::kDebug:
            return level::debug;
        case LogLevel::kInfo:
            return level::info;
        case LogLevel::kWarn:
            return level::warn;
        case LogLevel::kError:
            break;
    }
    return level::err;
}

void write_to(std::FILE* stream, std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stream);
    std::fflush(stream);
}

/// Writes whole lines to every place; its base holds the lock.
class Places final : public spdlog::sinks::base_sink<std::mutex> {
public:
    Places(const Options& options, std::shared_ptr<const Redaction> redaction)
        : format_(options.format),
          standard_output_(options.standard_output),
          redaction_(std::move(redaction)) {
        if (!options.file.empty()) file_.emplace(options.file);
    }

protected:
    void sink_it_(const spdlog::details::log_msg& msg) override {
        const std::string_view logger(msg.logger_name.data(), msg.logger_name.size());
        const std::string_view text(msg.payload.data(), msg.payload.size());
        const LineHead head{msg.time, logger, from_spdlog(msg.level)};
        // Our own lines come with a finished body, those of libraries as bare text.
        const auto line =
            logger == kOwnLogger
                ? render_line(format_, head, text)
                : render_line(format_, head, render_body(format_, text, {}, *redaction_));
        if (standard_output_) write_to(stdout, line);
        if (file_) append_to_file(line);
    }

    void flush_() override {}  // every line is written at once

private:
    void append_to_file(std::string_view line) {
        const int error = file_->append(line);
        if (error != 0 && !file_failing_) {
            write_to(stderr, "stentor: cannot write the log file " + file_->path() + ": " +
                                 std::generic_category().message(error) +
                                 ". Free space or correct LOG_FILE and its permissions; logging "
                                 "goes on without it until then.\n");
        }
        file_failing_ = error != 0;
        if (file_failing_ && !standard_output_) write_to(stderr, line);
    }

    LogFormat format_;
    bool standard_output_;
    std::shared_ptr<const Redaction> redaction_;
    std::optional<AppendFile> file_;
    bool file_failing_ = false;
};

/// Before `open`: only what must not be lost, and not mixed with a program's output.
class StandardError final : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& msg) override {
        const LineHead head{msg.time, kOwnLogger, from_spdlog(msg.level)};
        write_to(stderr, render_line(LogFormat::kHuman, head,
                                     std::string_view(msg.payload.data(), msg.payload.size())));
    }
    void flush_() override {}
};

/// Everything one `open` made; a call that logs keeps it alive until it is done.
struct Log {
    LogFormat format = LogFormat::kHuman;
    std::shared_ptr<Redaction> redaction = std::make_shared<Redaction>(std::vector<std::string>{});
    std::shared_ptr<const resilience::Clock> clock = std::make_shared<resilience::SystemClock>();
    std::shared_ptr<spdlog::logger> logger;
};

// A process has one log, as it has one standard output; passing it through every constructor would
// tell a reader nothing.
struct CurrentLog {
    std::mutex mutex;
    std::shared_ptr<const Log> log;
};

CurrentLog& current_log() {
    static CurrentLog current;
    return current;
}

std::shared_ptr<const Log> log_before_open() {
    auto log = std::make_shared<Log>();
    log->logger = std::make_shared<spdlog::logger>(kOwnLogger, std::make_shared<StandardError>());
    log->logger->set_level(level::warn);
    return log;
}

std::shared_ptr<const Log> current() {
    auto& holder = current_log();
    const std::lock_guard lock(holder.mutex);
    if (!holder.log) holder.log = log_before_open();
    return holder.log;
}

void write(level::level_enum severity, std::string_view message, Fields fields) noexcept {
    try {
        const auto log = current();
        if (!log->logger->should_log(severity)) return;
        const auto body = render_body(log->format, message, fields, *log->redaction);
        log->logger->log(log->clock->wall_now(), spdlog::source_loc{}, severity,
                         spdlog::string_view_t(body.data(), body.size()));
    } catch (...) {  // out of memory: this line is lost, the caller's work is not
    }
}

}  // namespace

void open(const Options& options) noexcept {
    try {
        auto log = std::make_shared<Log>();
        log->format = options.format;
        log->redaction = std::make_shared<Redaction>(options.secrets);
        if (options.clock) log->clock = options.clock;
        const auto places = std::make_shared<Places>(options, log->redaction);
        log->logger = std::make_shared<spdlog::logger>(kOwnLogger, places);
        log->logger->set_level(to_spdlog(options.level));

        auto library = std::make_shared<spdlog::logger>(kLibraryLogger, places);
        library->set_level(level::warn);
        spdlog::set_default_logger(std::move(library));

        auto& holder = current_log();
        const std::lock_guard lock(holder.mutex);
        holder.log = std::move(log);
    } catch (...) {
        write_to(stderr, "stentor: no memory to open the log; warnings go to standard error\n");
    }
}

void hide(const std::string& secret) noexcept {
    try {
        current()->redaction->add(secret);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; who logs it comes after this
    }
}

void debug(std::string_view message, Fields fields) noexcept {
    write(level::debug, message, fields);
}
void info(std::string_view message, Fields fields) noexcept {
    write(level::info, message, fields);
}
void warn(std::string_view message, Fields fields) noexcept {
    write(level::warn, message, fields);
}
void error(std::string_view message, Fields fields) noexcept {
    write(level::err, message, fields);
}

}  // namespace bot::log
