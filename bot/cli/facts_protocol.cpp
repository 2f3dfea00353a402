#include "bot/cli/facts_protocol.hpp"

#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace bot::cli {

using Json = nlohmann::json;
using resilience::Result;

namespace {

void read_holds(JsonReader& reader, std::vector<messaging::outbox::RoomHold>& into) {
    const auto* list = reader.field("holds");
    if (list == nullptr || !list->is_array()) return reader.refuse("holds", "is not a list");
    for (const auto& item : *list) {
        if (!item.is_object()) return reader.refuse("holds", "holds something else than objects");
        JsonReader fields(item);
        auto& hold = into.emplace_back();
        fields.text("destination", hold.destination);
        fields.time("since", hold.since);
        fields.text("cure", hold.cure);
        if (!fields.wrong().empty()) return reader.refuse("holds", fields.wrong());
    }
}

void read_hashes(JsonReader& reader, const char* name, std::vector<std::string>& into) {
    const auto* list = reader.field(name);
    if (list == nullptr || !list->is_array()) return reader.refuse(name, "is not a list");
    for (const auto& item : *list) {
        const auto* text = item.get_ptr<const std::string*>();
        if (text == nullptr) return reader.refuse(name, "holds something else than hashes");
        into.push_back(*text);
    }
}

}  // namespace

std::string to_json(const StoreFacts& facts) {
    auto holds = Json::array();
    for (const auto& hold : facts.holds) {
        holds.push_back({{"destination", hold.destination},
                         {"since", hold.since.count()},
                         {"cure", hold.cure}});
    }
    return dump({{"pending", facts.counts.pending},
                 {"held", facts.counts.held},
                 {"sending", facts.counts.sending},
                 {"uncertain", facts.counts.uncertain},
                 {"delivered", facts.counts.delivered},
                 {"dead", facts.counts.dead},
                 {"oldest_pending", facts.counts.oldest_pending.count()},
                 {"holds", std::move(holds)},
                 {"bot_hold", facts.bot_hold},
                 {"newest", facts.newest.count()},
                 {"undecided", facts.undecided},
                 {"files", facts.files},
                 {"dead_files", facts.dead_files}});
}

Result<StoreFacts> facts_from_json(std::string_view body) {
    constexpr const char* kWhat = "facts about the store";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    StoreFacts facts;
    reader.number("pending", facts.counts.pending);
    reader.number("held", facts.counts.held);
    reader.number("sending", facts.counts.sending);
    reader.number("uncertain", facts.counts.uncertain);
    reader.number("delivered", facts.counts.delivered);
    reader.number("dead", facts.counts.dead);
    reader.time("oldest_pending", facts.counts.oldest_pending);
    read_holds(reader, facts.holds);
    reader.text("bot_hold", facts.bot_hold);
    reader.time("newest", facts.newest);
    reader.number("undecided", facts.undecided);
    read_hashes(reader, "files", facts.files);
    read_hashes(reader, "dead_files", facts.dead_files);
    return reader.result(kWhat, std::move(facts));
}

}  // namespace bot::cli
