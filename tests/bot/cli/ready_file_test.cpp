#include "bot/cli/ready_file.hpp"

#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using bot::cli::write_ready_file;
using Catch::Contains;
using tests::TempFolder;

namespace {

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a value that a shell would read otherwise is refused", "[ready_file]") {
    const TempFolder folder;
    for (const auto* value : {"a b", "$(id)", "`id`", "a;b", "a\nb", "'a'", "a&b", "\xc3\xbc"}) {
        const auto written = write_ready_file(folder.path("ready"), {{"TOKEN", value}});
        REQUIRE_FALSE(written.ok());
        CHECK_THAT(written.error().message, Contains("TOKEN"));
        CHECK(written.error().message.find(value) == std::string::npos);
        CHECK_FALSE(std::filesystem::exists(folder.path("ready")));
    }
}

TEST_CASE("a ready file in a folder that is not there is an error", "[ready_file]") {
    const TempFolder folder;
    const auto written = write_ready_file(folder.path("no/ready"), {});
    REQUIRE_FALSE(written.ok());
    CHECK_THAT(written.error().message, Contains("no/ready") && Contains("No such file"));
}

TEST_CASE("a ready file is for its owner's eyes, even over an older one", "[ready_file]") {
    const TempFolder folder;
    const auto path = folder.write("ready", "OLD=1\n");
    std::filesystem::permissions(path, std::filesystem::perms::all);
    REQUIRE(
        write_ready_file(path, {{"URL", "http://127.0.0.1:8300/v1"}, {"TOKEN", "a-b_c.9="}}).ok());
    CHECK(content(path) == "URL=http://127.0.0.1:8300/v1\nTOKEN=a-b_c.9=\n");
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
}
