#include "bot/sources/attempt.hpp"
#include "bot/sources/child.hpp"

#include <filesystem>
#include <utility>

namespace bot::sources {
namespace {

// sysexits.h: "temporary failure, user is invited to retry".
constexpr std::string_view kTryLater = "ended with status 75";

}  // namespace

resilience::Result<Reading> read_program(const Program& program, const Attempt& attempt) {
    const Command command{
        .program = program.words.front(),
        .arguments = {program.words.begin() + 1, program.words.end()},
        .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"},
        .time_max = attempt.spec.attempt_timeout,
        .memory_max = program.memory_max,
        .output_max = attempt.spec.format == Format::kPng ? kPictureMax : kDataMax,
        .stop = attempt.stop,
    };
    auto output = run_child(command, attempt.clock);
    const auto name = std::filesystem::path(program.words.front()).filename().string();
    if (!output.ok()) {
        const auto& text = output.error().message;
        resilience::FailureInfo info;
        info.message = text;
        auto verdict = attempt.classifier.classify(info, attempt.clock.wall_now());
        const bool later = text.find(kTryLater) != std::string::npos ||
                           text.find("took longer than") != std::string::npos;
        if (later) verdict = {resilience::ErrorClass::kTransient, {}, "program_try_later"};
        auto error = resilience::to_error(verdict, "its program " + name + " failed");
        error.message += later ? ", it may work later" : "";
        return error;
    }
    if (output.value().bytes.empty()) {
        return resilience::permanent_error("its program " + name + " wrote nothing");
    }
    return decode(attempt.spec, std::move(output.value().bytes), attempt.clock.wall_now());
}

}  // namespace bot::sources
