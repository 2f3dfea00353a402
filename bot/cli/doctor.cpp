#include "bot/cli/doctor.hpp"

#include "bot/cli/timeline_text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace bot::cli {

using Level = Finding::Level;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::uint64_t kMegabyte = 1U << 20U;
constexpr std::uint64_t kDiskFail = 64 * kMegabyte;
constexpr std::uint64_t kDiskWarn = 512 * kMegabyte;
constexpr seconds kOldPending{600};
// The bot sweeps what nobody needs after an hour.
constexpr seconds kOrphanAge{std::chrono::hours{2}};
constexpr seconds kAlarmFresh{std::chrono::hours{24}};
constexpr std::size_t kNamedMax = 3;
// 2025-01-01: before this program was written.
constexpr milliseconds kEarliest{1'735'689'600'000};
constexpr milliseconds kClockSlack{60'000};

seconds age(milliseconds now, milliseconds then) {
    return std::chrono::duration_cast<seconds>(now - then);
}

std::string count(std::uint64_t number, const std::string& one, const std::string& many) {
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

class Doctor {
public:
    explicit Doctor(const Examined& examined)
        : seen_(examined), machine_(examined.machine), config_(examined.loaded.config) {}

    std::vector<Finding> run() {
        configuration();
        token();
        clock();
        state_dir();
        disk();
        store();
        alarms();
        return std::move(findings_);
    }

private:
    void ok(std::string about, std::string text) {
        findings_.push_back({Level::kOk, std::move(about), std::move(text), {}});
    }
    void warn(std::string about, std::string text, std::string cure) {
        findings_.push_back({Level::kWarn, std::move(about), std::move(text), std::move(cure)});
    }
    void fail(std::string about, std::string text, std::string cure) {
        findings_.push_back({Level::kFail, std::move(about), std::move(text), std::move(cure)});
    }

    static std::string place(const config::ConfigProblem& problem) {
        return problem.file + (problem.line > 0 ? ":" + std::to_string(problem.line) : "") + ": " +
               problem.what;
    }

    void configuration() {
        for (const auto& problem : seen_.loaded.problems)
            fail("configuration", place(problem), problem.cure);
        for (const auto& warning : seen_.loaded.warnings)
            warn("configuration", place(warning), warning.cure);
        if (!seen_.loaded.problems.empty()) return;
        ok("configuration",
           config_.config_file.empty() ? "in order, no file" : "in order, " + config_.config_file);
        if (config_.ops_room.empty()) {
            warn("alarms", "no room gets alarms", "set OPS_ROOM to a room that somebody reads");
        }
    }

    void token() {
        const auto& file = config_.access_token_file;
        if (!machine_.token_file_problem.empty()) {
            return fail("token", machine_.token_file_problem,
                        "put the bot's token into the file; a running bot takes it up by itself");
        }
        if (config_.access_token.empty()) {
            return fail("token", "there is none",
                        "set WEBEX_ACCESS_TOKEN or WEBEX_ACCESS_TOKEN_FILE");
        }
        if (machine_.token_file_open) {
            return warn("token", "other users may read " + file, "chmod 600 " + file);
        }
        ok("token", file.empty() ? "set" : "read from " + file);
    }

    void clock() {
        const auto newest = seen_.facts.ok() ? seen_.facts.value().newest : milliseconds{0};
        if (machine_.now < kEarliest) {
            return fail("clock", "it shows " + moment(machine_.now),
                        "set the clock: deadlines and TLS certificates depend on it");
        }
        if (newest > machine_.now + kClockSlack) {
            return warn("clock",
                        "it shows " + moment(machine_.now) + ", but a message was accepted at " +
                            moment(newest),
                        "check the clock; it has been set back");
        }
        ok("clock", moment(machine_.now));
    }

    void state_dir() {
        const auto& path = config_.state_dir;
        if (!machine_.state_dir_there) {
            return warn("state", path + " is not there",
                        "the bot makes it at its first start; or correct STATE_DIR");
        }
        if (!machine_.state_dir_writable) {
            return fail("state", path + " is not writable for this user",
                        "chown it to the bot's user, or set STATE_DIR");
        }
        if (!machine_.state_dir_private) {
            return warn("state", path + " is open to other users", "chmod 700 " + path);
        }
        ok("state", path);
    }

    void disk() {
        if (machine_.disk_size == 0) return;
        const auto free = std::to_string(machine_.disk_free / kMegabyte) + " MB free of " +
                          std::to_string(machine_.disk_size / kMegabyte);
        const std::string cure =
            "free some space: a full disk accepts no message (nothing accepted is lost)";
        if (machine_.disk_free < kDiskFail) return fail("disk", free, cure);
        if (machine_.disk_free < kDiskWarn) return warn("disk", free, cure);
        ok("disk", free);
    }

    void store() {
        if (!seen_.facts.ok()) {
            const auto& error = seen_.facts.error();
            if (error.rule == "store_missing") {
                return warn("store", "there is no outbox yet", "the bot makes it at its start");
            }
            if (error.rule == "store_in_use") {
                return warn("store", error.message, "ask again when that process is done");
            }
            return fail("store", error.message, "see docs/operations.md");
        }
        const auto& facts = seen_.facts.value();
        ok("store", seen_.owner ? "a bot runs and answers (its file is not checked meanwhile)"
                                : "no bot runs; the file is sound");
        queue(facts);
        holds(facts);
        dead(facts);
        spool(facts);
    }

    void queue(const StoreFacts& facts) {
        const auto& counts = facts.counts;
        auto text = std::to_string(counts.pending) + " pending, " + std::to_string(counts.sending) +
                    " sending, " + std::to_string(counts.uncertain) + " uncertain, " +
                    std::to_string(counts.delivered) + " delivered, " +
                    std::to_string(counts.dead) + " dead";
        if (counts.oldest_pending.count() == 0) return ok("queue", text);
        const auto waits = age(machine_.now, counts.oldest_pending);
        text += "; the oldest waits for " + span(std::max(waits, seconds{0}));
        if (waits < kOldPending) return ok("queue", text);
        warn("queue", text,
             seen_.owner ? "look with `stentor status` and `stentor why ID` for what holds it"
                         : "start the bot: `stentor serve`");
    }

    void holds(const StoreFacts& facts) {
        if (!facts.bot_hold.empty()) {
            fail("hold", "all sending is held: " + facts.bot_hold,
                 "mend that; sending goes on by itself, nothing is lost before its deadline");
        }
        for (const auto& hold : facts.holds) {
            warn("hold",
                 "messages to " + hold.destination + " are held since " + moment(hold.since),
                 hold.cure.empty() ? "add the bot to the room" : hold.cure);
        }
        if (facts.bot_hold.empty() && facts.holds.empty()) ok("hold", "nothing is held");
    }

    void dead(const StoreFacts& facts) {
        if (facts.undecided == 0) return ok("dead", "no dead letter waits for a decision");
        const bool more = facts.undecided >= kUndecidedMax;
        warn("dead",
             (more ? "more than " : "") +
                 count(facts.undecided, "message was not delivered", "messages were not delivered"),
             "`stentor dead list`, then `stentor dead redrive` or `stentor dead drop`");
    }

    void spool(const StoreFacts& facts) {
        std::set<std::string> there;
        for (const auto& file : machine_.spool)
            there.insert(file.name);
        std::vector<std::string> missing;
        for (const auto& hash : facts.files) {
            if (!there.contains(hash)) missing.push_back(hash);
        }
        std::set<std::string> known(facts.files.begin(), facts.files.end());
        known.insert(facts.dead_files.begin(), facts.dead_files.end());
        const auto orphans = static_cast<std::uint64_t>(std::count_if(
            machine_.spool.begin(), machine_.spool.end(),
            [&](const auto& file) { return file.age > kOrphanAge && !known.contains(file.name); }));
        if (!missing.empty()) {
            auto text = count(missing.size(), "file that is to be sent is missing:",
                              "files that are to be sent are missing:");
            for (std::size_t i = 0; i < std::min(missing.size(), kNamedMax); ++i)
                text += " " + missing[i];
            fail("spool", std::move(text),
                 "restore spool/ from a backup; without it these messages cannot be delivered");
        }
        if (orphans > 0) {
            warn("spool", count(orphans, "file that nobody needs", "files that nobody needs"),
                 "a running bot removes them within an hour");
        }
        if (machine_.spool_bytes > config_.spool_quota / 10 * 9) {
            warn("spool",
                 std::to_string(machine_.spool_bytes / kMegabyte) + " MB of " +
                     std::to_string(config_.spool_quota / kMegabyte) + " are used",
                 "raise SPOOL_QUOTA_MB, or drop dead letters with files");
        }
        if (missing.empty() && orphans == 0) {
            ok("spool", count(machine_.spool.size(), "file", "files") + ", all accounted for");
        }
    }

    void alarms() {
        if (!machine_.alarms.ok()) {
            return warn("alarms", machine_.alarms.error().message,
                        "run this as the bot's own user");
        }
        const auto& all = machine_.alarms.value();
        if (all.empty()) return ok("alarms", "none were written down");
        const auto& last = all.back();
        const auto text = count(all.size(), "alarm was", "alarms were") +
                          " written down, the last at " + moment(last.time) + ": " + last.text;
        // An old one is history; so is a hold that has healed.
        if (age(machine_.now, last.time) > kAlarmFresh || last.kind == "bot_released") {
            return ok("alarms", text);
        }
        warn("alarms", text,
             "read " + config_.state_dir + "/" + log::AlarmFile::kName +
                 "; remove it when that is dealt with");
    }

    const Examined& seen_;
    const Machine& machine_;
    const config::Config& config_;
    std::vector<Finding> findings_;
};

}  // namespace

std::string_view to_string(Level level) {
    constexpr std::array<std::string_view, 3> kNames{"ok", "warn", "FAIL"};
    return kNames.at(static_cast<std::size_t>(level));
}

std::vector<Finding> diagnose(const Examined& examined) {
    return Doctor(examined).run();
}

}  // namespace bot::cli
