#include "bot/text/closest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bot::text {
namespace {

constexpr std::size_t kLengthMax = 64;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    a = a.substr(0, kLengthMax);
    b = b.substr(0, kLengthMax);
    // Three rows are enough: a swap of neighbours looks two rows back.
    std::array<std::array<std::size_t, kLengthMax + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i + 2) % 3];
        const auto& above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                                 lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], above2[j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

std::string closest(std::string_view word, std::span<const std::string> candidates) {
    auto best = nearest(word, candidates);
    const auto allowed = std::clamp<std::size_t>(std::max(word.size(), best.size()) / 3, 1, 3);
    return edit_distance(word, best) <= allowed ? best : std::string();
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    const std::string* best = nullptr;
    std::size_t best_distance = 0;
    for (const auto& candidate : candidates) {
        const auto distance = edit_distance(word, candidate);
        if (best == nullptr || distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best == nullptr ? std::string() : *best;
}

}  // namespace bot::text
