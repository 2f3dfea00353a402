#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bot::config {

struct DotenvEntry {
    std::string name;
    std::string value;
    int line = 0;
};

struct DotenvMistake {
    int line = 0;
    std::string what;  ///< Never quotes a value: it may be a secret.
    std::string cure;
};

struct Dotenv {
    std::vector<DotenvEntry> entries;  ///< In the order of the file, each name once.
    std::vector<DotenvMistake> mistakes;
};

/// Reads the text of an `.env` file: lines `NAME=value`, with `export` in front allowed, blank
/// lines, and comments from `#` at a line's start or after a blank.
///
/// 'single quotes' keep everything, "double quotes" know \n \t \" \\ \$; quoted values may span
/// lines. Nothing is expanded: `$HOME` stays `$HOME`. A name given twice is a mistake, since one
/// of the values would be ignored. Takes any bytes; never fails as a whole.
Dotenv parse_dotenv(std::string_view text);

}  // namespace bot::config
