// docs/requirements.md and the tests name the same demands.

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

/// Demand to what the table says holds it.
std::map<std::string, std::string> rows_of_table() {
    std::ifstream file(fs::path(SOURCE_ROOT) / "docs/requirements.md");
    REQUIRE(file.good());
    const std::regex row(R"(^\| (S[0-4]\.\d+) \| ([^|]+) \| ([^|]+) \|$)");
    std::map<std::string, std::string> rows;
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, row)) continue;
        INFO("twice in the table: " << match[1]);
        CHECK(rows.emplace(match[1], match[3]).second);
    }
    return rows;
}

/// The demands that names of tests mention.
std::set<std::string> demands_of_tests() {
    const std::regex tag(R"(\[(S[0-4]\.\d+)\])");
    std::set<std::string> demands;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_ROOT) / "tests")) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            if (line.find("TEST_CASE(") == std::string::npos) continue;
            for (std::sregex_iterator at(line.begin(), line.end(), tag), end; at != end; ++at) {
                demands.insert((*at)[1]);
            }
        }
    }
    return demands;
}

}  // namespace

TEST_CASE("every demand has a row, and every row that promises tests has them", "[requirements]") {
    const auto rows = rows_of_table();
    const auto tested = demands_of_tests();
    CHECK(rows.size() == 58);
    for (const auto& [demand, holder] : rows) {
        CAPTURE(demand, holder);
        CHECK((holder == "tests") == (tested.count(demand) == 1));
        if (holder != "tests") {
            CHECK((holder.rfind("issue ", 0) == 0 || holder.rfind("bot: ", 0) == 0));
        }
    }
    for (const auto& demand : tested) {
        CAPTURE(demand);
        CHECK(rows.count(demand) == 1);
    }
}
