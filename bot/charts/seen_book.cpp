#include "bot/charts/seen_book.hpp"

#include "bot/charts/picture_file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace bot::charts {

resilience::Clock::WallTime SeenBook::since(const std::string& chart,
                                            const std::string& content,
                                            resilience::Clock::WallTime now) const {
    using WallTime = resilience::Clock::WallTime;
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    const auto path = (std::filesystem::path(folder_) / (chart + ".seen")).string();
    std::string known;
    std::int64_t milliseconds = 0;
    std::ifstream(path) >> known >> milliseconds;
    const WallTime first{std::chrono::milliseconds(milliseconds)};
    // A time to come was written before the clock was set back.
    if (known == content && milliseconds > 0 && first <= now) return first;
    store_file(path, content + " " + std::to_string(resilience::since_epoch(now).count()) + "\n");
    return now;
}

}  // namespace bot::charts
