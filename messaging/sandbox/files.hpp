#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace messaging::sandbox {

/// The bytes of uploaded files by key: in a folder, or in memory where there is none. In memory the
/// oldest go first beyond 256 MiB.
class Files {
public:
    /// `folder` must exist; empty: memory.
    explicit Files(std::string folder = {}) : folder_(std::move(folder)) {}

    /// False if the bytes could not be written.
    bool put(const std::string& key, std::string_view bytes);
    /// Null if they are not there (any more).
    std::shared_ptr<const std::string> get(const std::string& key) const;
    void remove(const std::string& key);

private:
    std::string path_of(const std::string& key) const { return folder_ + "/" + key; }

    std::string folder_;
    std::unordered_map<std::string, std::shared_ptr<const std::string>> memory_;
    std::deque<std::string> order_;
    std::size_t memory_size_ = 0;
};

}  // namespace messaging::sandbox
