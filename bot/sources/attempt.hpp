#pragma once

#include "bot/sources/csv.hpp"
#include "bot/sources/reading.hpp"
#include "bot/sources/spec.hpp"
#include "messaging/http/client_pool.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace bot::sources {

/// Most bytes of data, and of a picture (what Webex shows a preview of).
inline constexpr std::size_t kDataMax = 4U << 20U;
inline constexpr std::size_t kPictureMax = 1U << 20U;

/// What one attempt at a source works with.
struct Attempt {
    const Spec& spec;
    messaging::http::BlockingClient& calls;
    resilience::Clock& clock;
    const resilience::Classifier& classifier;
    std::stop_token stop;
};

// One attempt each, for `Reader`. All block for `attempt_timeout` at most, and fail with a reason
// for the room, classified.

resilience::Result<Reading> read_file(const File& file, const Attempt& attempt);
resilience::Result<Reading> read_url(const Url& url, const Attempt& attempt);
resilience::Result<Reading> read_prometheus(const Prometheus& server, const Attempt& attempt);
resilience::Result<Reading> read_sqlite(const Sqlite& database, const Attempt& attempt);
resilience::Result<Reading> read_program(const Program& program, const Attempt& attempt);

/// The bytes of a file, a URL or a program in the format the source has: a table, or a picture as
/// it is. Fails with a reason that begins with "its data is broken".
resilience::Result<Reading> decode(const Spec& spec,
                                   std::string bytes,
                                   resilience::Clock::WallTime as_of);

/// The body of a GET that answered 200, of one of the content types (all that begin with one of
/// `types`; an answer without one passes) and of at most `size_max` bytes.
struct Page {
    std::string body;
    std::string last_modified;  ///< The header's value; may be empty.
};
resilience::Result<Page> get(const std::string& url,
                             const std::string& token_file,
                             std::span<const std::string_view> types,
                             std::size_t size_max,
                             const Attempt& attempt);

}  // namespace bot::sources
