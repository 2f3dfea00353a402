#include "messaging/outbox/run.hpp"

#include <array>
#include <cstddef>

namespace messaging::outbox {

namespace {

constexpr std::array<std::string_view, 3> kKinds{"command", "schedule", "report"};
constexpr std::array<std::string_view, 7> kEnds{"running",   "ok",        "refused",    "failed",
                                                "timed_out", "cancelled", "interrupted"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names.at(i) == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(RunKind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

std::optional<RunKind> parse_run_kind(std::string_view name) {
    return parse<RunKind>(kKinds, name);
}

std::string_view to_string(RunEnd end) {
    return kEnds.at(static_cast<std::size_t>(end));
}

std::optional<RunEnd> parse_run_end(std::string_view name) {
    return parse<RunEnd>(kEnds, name);
}

}  // namespace messaging::outbox
