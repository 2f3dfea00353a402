#pragma once

#include "messaging/sandbox/world.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace messaging::sandbox {

/// The state directory: `journal.jsonl`, one record a line, and the folder `files`. One process at
/// a time.
///
/// What `append` has returned from survives the end of the process, kill -9 included: write(2) has
/// handed the bytes to the kernel, whose copy does not belong to the process. It is not synced, so
/// a crash of the machine or a loss of power may take the last seconds away. That is enough here:
/// what a sandbox keeps can be made again, and an fsync would add its milliseconds to every request
/// and so to every measurement that is made against the sandbox.
///
/// A kill in the middle of a write can leave the beginning of a record as the last line; it is
/// dropped when the journal is read. (The beginning of a JSON object is never one itself.)
class Journal {
public:
    /// Makes the folder, takes its lock and applies what is there to `world`. Fails when another
    /// process has the lock, or on any error of the disk.
    static resilience::Result<std::unique_ptr<Journal>> open(const std::string& folder,
                                                             World& world);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    std::string files_folder() const { return folder_ + "/files"; }

    /// Adds records. False if they could not be written, and from then on: without them what
    /// follows would be a tale with a gap. `rewrite` mends that.
    bool append(const std::vector<std::string>& records);
    /// Has so much been added that `rewrite` is worth while?
    bool is_long() const;
    /// Replaces the journal by a snapshot.
    resilience::Result<resilience::Done> rewrite(const World& world);

private:
    Journal(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
    std::string path() const { return folder_ + "/journal.jsonl"; }
    void load(World& world) const;

    std::string folder_;
    int lock_;
    int file_ = -1;
    bool has_gap_ = false;
    std::uint64_t size_ = 0;
    std::uint64_t snapshot_size_ = 0;
};

}  // namespace messaging::sandbox
