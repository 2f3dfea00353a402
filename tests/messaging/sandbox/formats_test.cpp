#include "messaging/sandbox/event_log.hpp"
#include "messaging/sandbox/json_text.hpp"
#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/multipart.hpp"
#include "messaging/sandbox/query.hpp"
#include "messaging/sandbox/static_files.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace messaging::sandbox;  // NOLINT(google-build-using-namespace): a test of small parts

TEST_CASE("malformed forms are refused", "[sandbox][formats]") {
    CHECK_FALSE(form_boundary("multipart/mixed; boundary=b"));
    CHECK_FALSE(form_boundary("multipart/form-data"));
    CHECK_FALSE(form_boundary("multipart/form-data; boundary="));
    CHECK_FALSE(form_boundary("multipart/form-data; boundary=" + std::string(71, 'b')));
    CHECK(form_boundary("Multipart/Form-Data; charset=x; Boundary=\"a b\"") == "a b");

    CHECK_FALSE(parse_form("", "b"));
    CHECK_FALSE(parse_form("--b\r\n", "b"));
    CHECK_FALSE(parse_form("--b\r\n\r\nno name\r\n--b--", "b"));
    CHECK_FALSE(parse_form("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "b"));
    std::string many;
    for (int i = 0; i < 65; ++i) {
        many += "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    }
    CHECK_FALSE(parse_form(many + "--b--", "b"));
}

TEST_CASE("forms keep every byte of their parts", "[sandbox][formats]") {
    const std::string body =
        "preamble\r\n--b\r\ncontent-disposition: form-data; name=\"te\\\"xt\"\r\n\r\n\r\n"
        "--b \r\nContent-Type: image/png\r\nContent-Disposition: form-data; name=files; "
        "filename=\"a;b.png\"\r\n\r\n\r\n--x\r\n--b--\r\nepilogue";
    const auto parts = parse_form(body, "b");
    REQUIRE(parts);
    REQUIRE(parts->size() == 2);
    CHECK((*parts)[0].name == "te\"xt");
    CHECK((*parts)[0].data.empty());
    CHECK_FALSE((*parts)[0].file_name);
    CHECK((*parts)[1].file_name == "a;b.png");
    CHECK((*parts)[1].content_type == "image/png");
    CHECK((*parts)[1].data == "\r\n--x");
}

TEST_CASE("JSON text is escaped and deep nesting is seen", "[sandbox][formats]") {
    JsonText json;
    json.open('{').field("a", "q\"\\\n\x01").number("n", -5).flag("f", true);
    json.strings("s", {"x", "y"}).raw_field("r", "").optional("o", "").close('}');
    CHECK(json.take() == R"({"a":"q\"\\\n\u0001","n":-5,"f":true,"s":["x","y"],"r":null})");
    CHECK(is_shallow_json(std::string(100, '[')));
    CHECK_FALSE(is_shallow_json(std::string(101, '[')));
    CHECK(is_shallow_json("\"" + std::string(200, '[') + "\\\"" + std::string(200, '[') + "\""));
    CHECK(is_utf8("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"));
    for (const auto* bad : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
        CHECK_FALSE(is_utf8(bad));
    }
}

TEST_CASE("times are written and read as Webex does", "[sandbox][formats]") {
    CHECK(iso_time(1'776'946'145'902) == "2026-04-23T12:09:05.902Z");
    CHECK(parse_iso_time("2026-04-23T12:09:05.902Z") == 1'776'946'145'902);
    CHECK(parse_iso_time("2015-10-18T14:26:16+00:00") == 1'445'178'376'000);
    for (const auto* bad : {"", "2026-04-23", "2026-02-30T00:00:00Z", "2026-04-23T25:00:00Z",
                            "2026-04-23T12:09:05", "2026-04-23 12:09:05Z"}) {
        CHECK_FALSE(parse_iso_time(bad));
    }
}

TEST_CASE("queries have keys without values", "[sandbox][formats]") {
    const Query query("a=1&before&c=x%20y+z&bad=%zz");
    CHECK(query.number("a", 0) == 1);
    CHECK_FALSE(query.get("before"));
    CHECK(query.get("c") == "x y z");
    CHECK_FALSE(query.get("bad"));
    CHECK(query.number("c", 7) == 7);
    CHECK(percent_encode("a b/c~") == "a%20b%2Fc~");
    CHECK(is_loopback_host("127.0.0.1:80"));
    CHECK(is_loopback_host("[::1]:80"));
    CHECK(is_loopback_host("localhost"));
    for (const auto* foreign : {"", "example.com", "127.0.0.1.example.com", "127.evil.a.b",
                                "localhost.example.com", "[::2]"}) {
        CHECK_FALSE(is_loopback_host(foreign));
    }
}

TEST_CASE("the event log resumes, or tells to start anew", "[sandbox][formats]") {
    EventLog log(1'000);
    for (int i = 0; i < 5; ++i)
        log.add("message", std::to_string(i));
    CHECK(log.last_id() == 1'004);
    CHECK(log.since(1'004) == "");
    CHECK(log.since(1'002) ==
          "id: 1003\nevent: message\ndata: 3\n\nid: 1004\nevent: message\ndata: 4\n\n");
    CHECK_FALSE(log.since(3));
    CHECK_FALSE(log.since(2'000));
    for (int i = 0; i < 1'000; ++i)
        log.add("message", "{}");
    CHECK_FALSE(log.since(1'003));
    CHECK(log.since(1'004));
}

TEST_CASE("pages are served from their folder and nowhere else", "[sandbox][formats]") {
    const tests::TempFolder folder;
    const std::filesystem::path root = folder.path("web");
    std::filesystem::create_directories(root / "vendor");
    std::ofstream(root / "index.html") << "<p>page</p>";
    std::ofstream(root / "vendor" / "x.js") << "1";
    std::ofstream(root / ".env.js") << "secret";
    folder.write("secret.js", "secret");
    const auto get = [&](const char* path) {
        return serve_static(root.string(), path, "http://127.0.0.1:9/x");
    };
    const auto page = get("/");
    CHECK(page.status == 200);
    CHECK(page.body == "<p>page</p>");
    CHECK(messaging::http::find_header(page.headers, "X-Content-Type-Options") == "nosniff");
    CHECK(messaging::http::find_header(page.headers, "Content-Security-Policy") ==
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          "connect-src 'self' http://127.0.0.1:9; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'");
    CHECK(get("/vendor/x.js").status == 200);
    for (const auto* path :
         {"/../secret.js", "/vendor/../../secret.js", "/.env.js", "/%2e%2e/secret.js", "/vendor/",
          "/missing.js", "/vendor", "//secret.js", "/index.htm"}) {
        CHECK(get(path).status == 404);
    }
    CHECK(serve_static("", "/", "").status == 404);
}
