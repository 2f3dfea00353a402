#pragma once

#include "messaging/http/curl_client.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace tests {

/// A curl client that trusts the test authority and meets no proxy of the machine.
class CurlFixture {
public:
    CurlFixture() {
        for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                 "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
            ::unsetenv(name);
        }
        messaging::http::CurlOptions options;
        options.ca_file = folder.write("ca.pem", authority_pem());
        client = std::move(messaging::http::CurlClient::open(options)).value();
    }

    static messaging::http::Request get(std::string url) {
        messaging::http::Request request;
        request.url = std::move(url);
        request.timeout = std::chrono::seconds{20};
        return request;
    }

    static messaging::http::Request post(std::string url, std::string body = R"({"text":"x"})") {
        auto request = get(std::move(url));
        request.method = "POST";
        request.content_type = "application/json";
        request.bearer_token = "secret-token";
        request.body = std::make_shared<const std::string>(std::move(body));
        return request;
    }

    messaging::http::Response answer_to(messaging::http::Request request) const {
        auto outcome = messaging::http::fetch(*client, std::move(request));
        const auto* failure = std::get_if<messaging::http::Failure>(&outcome);
        INFO((failure == nullptr ? std::string{} : failure->code + " " + failure->message));
        REQUIRE(failure == nullptr);
        return std::get<messaging::http::Response>(std::move(outcome));
    }

    messaging::http::Failure failure_of(messaging::http::Request request) const {
        auto outcome = messaging::http::fetch(*client, std::move(request));
        REQUIRE(std::holds_alternative<messaging::http::Failure>(outcome));
        auto failure = std::get<messaging::http::Failure>(std::move(outcome));
        CHECK(failure.message.find("secret-token") == std::string::npos);
        CHECK_FALSE(failure.message.empty());
        UNSCOPED_INFO(failure.code << ": " << failure.message);
        return failure;
    }

    TempFolder folder;
    std::unique_ptr<messaging::http::CurlClient> client;
};

}  // namespace tests
