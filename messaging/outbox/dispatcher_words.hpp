#pragma once

#include "messaging/outbox/dispatcher.hpp"

#include <chrono>
#include <utility>

namespace messaging::outbox {

// What the parts of the dispatcher say alike; nothing else needs it.

/// How long to rest where nothing is known to come.
inline constexpr auto kIdle = std::chrono::seconds{1};

inline Transition transition(const Intent& intent, State to, AttemptNote note, Now now) {
    Transition change;
    change.id = intent.id;
    change.attempt = intent.attempt;
    change.to = to;
    change.at = now.wall;
    change.note = std::move(note);
    return change;
}

inline Notice notice(Notice::Kind kind, const Intent& intent, const AttemptNote& note) {
    Notice said;
    said.kind = kind;
    said.id = intent.id;
    said.destination = intent.destination;
    said.attempt = intent.attempt;
    said.note = note;
    return said;
}

}  // namespace messaging::outbox
