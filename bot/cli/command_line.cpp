#include "bot/cli/command_line.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/line_parts.hpp"
#include "bot/text/closest.hpp"
#include "bot/version.hpp"

#include <CLI/CLI.hpp>

#include <sstream>
#include <utility>
#include <vector>

namespace bot::cli {

namespace outbox = messaging::outbox;

namespace {

constexpr int kPortMax = 65'535;

// The options of every verb; the verb that was named is taken out at the end.
struct Draft {
    ServeOptions serve;
    SandboxVerbOptions sandbox;
    SendVerbOptions send;
    ClassifyOptions classify;
    CheckConfigOptions check_config;
    StatusOptions status;
    WhyOptions why;
    VersionOptions version;
    DeadOptions dead;
    RecallOptions recall;
    ReleaseOptions release;
    ReportOptions report;
    RunsOptions runs;
    ScheduleOptions schedule;
    DoctorOptions doctor;
    bool backoff_jsonl = false;
    std::vector<std::string> words;
};

void add_port(CLI::App& verb, std::optional<std::uint16_t>& into, const std::string& text) {
    verb.add_option_function<int>(
            "--port", [&into](int port) { into = static_cast<std::uint16_t>(port); }, text)
        ->check(CLI::Range(0, kPortMax))
        ->type_name("N");
}

void add_serve(CLI::App& app, Draft& draft) {
    auto& verb = *app.add_subcommand("serve", "Run the bot until Ctrl-C or SIGTERM");
    add_config(verb, draft.serve.config);
    add_port(verb, draft.serve.port, "Port of the bot's HTTP server; 0: the system chooses");
    verb.add_option("--ready-file", draft.serve.ready_file, "Written once the bot serves")
        ->type_name("FILE");
    verb.add_flag("--standby", draft.serve.standby,
                  "While another process owns the state folder wait for it to end, then take over");
    verb.add_flag("--start-empty", draft.serve.start_empty,
                  "When the outbox is damaged put it aside under a new name and start empty");
    verb.add_option("--page-origin", draft.serve.page_origin,
                    "Let the page of this origin list deliveries (for the demo)")
        ->type_name("URL");
}

void add_sandbox(CLI::App& app, Draft& draft) {
    auto& verb = *app.add_subcommand("sandbox", "Run a Webex on loopback, with a chat page");
    add_config(verb, draft.sandbox.config);
    add_port(verb, draft.sandbox.port, "Port to start looking at [8300]; 0: the system chooses");
    verb.add_option("--web-root", draft.sandbox.web_root, "Folder of the chat page")
        ->type_name("DIR");
    verb.add_option("--faults", draft.sandbox.faults,
                    "Fault plan as JSON: misfortunes to play (docs/sandbox.md)")
        ->type_name("FILE");
    verb.add_option("--bot-url", draft.sandbox.bot_url, "Address of the bot, for the chat page")
        ->type_name("URL");
    verb.add_option("--ready-file", draft.sandbox.ready_file,
                    "Written once it serves: SANDBOX_URL, WEBEX_API_BASE_URL, WEBEX_ACCESS_TOKEN")
        ->type_name("FILE");
    verb.add_flag("--fresh", draft.sandbox.fresh, "Forget all rooms and messages first");
}

// Keeps the targets of one kind in the order in which they were given.
void add_target(CLI::Option_group& group,
                const std::string& name,
                std::string SendRequest::*field,
                std::vector<SendRequest>& into,
                const std::string& text) {
    group
        .add_option_function<std::vector<std::string>>(
            name,
            [&into, field](const std::vector<std::string>& values) {
                for (const auto& value : values)
                    into.emplace_back().*field = value;
            },
            text)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_send(CLI::App& app, Draft& draft) {
    auto& verb = *app.add_subcommand("send", "Hand a message to the running bot and wait for it");
    auto& request = draft.send.request;
    add_config(verb, draft.send.config);
    auto& target = *verb.add_option_group("Destination", "At least one; each may be repeated");
    add_target(target, "--room", &SendRequest::room, draft.send.targets,
               "Name from the configuration, or a room id");
    add_target(target, "--person", &SendRequest::person, draft.send.targets, "Person id");
    add_target(target, "--email", &SendRequest::email, draft.send.targets, "E-mail address");
    target.require_option(1, 0);
    auto& content = *verb.add_option_group("Content", "At least one");
    content.add_option("--markdown", request.markdown, "Markdown; - reads standard input");
    content.add_option("--text", request.text, "Plain text; - reads standard input");
    content.add_option("--file", request.files, "A file; may be given several times")
        ->type_name("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    content.add_option("--card", draft.send.card_file, "File with an Adaptive Card (JSON)")
        ->type_name("FILE");
    content.require_option(1, 0);
    verb.add_option("--parent", request.parent, "Message id to answer in its thread")
        ->type_name("ID");
    verb.add_option("--key", request.key, "Idempotency key: the same key and content is sent once");
    verb.add_option_function<std::string>(
            "--priority",
            [&request](const std::string& name) {
                request.priority = outbox::parse_priority(name).value_or(request.priority);
            },
            "Which lane it takes [report]")
        ->check(CLI::IsMember({"reply", "alert", "report", "bulk"}));
    verb.add_option_function<std::string>(
            "--policy",
            [&request](const std::string& name) {
                request.policy = name == "prefer_delivery"
                                     ? outbox::UncertainPolicy::kPreferDelivery
                                     : outbox::UncertainPolicy::kPreferOnce;
            },
            "When nobody can tell whether it arrived: give up or repeat")
        ->check(CLI::IsMember({"prefer_once", "prefer_delivery"}));
    add_duration(verb, "--wait", request.wait, kWaitMax, "How long to wait for the outcome [30s]");
    add_duration(verb, "--deadline", request.deadline, kDeadlineMax,
                 "When to give the message up [1h]");
    add_json(verb, draft.send.json);
}

void add_questions(CLI::App& app, Draft& draft) {
    auto& status = *app.add_subcommand("status", "Ask the running bot how it does");
    add_config(status, draft.status.config);
    add_json(status, draft.status.json);
    auto& why = *app.add_subcommand("why", "Tell the story of one delivery");
    add_config(why, draft.why.config);
    add_json(why, draft.why.json);
    why.add_option_function<std::string>(
           "id",
           [&draft](const std::string& text) {
               const auto id = outbox::parse_delivery_id(text);
               if (!id) {
                   throw CLI::ValidationError(
                       "id", "\"" + text + "\" is not a delivery id (thirteen letters and digits)");
               }
               draft.why.id = *id;
           },
           "Delivery id, as printed by send")
        ->required();
    auto& check = *app.add_subcommand("check-config", "List every mistake in the configuration");
    add_config(check, draft.check_config.config);
    add_json(check, draft.check_config.json);
    auto& version = *app.add_subcommand("version", "Print the version");
    add_json(version, draft.version.json);
}

void add_filters(CLI::App& app, Draft& draft) {
    auto& classify = *app.add_subcommand("classify", "Say what an error text means for a retry");
    auto* text = classify.add_option("text", draft.words, "An error text");
    classify.add_option("--profile", draft.classify.profile, "Table of rules")
        ->check(CLI::IsMember({"default", "webex", "strict", "literal"}))
        ->capture_default_str();
    classify
        .add_option("--config", draft.classify.config_file,
                    "Configuration file, for the rules under retry")
        ->type_name("FILE");
    auto* jsonl =
        classify
            .add_flag("--jsonl", draft.classify.jsonl,
                      "Read failures as JSON lines from standard input, print one line each")
            ->excludes(text);
    classify
        .add_flag("--matrix", draft.classify.matrix,
                  "Read failures with their expected class, print what they are taken for")
        ->excludes(text)
        ->excludes(jsonl);
    auto& backoff = *app.add_subcommand("backoff", "Compute delays for a retry");
    backoff
        .add_flag("--jsonl", draft.backoff_jsonl,
                  "Read cases as JSON lines from standard input, print one line each")
        ->required();
}

SendVerbOptions with_targets(SendVerbOptions send) {
    auto& request = send.request;
    const auto first = send.targets.front();
    send.targets.erase(send.targets.begin());
    request.room = first.room;
    request.person = first.person;
    request.email = first.email;
    return send;
}

Command taken(const std::string& verb, Draft& draft) {
    if (verb == "serve") return draft.serve;
    if (verb == "sandbox") return draft.sandbox;
    if (verb == "send") return with_targets(std::move(draft.send));
    if (verb == "classify") {
        for (const auto& word : draft.words) {
            if (!draft.classify.text.empty()) draft.classify.text += ' ';
            draft.classify.text += word;
        }
        return draft.classify;
    }
    if (verb == "backoff") return BackoffOptions{};
    if (verb == "check-config") return draft.check_config;
    if (verb == "status") return draft.status;
    if (verb == "why") return draft.why;
    if (verb == "dead") return draft.dead;
    if (verb == "recall") return draft.recall;
    if (verb == "release") return draft.release;
    if (verb == "report") return draft.report;
    if (verb == "runs") return draft.runs;
    if (verb == "schedule") return draft.schedule;
    if (verb == "doctor") return draft.doctor;
    return draft.version;
}

ParsedLine usage(std::string text) {
    ParsedLine line;
    line.exit_code = kExitUsage;
    line.err = std::move(text);
    return line;
}

// CLI11 says of an unknown verb that it was not expected; people want the one they meant.
std::optional<ParsedLine> unknown_verb(const CLI::App& app, int argc, const char* const* argv) {
    if (argc < 2) return usage(app.help());
    const std::string word = argv[1];
    if (word.empty() || word.front() == '-') return std::nullopt;
    std::vector<std::string> verbs;
    for (const auto* verb : app.get_subcommands({}))
        verbs.push_back(verb->get_name());
    if (std::find(verbs.begin(), verbs.end(), word) != verbs.end()) return std::nullopt;
    const auto meant = text::closest(word, verbs);
    return usage("stentor: there is no command \"" + word + "\"" +
                 (meant.empty() ? "" : "; did you mean \"" + meant + "\"?") +
                 "\nRun with --help for the list.\n");
}

}  // namespace

ParsedLine parse_command_line(int argc, const char* const* argv) {
    CLI::App app("Stentor, a Webex bot and notification service whose messages arrive", "stentor");
    app.set_version_flag("--version", "stentor " + std::string(version()));
    app.require_subcommand(1);
    Draft draft;
    add_serve(app, draft);
    add_sandbox(app, draft);
    add_send(app, draft);
    add_questions(app, draft);
    add_dead(app, draft.dead);
    add_recall(app, draft.recall);
    add_release(app, draft.release);
    add_report(app, draft.report);
    add_runs(app, draft.runs);
    add_schedule(app, draft.schedule);
    add_doctor(app, draft.doctor);
    add_filters(app, draft);
    if (auto line = unknown_verb(app, argc, argv)) return *std::move(line);
    ParsedLine line;
    try {
        app.parse(argc, argv);
        const auto verb = app.get_subcommands().front()->get_name();
        const bool reads_lines = draft.classify.jsonl || draft.classify.matrix;
        if (verb == "classify" && !reads_lines && draft.words.empty()) {
            return usage("stentor classify: give an error text, or --jsonl, or --matrix\n");
        }
        line.command = taken(verb, draft);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        line.exit_code = app.exit(error, out, err) == 0 ? kExitOk : kExitUsage;
        line.out = out.str();
        line.err = err.str();
    }
    return line;
}

}  // namespace bot::cli
