#include "bot/config/secret_file.hpp"

#include <algorithm>
#include <fstream>

namespace bot::config {

using resilience::permanent_error;
using resilience::Result;

namespace {

constexpr std::size_t kSecretMax = 16U << 10U;

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return permanent_error("the token file '" + path +
                               "' cannot be read; correct WEBEX_ACCESS_TOKEN_FILE or the file's "
                               "permissions");
    }
    std::string text;
    for (char c = 0; text.size() <= kSecretMax && file.get(c);)
        text.push_back(c);
    while (!text.empty() && text.back() >= 0 && text.back() <= ' ')
        text.pop_back();
    const bool odd =
        std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == '\x7f'; });
    if (text.empty() || odd || text.size() > kSecretMax) {
        return permanent_error("the token file '" + path + "' " +
                               (text.empty() ? "is empty" : "holds something else than a token") +
                               "; put the bot's token into it and nothing else");
    }
    return text;
}

}  // namespace bot::config
