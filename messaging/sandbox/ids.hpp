#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::sandbox {

/// A source of 64 random bits. Whoever passes the same one gets the same world.
using Random = std::function<std::uint64_t()>;

/// What a REST id says: base64 without padding of "ciscospark://<cluster>/<type>/<key>"
/// (seen in public clients; officially ids are opaque).
struct DecodedId {
    std::string cluster;
    std::string type;
    std::string key;
};

/// Builds the REST id, for example of ("us", "ROOM", uuid).
std::string encode_id(std::string_view cluster, std::string_view type, std::string_view key);

/// Reads a REST id, or nothing if it is none.
std::optional<DecodedId> decode_id(std::string_view id);

/// Is this a lower- or upper-case UUID in the usual 8-4-4-4-12 form?
bool is_uuid(std::string_view text);

/// A random (version 4) UUID.
std::string random_uuid(const Random& random);

/// A UUID (version 5 layout) that depends on `name` alone, so that people and rooms keep their ids
/// over restarts.
std::string name_uuid(std::string_view name);

}  // namespace messaging::sandbox
