// Whatever html comes: it never grows into more text, and the label of the bot's mention never
// reaches the command.
#include "bot/commands/mention.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> kIds = {"BOT"};
    const std::string html(data, data + size);
    const auto spoken = bot::commands::spoken_text(html, html, kIds);
    if (spoken.text.size() > html.size()) std::abort();
    const std::string mention =
        "<spark-mention data-object-type=\"person\" data-object-id=\"BOT\">"
        "LABEL</spark-mention>";
    const auto addressed = bot::commands::spoken_text(mention + "x" + html, "", kIds);
    if (!addressed.mentioned || addressed.text.substr(0, 1) != "x") std::abort();
    return 0;
}
