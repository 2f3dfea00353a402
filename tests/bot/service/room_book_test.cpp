#include "bot/service/room_book.hpp"

#include <catch2/catch.hpp>

using bot::config::Config;
using bot::config::RoomType;
using bot::service::RoomBook;
using Catch::Contains;
using messaging::Target;

namespace {

messaging::webex::Room listed(std::string id, std::string title, std::string type = "group") {
    messaging::webex::Room room;
    room.id = std::move(id);
    room.title = std::move(title);
    room.type = std::move(type);
    return room;
}

Config config() {
    Config config;
    config.people = {{"robin", "Robin", "robin@example.com"}};
    config.rooms = {{.name = "ops", .id = "id-of-ops"},
                    {.name = "dev", .title = "Development"},
                    {.name = "robin", .type = RoomType::kDirect, .members = {"robin"}}};
    return config;
}

std::string mistake(const RoomBook& book, const std::string& name) {
    const auto found = book.find(name);
    REQUIRE_FALSE(found.ok());
    return found.error().message;
}

}  // namespace

TEST_CASE("an unknown room is refused with the closest name and all there are", "[room_book]") {
    const auto configured = config();
    const RoomBook book(configured);
    CHECK(mistake(book, "obs") ==
          "there is no room 'obs'; did you mean ops? Configured are: ops, dev, robin. A room id "
          "works as well.");
    CHECK_THAT(mistake(book, "something else"), Contains("no room 'something else'. Configured"));
    const Config empty;
    CHECK_THAT(mistake(RoomBook(empty), ""), Contains("Configured are: none"));
}

TEST_CASE("a room known by its title alone is found once the bot is in it", "[room_book]") {
    const auto configured = config();
    RoomBook book(configured);
    CHECK_THAT(mistake(book, "dev"), Contains("in no room titled 'Development'"));
    // A direct room may carry the same title: it is named after a person.
    book.learn({listed("direct", "Development", "direct"), listed("group", "Development")});
    CHECK(book.find("dev").value() == messaging::room("group"));
    CHECK(book.find("Development").value() == messaging::room("group"));
}

TEST_CASE("a title that two rooms have names neither", "[room_book]") {
    const auto configured = config();
    RoomBook book(configured);
    book.learn({listed("first", "Development"), listed("second", "Development")});
    for (const auto* name : {"dev", "Development"}) {
        CHECK_THAT(mistake(book, name),
                   Contains("2 rooms titled 'Development'") && Contains("give the room's id"));
    }
    // One of them was renamed or left.
    book.learn({listed("second", "Development")});
    CHECK(book.find("dev").value() == messaging::room("second"));
}

TEST_CASE("a title that the service could not read is not learned", "[room_book]") {
    const auto configured = config();
    RoomBook book(configured);
    auto room = listed("group", "Development");
    room.title_failed = true;
    book.learn({room});
    CHECK_FALSE(book.find("dev").ok());
}

TEST_CASE("rooms are found by name, person and id", "[room_book]") {
    const auto configured = config();
    const RoomBook book(configured);
    CHECK(book.find("ops").value() == messaging::room("id-of-ops"));
    CHECK(book.find("robin").value() == messaging::email("robin@example.com"));
    const std::string id = "Y2lzY29zcGFyazovL3VzL1JPT00vYWJj";
    CHECK(book.find(id).value() == messaging::room(id));
}

TEST_CASE("a destination is shown by the name of its room", "[room_book]") {
    const auto configured = config();
    const RoomBook book(configured);
    CHECK(book.name_of("room:id-of-ops") == "ops");
    CHECK(book.name_of("email:robin@example.com") == "robin");
    CHECK(book.name_of("room:other") == "room:other");
}
