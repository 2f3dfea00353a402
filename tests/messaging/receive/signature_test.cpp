#include "messaging/webex/signature.hpp"

#include <catch2/catch.hpp>

using messaging::webex::webhook_signature;
using messaging::webex::webhook_signature_matches;

namespace {
constexpr std::string_view kBody = R"({"id":"abc","resource":"messages","event":"created"})";
constexpr std::string_view kSignature = "3c048e8492fd5480dea5ad09eb405692f470f954";
}  // namespace

TEST_CASE("a signature is refused when anything about it differs", "[signature]") {
    CHECK_FALSE(webhook_signature_matches("s3cret", kBody, ""));
    CHECK_FALSE(webhook_signature_matches("s3cret", kBody, kSignature.substr(0, 39)));
    CHECK_FALSE(webhook_signature_matches("other", kBody, kSignature));
    CHECK_FALSE(webhook_signature_matches("s3cret", std::string(kBody) + "\n", kSignature));
    for (std::size_t i = 0; i < kSignature.size(); ++i) {
        std::string wrong(kSignature);
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        CHECK_FALSE(webhook_signature_matches("s3cret", kBody, wrong));
    }
}

TEST_CASE("an empty secret matches nothing, not even its own signature", "[signature]") {
    CHECK_FALSE(webhook_signature_matches("", kBody, webhook_signature("", kBody)));
}

TEST_CASE("the signature is lower-case hex HMAC-SHA1 over the raw bytes", "[signature]") {
    CHECK(webhook_signature("s3cret", kBody) == kSignature);
    CHECK(webhook_signature("s3cret",
                            R"({"id": "abc", "resource": "messages", "event": "created"})") ==
          "961432dfb2167cb88e2e27fa7e017f781065117e");
    CHECK(webhook_signature("s3cret", "{\"name\":\"Gr\xc3\xbc\xc3\x9f\x65\"}") ==
          "0b2dd13b6a3a283ad5c20dc8e6a73ac223fd96e4");
    CHECK(webhook_signature_matches("s3cret", kBody, kSignature));
}
