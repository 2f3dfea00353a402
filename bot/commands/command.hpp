#pragma once

#include "bot/charts/renderer.hpp"
#include "bot/commands/argument.hpp"
#include "bot/commands/confirmations.hpp"
#include "bot/commands/cool_down.hpp"
#include "bot/commands/progress.hpp"
#include "bot/config/config.hpp"
#include "bot/reports/run.hpp"
#include "bot/sources/reader.hpp"
#include "bot/text/scratch.hpp"
#include "messaging/content/message.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::commands {

/// Who asked what, where.
struct Invocation {
    std::string text;  ///< What was said, without the mention; see `spoken_text`.
    std::string person_id;
    std::string person_email;
    std::string person_name = {};  ///< Empty: the e-mail address stands for it.
    std::string room_id;
    std::string message_id = {};
    bool direct = false;  ///< A room of two, where no mention is needed.
    /// Requested when the asker takes the question back: the handler should end, its answer is
    /// dropped.
    std::stop_token stop = {};
    /// To be told of each attempt that follows another (progress.hpp); may be empty. Any thread.
    std::function<void(const Retrying&)> retrying = {};
    bool confirmed = false;  ///< The asker has said that it is meant.
};

/// What the bot answers, as messages in order.
struct Reply {
    std::vector<messaging::Message> messages = {};
    bool ok = true;           ///< False: the asker did not get what was asked for.
    std::string detail = {};  ///< For the log, when not ok; never shown in the room.
    std::string reason = {};  ///< For the ledger: why the asker was refused, or asked back.
    /// The card whose button was pressed has served and should go.
    bool card_served = false;
};

/// What handlers work with. Everything must outlive the handlers; all of it is safe to use from
/// many threads at once.
struct Services {
    const config::Config& config;
    const charts::Renderer& renderer;
    const sources::Reader& reader;
    const resilience::Clock& clock;
    const text::Scratch& scratch;  ///< For files that an answer needs.
    /// The answer to "status": a few lines of markdown about the whole service. Does not throw.
    std::function<std::string()> status;
    /// The answer to "why ID", for admins: the story of a delivery as markdown. Does not throw.
    std::function<std::string(const std::string& id)> why = {};
    /// Name of the configured room behind an id, or an empty text. Does not throw. Empty: none.
    std::function<std::string(const std::string& room_id)> room_name = {};
    /// Takes back what somebody waits for in a room; returns what that was. Empty: cannot be done.
    std::function<std::vector<std::string>(const std::string& room_id,
                                           const std::string& person_id)>
        cancel = {};
    /// Keeps people from asking too fast; null: nobody is.
    CoolDown* cool_down = nullptr;
    /// What waits for its asker to confirm it; null: what needs that is refused.
    Confirmations* confirmations = nullptr;
    /// A random number. Empty: none is needed.
    std::function<std::uint64_t()> chance = {};
    /// Posts messages into a room of the configuration, each once for its key. Blocks for the disk.
    std::function<resilience::Result<resilience::Done>(
        const std::string& room,
        const std::vector<messaging::Message>& messages,
        const std::string& key)>
        post = {};
    resilience::Instant started{};  ///< Of the service.
    /// Posts a report of several parts, part by part, into a room of the configuration, or that of
    /// the asker where `room` is empty; the question's message makes the run unique. Blocks for the
    /// disk. Empty: cannot be done.
    std::function<resilience::Result<resilience::Done>(
        const std::string& report, const std::string& room, const Invocation& invocation)>
        post_report = {};
    /// Runs of reports of several parts, oldest first. Empty: cannot be told.
    std::function<std::vector<reports::Run>()> report_runs = {};
    /// Makes the failed parts of a run again; returns how many. Blocks for the disk. Empty: cannot
    /// be done.
    std::function<resilience::Result<std::size_t>(const std::string& run)> redrive_report = {};
    /// When a report is next posted by itself, or nothing. Empty: cannot be told.
    std::function<std::optional<resilience::Clock::WallTime>(const std::string& report)> next_run =
        {};
};

/// Answers one command. Runs on a worker thread and may block for as long as drawing takes; what it
/// throws costs its asker one notice.
using Handler = std::function<Reply(const Invocation&, const Arguments&, const Services&)>;

/// What is asked back, as markdown, before the handler is called; empty: nothing. An error is told
/// to the asker instead, and the handler is not called. Must not change anything.
using AskBack = std::function<resilience::Result<std::string>(
    const Invocation&, const Arguments&, const Services&)>;

/// Whom a command is for, where the configuration does not say otherwise.
enum class Audience : std::uint8_t { kEverybody, kAdmins };

/// One command. What it takes is declared, so that it is checked before the handler is called, and
/// explained by `help`.
struct Command {
    std::string name;  ///< One word in lower case.
    std::vector<std::string> aliases = {};
    std::string summary;                   ///< One line for the list, without a full stop.
    std::vector<Argument> arguments = {};  ///< By position.
    std::vector<Argument> options = {};    ///< By name, "--last 6" or "last=6".
    std::string example = {};              ///< "chart mttr --weeks 6"; may be empty.
    Audience audience = Audience::kEverybody;
    /// Answered at once, whatever runs in its room. It must be quick.
    bool urgent = false;
    AskBack confirm = {};  ///< For what has an effect beyond its answer.
    Handler handler;
};

/// "chart [NAME] [--last N]": how a command is written, with its options or without.
std::string usage_of(const Command& command, bool with_options);

/// A reply of one markdown text.
Reply say(std::string markdown);
/// A reply of one markdown text that is not what was asked for.
Reply refuse(std::string markdown, std::string detail = {});

/// A reply to somebody who may not have what they asked for; `reason` is for the ledger.
Reply deny(std::string markdown, std::string reason);

/// For reading sources and drawing: ends when the asker takes the question back, and tells of
/// repeats. Refers to `invocation`.
sources::Watch watch_of(const Invocation& invocation);

/// Name of the asker for use in markdown: harmless, never empty.
std::string asker(const Invocation& invocation);

}  // namespace bot::commands
