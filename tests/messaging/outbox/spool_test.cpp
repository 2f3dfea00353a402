#include "messaging/outbox/spool.hpp"

#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

using namespace messaging;
using namespace messaging::outbox;
using Catch::Matchers::Contains;

namespace {

// `printf abc | sha256sum`
constexpr const char* kHashOfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr Millis kFarFuture{4'000'000'000'000};

class Fixture {
public:
    explicit Fixture(std::uint64_t quota = 1'000'000) : quota_{quota} { reopen(); }

    void reopen() {
        auto opened = Spool::open(folder_.path("spool"), quota_);
        REQUIRE(opened.ok());
        spool_ = std::move(opened).value();
    }
    Spool& spool() { return *spool_; }
    std::string write(const std::string& name, const std::string& bytes) {
        return folder_.write(name, bytes);
    }
    SpooledFile add(const File& file) {
        auto added = spool_->add(file);
        INFO((added.ok() ? std::string{} : added.error().message));
        REQUIRE(added.ok());
        return added.value();
    }
    resilience::Error refused(const File& file) {
        auto added = spool_->add(file);
        REQUIRE_FALSE(added.ok());
        return added.error();
    }
    std::vector<std::string> names() {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator{path("spool")}) {
            names.push_back(entry.path().filename().string());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    std::string path(const std::string& name) { return folder_.path(name); }

private:
    tests::TempFolder folder_;
    std::uint64_t quota_;
    std::unique_ptr<Spool> spool_;
};

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

unsigned mode_of(const std::string& path) {
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777U;
}

}  // namespace

TEST_CASE("A file that cannot be sent is refused and leaves nothing behind", "[spool]") {
    Fixture fixture;
    SECTION("missing") {
        const auto error = fixture.refused({.path = fixture.path("nowhere.png")});
        REQUIRE_THAT(error.message, Contains("nowhere.png") && Contains("No such file"));
        REQUIRE(error.cls == resilience::ErrorClass::kPermanent);
    }
    SECTION("empty") {
        const auto error = fixture.refused({.path = fixture.write("empty.png", "")});
        REQUIRE_THAT(error.message, Contains("empty.png") && Contains("is empty"));
    }
    SECTION("a folder") {
        REQUIRE_THAT(fixture.refused({.path = fixture.path(".")}).message,
                     Contains("no regular file"));
    }
    SECTION("a pipe nobody writes to") {
        REQUIRE(::mkfifo(fixture.path("pipe").c_str(), S_IRWXU) == 0);
        REQUIRE_THAT(fixture.refused({.path = fixture.path("pipe")}).message,
                     Contains("no regular file"));
    }
    SECTION("unreadable") {
        const auto path = fixture.write("secret.png", "abc");
        REQUIRE(::chmod(path.c_str(), 0) == 0);
        // The superuser may read everything: nothing to be seen then.
        if (::access(path.c_str(), R_OK) != 0) {
            REQUIRE_THAT(fixture.refused({.path = path}).message, Contains("Permission denied"));
        }
    }
    REQUIRE(fixture.names().empty());
    REQUIRE(fixture.spool().used() == 0);
}

TEST_CASE("Beyond its quota a spool refuses, and says what to do", "[spool]") {
    Fixture fixture{10};
    fixture.add({.path = fixture.write("a.txt", "12345678")});
    const auto big = fixture.write("b.txt", "abc");
    REQUIRE_THAT(fixture.refused({.path = big}).message, Contains("b.txt") && Contains("no room"));
    REQUIRE(fixture.names().size() == 1);
    REQUIRE(fixture.spool().used() == 8);

    SECTION("what it has already needs no room") {
        const auto again = fixture.add({.path = fixture.write("c.txt", "12345678")});
        REQUIRE(again.name == "c.txt");
        REQUIRE(fixture.spool().used() == 8);
    }
    SECTION("it counts again after a restart") {
        fixture.reopen();
        fixture.refused({.path = big});
    }
    SECTION("swept, there is room again") {
        REQUIRE(fixture.spool().sweep({}, kFarFuture).value() == 1);
        REQUIRE(fixture.spool().used() == 0);
        fixture.add({.path = big});
    }
}

TEST_CASE("A folder that cannot be made is named", "[spool]") {
    tests::TempFolder folder;
    const auto blocked = folder.write("file", "x") + "/spool";
    const auto opened = Spool::open(blocked, 10);
    REQUIRE_FALSE(opened.ok());
    REQUIRE_THAT(opened.error().message, Contains(blocked));
}

TEST_CASE("A file is kept under the hash of its bytes, for its owner alone", "[spool]") {
    Fixture fixture;
    const auto original = fixture.write("chart.png", "abc");
    const auto added = fixture.add({.path = original});
    REQUIRE(added.hash == kHashOfAbc);
    REQUIRE(added.size == 3);
    REQUIRE(added.name == "chart.png");
    REQUIRE(added.content_type == "image/png");
    std::filesystem::remove(original);
    REQUIRE(read_file(fixture.spool().path(added.hash)) == "abc");
    REQUIRE(mode_of(fixture.spool().path(added.hash)) == 0600U);
    REQUIRE(mode_of(fixture.path("spool")) == 0700U);
    REQUIRE(fixture.names() == std::vector<std::string>{kHashOfAbc});
}

TEST_CASE("A large file is copied whole", "[spool]") {
    Fixture fixture;
    std::string bytes;
    for (int i = 0; i < 200'001; ++i)
        bytes.push_back(static_cast<char>(i * 7));
    const auto added = fixture.add({.path = fixture.write("big.bin", bytes)});
    REQUIRE(added.size == bytes.size());
    REQUIRE(read_file(fixture.spool().path(added.hash)) == bytes);
    REQUIRE(added.content_type == "application/octet-stream");
}

TEST_CASE("Equal bytes lie in the spool once, each with its own name", "[spool]") {
    Fixture fixture;
    const auto one = fixture.add({.path = fixture.write("a.png", "abc")});
    const auto two = fixture.add({.path = fixture.write("b.png", "abc"),
                                  .name = "Report.PDF",
                                  .content_type = "application/x-own"});
    REQUIRE(one.hash == two.hash);
    REQUIRE(two.name == "Report.PDF");
    REQUIRE(two.content_type == "application/x-own");
    REQUIRE(fixture.names().size() == 1);
    REQUIRE(fixture.spool().used() == 3);
}

TEST_CASE("sweep removes what no delivery needs once it is old", "[spool]") {
    Fixture fixture;
    const auto kept = fixture.add({.path = fixture.write("a", "abc")});
    fixture.add({.path = fixture.write("b", "other")});
    REQUIRE(fixture.spool().sweep({kept.hash}, Millis{1}).value() == 0);
    REQUIRE(fixture.spool().sweep({kept.hash}, kFarFuture).value() == 1);
    REQUIRE(fixture.names() == std::vector<std::string>{kept.hash});
    REQUIRE(fixture.spool().used() == 3);
}

TEST_CASE("A crash between writing and renaming leaves a draft that sweep removes", "[spool]") {
    Fixture fixture;
    const auto kept = fixture.add({.path = fixture.write("a", "abc")});
    fixture.write("spool/draft-a1B2c3", "half of a fi");
    fixture.reopen();
    REQUIRE(fixture.spool().used() == 15);
    REQUIRE(fixture.add({.path = fixture.write("c", "abc")}).hash == kept.hash);
    REQUIRE(fixture.spool().sweep({kept.hash}, Millis{1}).value() == 0);  // may be another's
    REQUIRE(fixture.spool().sweep({kept.hash}, kFarFuture).value() == 1);
    REQUIRE(fixture.names() == std::vector<std::string>{kept.hash});
    REQUIRE(fixture.spool().used() == 3);
}

TEST_CASE("A shown name has no path, no control characters and an end", "[spool]") {
    REQUIRE(shown_name("/tmp/../x/report.pdf") == "report.pdf");
    REQUIRE(shown_name("C:\\temp\\a.txt") == "a.txt");
    REQUIRE(shown_name("a\r\nb\"c\x7F.txt") == "a__b_c_.txt");
    REQUIRE(shown_name("") == "file");
    REQUIRE(shown_name("..") == "file");
    REQUIRE(shown_name("folder/") == "file");
    std::string umlauts;
    for (int i = 0; i < 150; ++i)
        umlauts += "\xC3\xA4";
    const auto cut = shown_name(umlauts + ".png");
    REQUIRE(cut.size() <= 200);
    REQUIRE(cut.substr(cut.size() - 6) == "\xC3\xA4.png");
}

TEST_CASE("The type of a file is guessed from its name", "[spool]") {
    REQUIRE(content_type_of("A.PNG") == "image/png");
    REQUIRE(content_type_of("b.jpeg") == "image/jpeg");
    REQUIRE(content_type_of("c.tar.gz") == "application/octet-stream");
    REQUIRE(content_type_of("none") == "application/octet-stream");
}

TEST_CASE("Bytes in memory are kept like a file", "[spool]") {
    Fixture fixture{10};
    REQUIRE_FALSE(fixture.spool().add_bytes("", "message.md").ok());
    REQUIRE_FALSE(fixture.spool().add_bytes("more than ten bytes", "message.md").ok());
    REQUIRE(fixture.names().empty());

    const auto kept = fixture.spool().add_bytes("abc", "message.md");
    REQUIRE(kept.ok());
    REQUIRE(kept.value() == SpooledFile{kHashOfAbc, "message.md", "text/markdown", 3});
    REQUIRE(read_file(fixture.spool().path(kHashOfAbc)) == "abc");
    REQUIRE(fixture.add({.path = fixture.write("a.txt", "abc")}).hash == kHashOfAbc);
    REQUIRE(fixture.spool().used() == 3);
}
