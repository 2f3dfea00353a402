#pragma once

#include "messaging/content/message.hpp"
#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::outbox {

/// Copies of the files that deliveries will send, named by the SHA-256 of their bytes: every
/// attempt sends the same bytes, whatever happens to the original, and the same file for ten rooms
/// lies here once.
///
/// References are counted by the store: `sweep` removes what no delivery needs. Files are readable
/// by their owner alone. Thread-safe.
class Spool {
public:
    /// Makes the folder when it is missing. `quota` bounds the bytes of all files together.
    static resilience::Result<std::unique_ptr<Spool>> open(std::string folder, std::uint64_t quota);

    /// Copies a file in and makes it durable (file and folder are fsynced). Blocks on the disk.
    /// Fails when the file is missing, empty, unreadable or no regular file, or the quota would be
    /// exceeded; then nothing is left behind.
    resilience::Result<SpooledFile> add(const File& file);

    /// The same for bytes in memory, under the name `name`.
    resilience::Result<SpooledFile> add_bytes(std::string_view bytes, const std::string& name);

    /// Where the file with this hash lies; it need not exist.
    std::string path(const std::string& hash) const { return folder_ + "/" + hash; }

    /// Removes files that are not in `in_use` and drafts of a crash, if they were last written
    /// before `older_than` (milliseconds since 1970-01-01 UTC). Returns how many went.
    resilience::Result<std::size_t> sweep(const std::vector<std::string>& in_use,
                                          Millis older_than);

    /// Bytes that lie in the spool.
    std::uint64_t used() const;

private:
    /// Reads up to so many bytes; 0 at the end, less on an error (errno).
    using Read = std::function<std::ptrdiff_t(char*, std::size_t)>;

    Spool(std::string folder, std::uint64_t quota);
    resilience::Result<SpooledFile> store(const Read& read,
                                          const std::string& path,
                                          SpooledFile spooled);
    std::uint64_t measure() const;

    const std::string folder_;
    const std::uint64_t quota_;
    mutable std::mutex mutex_;  // guards used_ and the changes of the folder
    std::uint64_t used_ = 0;
};

/// The content type of a file by the ending of its name; "application/octet-stream" if unknown.
std::string content_type_of(const std::string& name);

/// The last part of a path as a name that is safe to show and to send: no folders, no control
/// characters or quotes, at most 200 bytes, never empty.
std::string shown_name(const std::string& path);

}  // namespace messaging::outbox
