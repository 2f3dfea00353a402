#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/unix_http.hpp"
#include "bot/cli/verbs.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <utility>

namespace bot::cli {

namespace fs = std::filesystem;
using resilience::Done;
using resilience::permanent_error;
using resilience::Result;

namespace {

// Far above what Webex takes in one message; the rest would be split into hundreds.
constexpr std::size_t kTextLimit = 1U << 20U;

Result<std::string> read_limited(std::istream& in, const std::string& what) {
    std::string text;
    char c = 0;
    while (text.size() <= kTextLimit && in.get(c))
        text += c;
    if (text.size() > kTextLimit) {
        return permanent_error(what + " has more than " + std::to_string(kTextLimit) +
                               " bytes; send it as a file");
    }
    return text;
}

Result<Done> fill_from_stdin(SendRequest& request, std::istream& in) {
    if (request.markdown == "-" && request.text == "-") {
        return permanent_error("standard input can be --markdown or --text, not both");
    }
    for (auto* field : {&request.markdown, &request.text}) {
        if (*field != "-") continue;
        auto text = read_limited(in, "standard input");
        if (!text.ok()) return std::move(text).error();
        *field = std::move(text).value();
        if (field->empty()) return permanent_error("standard input was empty: nothing to send");
    }
    return Done{};
}

Result<Done> fill_card(SendRequest& request, const std::string& path) {
    if (path.empty()) return Done{};
    std::ifstream file(path);
    if (!file) return permanent_error("--card: cannot read " + path);
    auto text = read_limited(file, path);
    if (!text.ok()) return std::move(text).error();
    const auto card = nlohmann::json::parse(text.value(), nullptr, false);
    if (!card.is_object()) {
        return permanent_error("--card: " + path +
                               " does not hold an Adaptive Card (a JSON object)");
    }
    request.card = std::move(text).value();
    return Done{};
}

// The bot has another working folder than the caller.
Result<Done> make_absolute(std::vector<std::string>& files) {
    if (files.size() > kFilesMax) {
        return permanent_error("--file: at most " + std::to_string(kFilesMax) + " files");
    }
    for (auto& path : files) {
        std::error_code error;
        if (!fs::is_regular_file(path, error)) {
            return permanent_error("--file: " + path + " is not there or not a file");
        }
        path = fs::absolute(path, error).lexically_normal().string();
    }
    return Done{};
}

Result<Done> complete(SendVerbOptions& options, std::istream& in) {
    auto& request = options.request;
    if (auto done = fill_from_stdin(request, in); !done.ok()) return done;
    if (auto done = fill_card(request, options.card_file); !done.ok()) return done;
    const auto blank = [](const std::string& text) {
        return text.find_first_not_of(" \t\r\n") == std::string::npos;
    };
    if (blank(request.markdown) && blank(request.text) && request.card.empty() &&
        request.files.empty()) {
        return permanent_error(
            "nothing to send: give --markdown or --text with something in it, --card or --file");
    }
    return make_absolute(request.files);
}

int print_reply(const SendReply& reply, bool json, const Terminal& terminal) {
    if (json) {
        terminal.out << to_json(reply) << "\n";
        return exit_code_for(reply.outcome);
    }
    auto& stream = reply.outcome == SendOutcome::kFailed ? terminal.err : terminal.out;
    stream << to_string(reply.outcome);
    if (!reply.id.empty()) stream << " " << reply.id;
    if (!reply.message_id.empty()) stream << " " << reply.message_id;
    if (!reply.detail.empty()) stream << ": " << reply.detail;
    stream << "\n";
    if (!reply.id.empty() && reply.outcome != SendOutcome::kDelivered) {
        terminal.err << "ask again with: stentor why " << reply.id << "\n";
    }
    return exit_code_for(reply.outcome);
}

int print_many(const FanOutReply& reply, bool json, const Terminal& terminal) {
    if (json) {
        terminal.out << to_json(reply) << "\n";
        return exit_code_for(reply);
    }
    for (const auto& item : reply.items) {
        auto& stream = item.reply.outcome == SendOutcome::kFailed ? terminal.err : terminal.out;
        stream << item.to << ": " << to_string(item.reply.outcome);
        if (!item.reply.id.empty()) stream << " " << item.reply.id;
        if (!item.reply.message_id.empty()) stream << " " << item.reply.message_id;
        if (!item.reply.detail.empty()) stream << ": " << item.reply.detail;
        stream << "\n";
    }
    terminal.out << reply.state << ", group " << reply.group << "\n";
    return exit_code_for(reply);
}

int print_failure(const char* outcome,
                  const std::string& detail,
                  int exit_code,
                  bool json,
                  const Terminal& terminal) {
    if (json) {
        const nlohmann::json body{{"outcome", outcome}, {"detail", detail}};
        terminal.out << body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
        terminal.err << "stentor send: " << detail << "\n";
    }
    return exit_code;
}

int print_error(const resilience::Error& error,
                const SendVerbOptions& options,
                const Terminal& terminal) {
    if (error.rule == kNothingAccepted) {
        return print_failure("unavailable", error.message, kExitUnavailable, options.json,
                             terminal);
    }
    if (error.cls == resilience::ErrorClass::kAuth) {
        return print_failure("auth", error.message, kExitAuth, options.json, terminal);
    }
    if (error.cls == resilience::ErrorClass::kPermanent) {
        return print_failure("failed", error.message, kExitFailed, options.json, terminal);
    }
    const std::string cure = options.request.key.empty()
                                 ? "; it may have been accepted: look with `stentor status`"
                                 : "; repeat it with the same --key, it will not double";
    return print_failure("uncertain", error.message + cure, kExitTryLater, options.json, terminal);
}

}  // namespace

int run_send(SendVerbOptions options,
             const Terminal& terminal,
             const World& world,
             const Actions& actions) {
    if (auto done = complete(options, terminal.in); !done.ok()) {
        return print_failure("usage", done.error().message, kExitUsage, options.json, terminal);
    }
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    auto& request = options.request;
    if (!request.wait) request.wait = std::min(config->delivery_wait, kWaitMax);
    const ControlClient client(config->state_dir, world.clock);
    const auto nobody = [&] {
        return print_failure("unavailable",
                             "no bot runs with the state folder " + config->state_dir +
                                 "; start one with `stentor serve`, or name its folder with "
                                 "--state-dir",
                             kExitUnavailable, options.json, terminal);
    };
    if (!options.targets.empty()) {
        const FanOutRequest many{request, options.targets};
        const auto& alone = actions.send_many_without_owner;
        auto reply = client.send_many(many);
        if (without_owner(reply)) {
            if (!alone) return nobody();
            reply = alone(options.config, many);
        }
        return reply.ok() ? print_many(reply.value(), options.json, terminal)
                          : print_error(reply.error(), options, terminal);
    }
    auto reply = client.send(request);
    if (without_owner(reply)) {
        if (!actions.send_without_owner) return nobody();
        reply = actions.send_without_owner(options.config, request);
    }
    return reply.ok() ? print_reply(reply.value(), options.json, terminal)
                      : print_error(reply.error(), options, terminal);
}

}  // namespace bot::cli
