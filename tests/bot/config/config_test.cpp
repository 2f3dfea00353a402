#include "bot/config/config.hpp"

#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

using bot::config::Config;
using bot::config::load;
using bot::config::Loaded;
using bot::config::Sources;
using bot::config::Variables;

namespace {

// The problem whose text holds `what`, or a failed test that shows them all.
bot::config::ConfigProblem find_problem(const Loaded& loaded, const std::string& what) {
    std::string all;
    for (const auto& problem : loaded.problems) {
        if (problem.what.find(what) != std::string::npos) return problem;
        all += to_string(problem) + "\n";
    }
    FAIL("no problem says: " << what << "\n" << all);
    return {};
}

Loaded load_environment(Variables environment) {
    return load(Sources{.environment = std::move(environment)});
}

Loaded load_yaml(const tests::TempFolder& folder, const std::string& text) {
    return load(Sources{.yaml_path = folder.write("c.yaml", text)});
}

}  // namespace

TEST_CASE("all mistakes are told at once, with file, line and cure", "[config]") {
    const tests::TempFolder folder;
    const auto dotenv = folder.write(".env", "# x\nHTTP_PROT=1\nWORKERS=many\n");
    const auto yaml = folder.write("c.yaml", "charts:\n  mttr:\n    titel: x\n");
    const auto loaded = load(
        Sources{.environment = {{"HTTP_PORT", "99999"}}, .dotenv_path = dotenv, .yaml_path = yaml});

    const auto port = find_problem(loaded, "HTTP_PORT");
    CHECK(port.file == "environment");
    CHECK(port.what.find("0 to 65535") != std::string::npos);

    const auto typo = find_problem(loaded, "HTTP_PROT");
    CHECK(typo.file == dotenv);
    CHECK(typo.line == 2);
    CHECK(typo.cure.find("HTTP_PORT") != std::string::npos);

    CHECK(find_problem(loaded, "WORKERS").line == 3);

    const auto key = find_problem(loaded, "titel");
    CHECK(key.file == yaml);
    CHECK(key.line == 3);
    CHECK(key.cure.find("title") != std::string::npos);
    CHECK(to_string(key).find(yaml + ":3: ") == 0);
    find_problem(loaded, "chart mttr has no \"data\"");
}

TEST_CASE("values that cannot be used are refused", "[config]") {
    const auto refuses = [](const std::string& name, const std::string& value) {
        INFO(name << "=" << value);
        const auto loaded = load_environment({{name, value}});
        REQUIRE(loaded.problems.size() >= 1);
        CHECK(find_problem(loaded, name).file == "environment");
    };
    refuses("HTTP_PORT", "80x");
    refuses("HTTP_PORT", "-1");
    refuses("HTTP_ADDRESS", "example.com");
    refuses("WORKERS", "0");
    refuses("LOG_LEVEL", "verbose");
    refuses("RATE_LIMIT", "nan");
    refuses("RATE_LIMIT", "-2");
    refuses("DELIVERY_WAIT_S", "0");
    refuses("SPOOL_QUOTA_MB", "18446744073709551616");
    refuses("WEBEX_API_BASE_URL", "webexapis.com/v1");
    refuses("WEBEX_API_BASE_URL", "http://webexapis.com/v1");
    refuses("WEBEX_API_BASE_URL", "http://127.0.0.1.example.com/v1");
    refuses("WEBEX_API_BASE_URL", "http://127.0.0.1@example.com/v1");
    refuses("WEBEX_API_BASE_URL", "https://");
    refuses("WEBEX_API_BASE_URL", "https://example.com/v1?x=1");
    refuses("CONFIG_FILE", "/nonexistent/c.yaml");
    refuses("WEBEX_ACCESS_TOKEN_FILE", "/nonexistent/token");
    refuses("WEBEX_CA_FILE", "/nonexistent/ca.pem");
}

TEST_CASE("a token that cannot be one is refused without being shown", "[config]") {
    const auto loaded = load_environment({{"WEBEX_ACCESS_TOKEN", "geheim und kaputt"}});
    const auto problem = find_problem(loaded, "WEBEX_ACCESS_TOKEN");
    CHECK(to_string(problem).find("geheim") == std::string::npos);
}

TEST_CASE("secrets are taken from environment, .env and files alone", "[config]") {
    const tests::TempFolder folder;
    SECTION("not from the command line") {
        const auto loaded = load(Sources{.flags = {{"WEBEX_ACCESS_TOKEN", "tok"}}});
        CHECK(find_problem(loaded, "WEBEX_ACCESS_TOKEN").file == "command line");
        CHECK(loaded.config.access_token.empty());
    }
    SECTION("not from the YAML file") {
        const auto loaded = load_yaml(folder, "settings:\n  webex_access_token: tok\n");
        CHECK(find_problem(loaded, "WEBEX_ACCESS_TOKEN").line == 2);
        CHECK(loaded.config.access_token.empty());
    }
    SECTION("from a file, without its line end") {
        const auto path = folder.write("token", "tok123\n");
        const auto loaded = load_environment({{"WEBEX_ACCESS_TOKEN_FILE", path}});
        CHECK(loaded.problems.empty());
        CHECK(loaded.config.access_token.reveal() == "tok123");
    }
    SECTION("an empty file is a mistake") {
        const auto path = folder.write("token", "\n");
        find_problem(load_environment({{"WEBEX_ACCESS_TOKEN_FILE", path}}), "empty");
    }
    SECTION("both ways at once contradict each other") {
        const auto path = folder.write("token", "a");
        find_problem(
            load_environment({{"WEBEX_ACCESS_TOKEN", "b"}, {"WEBEX_ACCESS_TOKEN_FILE", path}}),
            "both set");
    }
    SECTION("and are never shown by a stream") {
        std::ostringstream out;
        out << bot::config::Secret("tok123");
        CHECK(out.str() == "***");
    }
    SECTION("and can be listed for redaction") {
        const auto loaded = load_environment({{"WEBEX_ACCESS_TOKEN", "tok123"}});
        CHECK(bot::config::secrets(loaded.config) == std::vector<std::string>{"tok123"});
    }
}

TEST_CASE("contradictions are mistakes", "[config]") {
    find_problem(load_environment({{"WEBEX_WEBHOOK_URL", "https://bot.example.com/webhook"}}),
                 "no WEBEX_WEBHOOK_SECRET");
    find_problem(load_environment({{"WEBEX_WEBHOOK_URL", "https://bot.example.com/webhook"},
                                   {"WEBEX_WEBHOOK_SECRET", "short"}}),
                 "shorter than 16");
    find_problem(load_environment({{"DELIVERY_WAIT_S", "60"}, {"DELIVERY_DEADLINE_S", "10"}}),
                 "DELIVERY_WAIT_S");
    find_problem(load_environment({{"CONNECT_TIMEOUT_S", "60"}}), "CONNECT_TIMEOUT_S");
}

TEST_CASE("flag beats environment beats .env beats YAML beats default", "[config]") {
    const tests::TempFolder folder;
    Sources sources;
    CHECK(load(sources).config.http_port == 8080);
    sources.yaml_path = folder.write("c.yaml", "settings:\n  http_port: 1\n");
    CHECK(load(sources).config.http_port == 1);
    sources.dotenv_path = folder.write(".env", "HTTP_PORT=2\n");
    CHECK(load(sources).config.http_port == 2);
    sources.environment["HTTP_PORT"] = "3";
    CHECK(load(sources).config.http_port == 3);
    sources.flags["HTTP_PORT"] = "4";
    CHECK(load(sources).config.http_port == 4);
    sources.flags["HTTP_PORT"] = "";
    CHECK(load(sources).config.http_port == 3);
    CHECK(load(sources).problems.empty());
}

TEST_CASE("the table's defaults are those of Config", "[config]") {
    const auto loaded = load({});
    REQUIRE(loaded.problems.empty());
    const Config fresh;
    const auto& config = loaded.config;
    CHECK(config.api_base_url == fresh.api_base_url);
    CHECK(config.state_dir == fresh.state_dir);
    CHECK(config.log_level == fresh.log_level);
    CHECK(config.log_format == fresh.log_format);
    CHECK(config.http_address == fresh.http_address);
    CHECK(config.http_port == fresh.http_port);
    CHECK(config.workers == fresh.workers);
    CHECK(config.gnuplot == fresh.gnuplot);
    CHECK(config.send_concurrency == fresh.send_concurrency);
    CHECK(config.rate_limit == fresh.rate_limit);
    CHECK(config.delivery_wait == fresh.delivery_wait);
    CHECK(config.delivery_deadline == fresh.delivery_deadline);
    CHECK(config.attempt_timeout == fresh.attempt_timeout);
    CHECK(config.connect_timeout == fresh.connect_timeout);
    CHECK(config.retention == fresh.retention);
    CHECK(config.spool_quota == fresh.spool_quota);
    CHECK(config.echo_evidence == fresh.echo_evidence);
}

TEST_CASE("a base address on loopback may be plain http and loses its last slash", "[config]") {
    const auto address = [](const std::string& url) {
        const auto loaded = load_environment({{"WEBEX_API_BASE_URL", url}});
        CHECK(loaded.problems.empty());
        return loaded.config.api_base_url;
    };
    CHECK(address("http://127.0.0.1:8090/v1/") == "http://127.0.0.1:8090/v1");
    CHECK(address("http://[::1]:8090/v1") == "http://[::1]:8090/v1");
    CHECK(address("http://localhost/v1") == "http://localhost/v1");
    CHECK(address("https://webex.example.com/v1") == "https://webex.example.com/v1");
}

TEST_CASE("without a token there is a way to get one", "[config]") {
    const auto problem = bot::config::missing_token(Config{});
    REQUIRE(problem);
    CHECK(to_string(*problem).find("developer.webex.com") != std::string::npos);
    CHECK(to_string(*problem).find("./dev run") != std::string::npos);
    Config config;
    config.access_token = bot::config::Secret("x");
    CHECK_FALSE(bot::config::missing_token(config));
}

TEST_CASE(".env.example documents every variable once, as the table has it", "[config]") {
    const auto text = tests::read_file(std::string(SOURCE_ROOT) + "/.env.example");
    std::string expected;
    std::size_t at = 0;
    for (const auto& variable : bot::config::variables()) {
        const auto fallback = variable.fallback.empty() ? "none" : std::string(variable.fallback);
        const auto entry = "\n# " + std::string(variable.meaning) + " [" +
                           std::string(variable.unit) + "] default: " + fallback + "\n" +
                           std::string(variable.name) + "=\n";
        INFO("expected, in this order: " << entry);
        at = text.find(entry, at);
        REQUIRE(at != std::string::npos);
    }
    std::istringstream lines(text);
    std::size_t assignments = 0;
    for (std::string line; std::getline(lines, line);) {
        assignments += !line.empty() && line[0] != '#' ? 1U : 0U;
    }
    CHECK(assignments == bot::config::variables().size());
    CHECK(
        load(Sources{.dotenv_path = std::string(SOURCE_ROOT) + "/.env.example"}).problems.empty());
}
