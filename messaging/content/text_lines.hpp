#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace messaging {

/// No place in a text.
inline constexpr std::size_t kNowhere = std::string_view::npos;

/// Where a line ends. LF, CR LF and CR end lines, as in CommonMark.
struct LineSpan {
    std::size_t text_end = 0;  ///< Before the line end.
    std::size_t end = 0;       ///< Behind it.
};

/// The line that begins at `at`, which may be the end of `text`.
inline LineSpan line_at(std::string_view text, std::size_t at) {
    const auto stop = std::min(text.find_first_of("\r\n", at), text.size());
    if (stop == text.size()) return {stop, stop};
    const bool both = text[stop] == '\r' && stop + 1 < text.size() && text[stop + 1] == '\n';
    return {stop, stop + (both ? 2 : 1)};
}

/// How many backticks or tildes a code fence has that begins `line`; 0: it is none.
inline std::size_t fence_run(std::string_view line) {
    if (line.empty() || (line.front() != '`' && line.front() != '~')) return 0;
    const auto run = std::min(line.find_first_not_of(line.front()), line.size());
    return run < 3 ? 0 : run;
}

}  // namespace messaging
