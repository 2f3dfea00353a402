#include "bot/charts/picture_file.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace bot::charts {

namespace fs = std::filesystem;

std::string sha256(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += kDigits[digest.at(i) >> 4U];
        hex += kDigits[digest.at(i) & 0xFU];
    }
    return hex;
}

bool store_file(const std::string& path, const std::string& bytes) {
    static std::atomic<unsigned> counter{0};
    const auto temporary =
        path + "." + std::to_string(getpid()) + "-" + std::to_string(++counter) + ".tmp";
    std::ofstream file(temporary, std::ios::binary);
    file << bytes;
    file.close();
    std::error_code error;
    if (file) fs::rename(temporary, path, error);
    if (file && !error) return true;
    fs::remove(temporary, error);
    return false;
}

void prune_pictures(const std::string& folder, std::size_t keep) {
    constexpr std::chrono::hours kWritingMax{1};
    std::error_code error;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    std::vector<fs::path> left;
    fs::file_time_type newest{};
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const auto written = entry.last_write_time(error);
        newest = std::max(newest, written);
        if (entry.path().extension() == ".png") files.emplace_back(written, entry.path());
    }
    // Measured against the newest file: no clock is needed, and a wrong one does no harm.
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".tmp") continue;
        if (newest - entry.last_write_time(error) > kWritingMax) left.push_back(entry.path());
    }
    for (const auto& path : left)
        fs::remove(path, error);
    if (files.size() <= keep) return;
    std::sort(files.begin(), files.end());
    files.resize(files.size() - keep);
    for (const auto& [time, path] : files)
        fs::remove(path, error);
}

}  // namespace bot::charts
