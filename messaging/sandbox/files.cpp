#include "messaging/sandbox/files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace messaging::sandbox {
namespace {

constexpr std::size_t kMemoryMax = 256U << 20U;

}  // namespace

bool Files::put(const std::string& key, std::string_view bytes) {
    if (!folder_.empty()) {
        std::ofstream file(path_of(key), std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return file.flush().good();
    }
    memory_[key] = std::make_shared<const std::string>(bytes);
    order_.push_back(key);
    memory_size_ += bytes.size();
    while (memory_size_ > kMemoryMax && order_.size() > 1)
        remove(std::string(order_.front()));
    return true;
}

std::shared_ptr<const std::string> Files::get(const std::string& key) const {
    if (folder_.empty()) {
        const auto found = memory_.find(key);
        return found == memory_.end() ? nullptr : found->second;
    }
    std::ifstream file(path_of(key), std::ios::binary);
    if (!file) return nullptr;
    return std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                               std::istreambuf_iterator<char>());
}

void Files::remove(const std::string& key) {
    if (!folder_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(path_of(key), ignored);
        return;
    }
    const auto found = memory_.find(key);
    if (found != memory_.end()) {
        memory_size_ -= found->second->size();
        memory_.erase(found);
    }
    // Nearly always the front.
    for (auto it = order_.begin(); it != order_.end(); ++it) {
        if (*it != key) continue;
        order_.erase(it);
        break;
    }
}

}  // namespace messaging::sandbox
