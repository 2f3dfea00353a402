#include "messaging/sandbox/oracle.hpp"

#include "messaging/sandbox/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace messaging::sandbox {
namespace {

constexpr std::size_t kFindingsKept = 1'000;
constexpr std::size_t kFindingText = 200;
constexpr std::chrono::milliseconds kGrace{100};

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
    return (hash ^ std::hash<std::string_view>{}(text)) * 0x9E3779B97F4A7C15U + text.size();
}

std::uint64_t payload_hash(const Message& message, std::uint64_t file_hash) {
    auto hash = mix(file_hash, message.room->id);
    hash = mix(hash, message.person->id);
    hash = mix(hash, message.parent_id);
    hash = mix(hash, message.text);
    hash = mix(hash, message.markdown);
    return mix(hash, message.card);
}

// Not inside of a UTF-8 sequence.
std::string shortened(std::string_view text) {
    if (text.size() <= kFindingText) return std::string(text);
    std::size_t end = kFindingText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return std::string(text.substr(0, end));
}

int month_of(std::string_view name) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto* found = std::find(kMonths.begin(), kMonths.end(), name);
    return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110), turned into the form that moment.hpp reads.
std::optional<std::int64_t> parse_http_date(std::string_view value) {
    if (value.size() != 29 || value.substr(25) != " GMT") return std::nullopt;
    const int month = month_of(value.substr(8, 3));
    if (month == 0) return std::nullopt;
    std::string iso(value.substr(12, 4));
    iso += month < 10 ? "-0" : "-";
    iso += std::to_string(month) + "-";
    iso += value.substr(5, 2);
    iso += 'T';
    iso += value.substr(17, 8);
    return parse_iso_time(iso + "Z");
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_wait(std::string_view value,
                                                    resilience::Clock::WallTime now) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (parsed.ec == std::errc{} && parsed.ptr == value.data() + value.size()) {
        return std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, 1'000'000)};
    }
    const auto date = parse_http_date(value);
    if (!date) return std::nullopt;
    return std::chrono::milliseconds{*date} - resilience::since_epoch(now);
}

std::optional<std::uint64_t> sequence_number(std::string_view text) {
    for (auto at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
        const auto digits = text.substr(at + 1);
        std::uint64_t number = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (parsed.ec == std::errc{}) return number;
    }
    return std::nullopt;
}

std::uint64_t Oracle::stored(const Message& message, std::uint64_t file_hash, bool answer_lost) {
    ++stored_;
    if (answer_lost) ++stored_then_failed_;
    auto& room = rooms_[message.room->id];
    room.title = message.room->title;
    ++room.stored;
    const auto note = [&message](std::deque<Finding>& list, std::uint64_t number) {
        if (list.size() == kFindingsKept) list.pop_front();
        list.push_back({message.id, shortened(message.text), number});
    };
    const auto payload = payload_hash(message, file_hash);
    auto& seen = seen_[payload];
    if (++seen.count > 1) {
        ++duplicates_;
        ++room.duplicates;
        if (seen.answer_lost) ++duplicates_after_lost_;
        note(room.duplicate_list, seen.count);
    } else {
        ++room.distinct;
        const auto number = sequence_number(message.text);
        if (number && *number < room.last_sequence) {
            ++order_violations_;
            ++room.order_violations;
            note(room.violation_list, *number);
        }
        room.last_sequence = std::max(room.last_sequence, number.value_or(0));
    }
    seen.answer_lost = seen.answer_lost || answer_lost;
    return payload;
}

void Oracle::answer_abandoned(std::uint64_t number) {
    const auto found = seen_.find(number);
    if (found == seen_.end()) return;  // the counts were reset meanwhile
    ++stored_then_failed_;
    found->second.answer_lost = true;
}

void Oracle::refused(std::string_view key, std::string_view retry_after, const Moment& now) {
    const auto wait = retry_wait(retry_after, now.wall);
    if (!wait) return;
    auto& told = waits_[std::string(key)];
    // A wait that is still on keeps its beginning: its requests had been warned.
    if (told.until < now.steady) told.told = now.steady;
    told.until = std::max(told.until, now.steady + *wait);
}

void Oracle::arrived(std::string_view key, const Moment& now) {
    if (waits_.empty()) return;
    const auto found = waits_.find(std::string(key));
    if (found == waits_.end()) return;
    if (now.steady >= found->second.until) {
        waits_.erase(found);
    } else if (now.steady - found->second.told > kGrace) {
        ++early_;
    }
}

std::string Oracle::json() const {
    const auto write_list = [](JsonText& json, std::string_view name,
                               const std::deque<Finding>& list, std::string_view number_name) {
        json.key(name).open('[');
        for (const auto& finding : list) {
            json.open('{').field("messageId", finding.message_id).field("text", finding.text);
            json.number(number_name, finding.number).close('}');
        }
        json.close(']');
    };
    JsonText json;
    json.open('{').number("requests", requests_).number("stored", stored_);
    json.number("distinct", stored_ - duplicates_).number("duplicates", duplicates_);
    json.number("duplicatesAfterLostAnswer", duplicates_after_lost_);
    json.number("orderViolations", order_violations_).number("earlyRequests", early_);
    json.number("storedThenFailed", stored_then_failed_).key("hooks").open('{');
    json.number("owed", hooks_owed_).number("sent", hooks_sent_);
    json.number("failed", hooks_failed_).close('}').key("rooms").open('[');
    for (const auto& [id, room] : rooms_) {
        json.open('{').field("roomId", id).field("title", room.title);
        json.number("stored", room.stored).number("distinct", room.distinct);
        json.number("duplicates", room.duplicates);
        json.number("orderViolations", room.order_violations);
        json.number("lastSequence", room.last_sequence);
        write_list(json, "duplicateList", room.duplicate_list, "copy");
        write_list(json, "orderViolationList", room.violation_list, "sequence");
        json.close('}');
    }
    json.close(']').close('}');
    return json.take();
}

}  // namespace messaging::sandbox
