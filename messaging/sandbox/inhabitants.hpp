#pragma once

#include "messaging/sandbox/sandbox.hpp"
#include "messaging/sandbox/world.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <vector>

namespace messaging::sandbox {

// Puts into the world what the options describe. What is there already (from a journal) is kept.

/// The people and their tokens. Gives the first one who is no bot, whom the chat page plays; null
/// if there is none. Fails when two have the same token.
resilience::Result<const Person*> add_people(World& world,
                                             const std::vector<SandboxPerson>& people,
                                             std::int64_t now_ms);

/// The rooms, made by `creator`, who may be null. Fails when a member is not among the people, or a
/// direct room has not two.
resilience::Result<resilience::Done> add_rooms(World& world,
                                               const std::vector<SandboxRoom>& rooms,
                                               const Person* creator,
                                               std::int64_t now_ms);

/// Who posts for an incoming webhook, and where.
struct Poster {
    const Person* person = nullptr;
    Room* room = nullptr;
};
/// Fails when the room is not there.
resilience::Result<Poster> add_poster(World& world,
                                      const SandboxIncoming& incoming,
                                      std::int64_t now_ms);

}  // namespace messaging::sandbox
