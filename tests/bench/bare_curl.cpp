#include "tests/bench/bare_curl.hpp"

#include "resilience/clock.hpp"

#include <curl/curl.h>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace bench {

namespace {

constexpr const char* kBody = R"({"roomId":"Y2lzY29zcGFyazovL3VzL1JPT00vMQ","markdown":"message"})";

std::size_t discard(char* /*data*/, std::size_t size, std::size_t count, void* /*user*/) {
    return size * count;
}

CURL* make(const std::string& url, curl_slist* headers) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, kBody);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return easy;
}

void one_at_a_time(const std::string& url, std::uint64_t count, curl_slist* headers) {
    CURL* easy = make(url, headers);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (curl_easy_perform(easy) != CURLE_OK) std::exit(1);
    }
    curl_easy_cleanup(easy);
}

void many(const std::string& url,
          std::uint64_t count,
          std::uint32_t in_flight,
          curl_slist* headers) {
    CURLM* multi = curl_multi_init();
    std::vector<CURL*> handles;
    std::uint64_t started = 0;
    for (; started < in_flight && started < count; ++started) {
        handles.push_back(make(url, headers));
        curl_multi_add_handle(multi, handles.back());
    }
    std::uint64_t ended = 0;
    while (ended < count) {
        int running = 0;
        curl_multi_perform(multi, &running);
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
            if (message->data.result != CURLE_OK) std::exit(1);
            CURL* easy = message->easy_handle;
            curl_multi_remove_handle(multi, easy);
            ++ended;
            if (started < count) {
                curl_multi_add_handle(multi, easy);
                ++started;
            }
        }
        curl_multi_poll(multi, nullptr, 0, 100, nullptr);
    }
    for (CURL* easy : handles) {
        curl_multi_remove_handle(multi, easy);
        curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi);
}

}  // namespace

double bare_curl(const std::string& url, std::uint64_t count, std::uint32_t in_flight) {
    curl_slist* headers = nullptr;
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Authorization: Bearer none");
    headers = curl_slist_append(headers, "Expect:");
    const resilience::SystemClock clock;
    const auto start = clock.now();
    if (in_flight <= 1) {
        one_at_a_time(url, count, headers);
    } else {
        many(url, count, in_flight, headers);
    }
    const std::chrono::duration<double> took = clock.now() - start;
    curl_slist_free_all(headers);
    return took.count();
}

}  // namespace bench
