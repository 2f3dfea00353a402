#pragma once

#include "messaging/sandbox/world.hpp"
#include "resilience/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace messaging::sandbox {

/// The state directory: `journal.jsonl`, one record a line, and the folder `files`. One process at
/// a time. Not synced to the disk: it outlives the process, not the machine.
class Journal {
public:
    /// Makes the folder, takes its lock and applies what is there to `world`. A last line that was
    /// cut by a crash is dropped. Fails when another process has the lock, or on any error of the
    /// disk.
    static resilience::Result<std::unique_ptr<Journal>> open(const std::string& folder,
                                                             World& world);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    std::string files_folder() const { return folder_ + "/files"; }

    /// Adds records. False if they could not be written.
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
    std::uint64_t size_ = 0;
    std::uint64_t snapshot_size_ = 0;
};

}  // namespace messaging::sandbox
