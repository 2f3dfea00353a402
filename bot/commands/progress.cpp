#include "bot/commands/progress.hpp"

#include <utility>

namespace bot::commands {

namespace {

// "4 s", never "0 s".
std::string seconds(resilience::Duration time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

std::function<void(const resilience::Event&)> telling(std::function<void(const Retrying&)> told) {
    if (!told) return {};
    return [told = std::move(told)](const resilience::Event& event) {
        if (event.kind != resilience::EventKind::kRetry) return;
        const bool unlimited = event.max_attempts == resilience::kUnlimitedAttempts;
        told({.attempt = event.attempt + 1,
              .of = unlimited ? 0 : event.max_attempts,
              .wait = event.delay});
    };
}

Progress::Progress(std::string name, resilience::Instant started, const Limits& limits)
    : name_(std::move(name)), limits_(limits), started_(started) {}

Progress::Progress(std::string name, resilience::Instant started)
    : Progress(std::move(name), started, Limits{}) {}

void Progress::retrying(const Retrying& news, resilience::Instant now) {
    news_ = news;
    attempt_at_ = now + news.wait;
    told_ = false;
}

Progress::Step Progress::step(resilience::Instant now) const {
    if (!posted_) {
        const auto due = started_ + limits_.quiet;
        if (now < due) return {.next = due};
        return {.what = Do::kPost, .text = text(now)};
    }
    if (told_ || edits_ + 1 >= limits_.edits_max) return {};
    const auto due = changed_ + limits_.pause;
    if (now < due) return {.next = due};
    return {.what = Do::kEdit, .text = text(now)};
}

void Progress::done(Do what, resilience::Instant now) {
    if (what == Do::kNothing) return;
    if (what == Do::kEdit) ++edits_;
    posted_ = true;
    told_ = true;
    changed_ = now;
}

Progress::End Progress::end(bool one_text) const {
    if (!posted_) return End::kNone;
    return one_text && edits_ < limits_.edits_max ? End::kReplace : End::kRemove;
}

std::string Progress::text(resilience::Instant now) const {
    auto text = "Working on `" + name_ + "`…";
    if (!news_) return text;
    text += " attempt " + std::to_string(news_->attempt);
    if (news_->of > 0) text += " of " + std::to_string(news_->of);
    if (now < attempt_at_) text += ", next in " + seconds(attempt_at_ - now);
    return text;
}

}  // namespace bot::commands
