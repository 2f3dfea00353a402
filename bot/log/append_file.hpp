#pragma once

#include <string>
#include <string_view>

namespace bot::log {

/// A file that lines are appended to, by its path rather than by what was once opened there. Not
/// synchronised.
class AppendFile {
public:
    explicit AppendFile(std::string path) : path_(std::move(path)) {}
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;
    AppendFile(AppendFile&&) = delete;
    AppendFile& operator=(AppendFile&&) = delete;

    /// Appends the whole line, creating the file (mode 0640) if the path has none. Returns 0 or the
    /// `errno` of what failed.
    int append(std::string_view line) noexcept;

    const std::string& path() const noexcept { return path_; }

private:
    bool is_at_path() const noexcept;
    void close() noexcept;

    std::string path_;
    int descriptor_ = -1;
};

}  // namespace bot::log
