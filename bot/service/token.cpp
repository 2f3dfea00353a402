#include "bot/service/token.hpp"

#include "bot/config/secret_file.hpp"
#include "bot/log/log.hpp"

#include <utility>

namespace bot::service {

using resilience::Result;

namespace {

constexpr std::chrono::seconds kLook{2};

}  // namespace

Token::Token(const config::Config& config)
    : file_(config.access_token_file), token_(config.access_token) {}

std::string Token::get() const {
    const std::scoped_lock lock(mutex_);
    return token_.reveal();
}

Result<bool> Token::refresh() {
    if (file_.empty()) return false;
    auto read = config::read_secret_file(file_);
    if (!read.ok()) return std::move(read).error();
    const std::scoped_lock lock(mutex_);
    if (token_.reveal() == read.value()) return false;
    token_ = config::Secret(std::move(read).value());
    log::hide(token_.reveal());
    return true;
}

// By content, not by date: a file that is replaced by a link to another one, as secret stores do,
// may well be older than the one before.
void Token::watch(resilience::Clock& clock,
                  const std::stop_token& stop,
                  const std::function<void()>& changed) {
    if (file_.empty()) return;
    std::string complaint;
    while (clock.sleep_until(clock.now() + kLook, stop)) {
        const auto fresh = refresh();
        if (!fresh.ok()) {
            if (complaint != fresh.error().message) {
                log::warn("the token file cannot be used, the old token stays",
                          {{"why", fresh.error().message}});
            }
            complaint = fresh.error().message;
            continue;
        }
        complaint.clear();
        if (!fresh.value()) continue;
        log::info("the token was replaced", {{"file", file_}});
        changed();
    }
}

bool token_refused(const messaging::outbox::Sender& sender) {
    return sender.held() && sender.hold_reason().find("HTTP 401") != std::string::npos;
}

}  // namespace bot::service
