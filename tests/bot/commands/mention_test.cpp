#include "bot/commands/mention.hpp"

#include "messaging/webex/ids.hpp"

#include <catch2/catch.hpp>

#include <vector>

using bot::commands::spoken_text;

namespace {

const std::vector<std::string> kIds = {"BOT"};

std::string text_of(const std::string& html) {
    return spoken_text(html, "unused", kIds).text;
}

std::string mention(const std::string& id, const std::string& label) {
    return "<spark-mention data-object-type=\"person\" data-object-id=\"" + id + "\">" + label +
           "</spark-mention>";
}

}  // namespace

TEST_CASE("the bot's mention is taken out by its id, whatever its label", "[commands]") {
    CHECK(text_of("<p>" + mention("BOT", "Stentor") + " chart mttr</p>") == "chart mttr");
    CHECK(text_of(mention("BOT", "Sten") + " chart Stentor") == "chart Stentor");
    CHECK(text_of("chart " + mention("BOT", "a <b>b</b> &amp;") + "mttr") == "chart   mttr");
    CHECK(text_of("<spark-mention data-object-id='BOT' data-object-type='person'>S"
                  "</spark-mention>hi") == "hi");
    CHECK(spoken_text(mention("BOT", "S") + "x", "", kIds).mentioned);
}

TEST_CASE("the bot is recognised in every form of its id", "[commands]") {
    const std::string uuid = "f7a1b3c2-0d4e-4f5a-9b6c-7d8e9f0a1b2c";
    const auto id = [](const std::string& cluster, const std::string& key) {
        return messaging::webex::make_rest_id({cluster, "PEOPLE", key});
    };
    const std::vector<std::string> own{id("us", uuid)};
    for (const auto& shown :
         {id("us", uuid), uuid, std::string("F7A1B3C2-0D4E-4F5A-9B6C-7D8E9F0A1B2C"),
          id("urn:TEAM:us-west-2_r", uuid)}) {
        const auto spoken = spoken_text(mention(shown, "Stentor") + " ping", "", own);
        CHECK(spoken.mentioned);
        CHECK(spoken.text == "ping");
    }
    const auto other = id("us", "0" + uuid.substr(1));
    CHECK_FALSE(spoken_text(mention(other, "Ann") + " ping", "", own).mentioned);
    CHECK_FALSE(spoken_text(mention("", "Ann") + " ping", "", own).mentioned);
}

TEST_CASE("punctuation behind the mention is no word", "[commands]") {
    for (const char* mark : {",", ":", ";", " ,", " : "}) {
        CAPTURE(mark);
        CHECK(text_of("<p>" + mention("BOT", "Stentor") + mark + " chart mttr</p>") ==
              "chart mttr");
    }
    CHECK(text_of("<p>, chart mttr</p>") == ", chart mttr");
}

TEST_CASE("other mentions keep their label", "[commands]") {
    CHECK(text_of(mention("BOT", "S") + " greet " + mention("ANN", "Ann")) == "greet Ann");
    CHECK_FALSE(spoken_text(mention("ANN", "Ann"), "", kIds).mentioned);
    CHECK_FALSE(spoken_text("<spark-mention data-object-type=\"groupMention\" "
                            "data-object-id=\"BOT\">All</spark-mention>",
                            "", kIds)
                    .mentioned);
}

TEST_CASE("html becomes text", "[commands]") {
    CHECK(text_of("<p>a</p><p>b<br/>c</p>") == "a  b c");
    CHECK(text_of("a &lt;b&gt; &amp;amp; &quot;&#39;&#x20AC;&nbsp;x &bogus; & y") ==
          "a <b> &amp; \"'€ x &bogus; & y");
    CHECK(text_of("1 < 2 <b>and</b> 3 > 2") == "1 < 2 and 3 > 2");
    CHECK(text_of("&#0;&#xD800;&#x110000;") == "&#0;&#xD800;&#x110000;");
    CHECK(text_of("<<<<p") == "<<<<p");
    CHECK(text_of(mention("BOT", "never closed").substr(0, 70)).empty());
}

TEST_CASE("without html the text is taken as it is", "[commands]") {
    const auto spoken = spoken_text("", "  chart <b> &amp; ", kIds);
    CHECK(spoken.text == "chart <b> &amp;");
    CHECK_FALSE(spoken.mentioned);
}
