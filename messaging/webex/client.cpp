#include "messaging/webex/client.hpp"

#include "messaging/webex/limits.hpp"
#include "messaging/webex/link.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

namespace messaging::webex {
namespace {

using resilience::Done;
using resilience::permanent_error;

constexpr std::size_t kPagesMax = 1'000;
constexpr std::size_t kPageSize = 100;
constexpr std::string_view kNoPerson = "a membership needs a person, by id or e-mail, not a room";

bool is_success(int status) {
    return status >= 200 && status < 300;
}

// 0 when no answer came.
int status_of(const http::Outcome& outcome) {
    const auto* const response = std::get_if<http::Response>(&outcome);
    return response == nullptr ? 0 : response->status;
}

std::string segment(std::string_view folder, std::string_view id) {
    return std::string{folder} + encode_component(id);
}

std::string page_size(std::size_t items_max) {
    return "max=" + std::to_string(std::clamp<std::size_t>(items_max, 1, kPageSize));
}

// The name in Content-Disposition, reduced to its last part: it goes into a folder of ours.
std::string file_name_in(std::string_view disposition) {
    constexpr std::string_view kMark = "filename=\"";
    const auto start = disposition.find(kMark);
    if (start == std::string_view::npos) return {};
    std::string name;
    for (auto i = start + kMark.size(); i < disposition.size() && disposition[i] != '"'; ++i) {
        // Only these two: some senders put Windows paths here without escaping them.
        const auto pair = disposition.substr(i, 2);
        if (pair == "\\\"" || pair == "\\\\") ++i;
        name += disposition[i];
    }
    const auto folder = name.find_last_of("/\\");
    if (folder != std::string::npos) name.erase(0, folder + 1);
    return name == "." || name == ".." ? std::string{} : name;
}

FileInfo file_in(const http::Headers& headers) {
    FileInfo file;
    file.file_name = file_name_in(http::find_header(headers, "Content-Disposition"));
    file.content_type = http::find_header(headers, "Content-Type");
    const auto length = http::find_header(headers, "Content-Length");
    std::uint64_t size = 0;
    const auto* const end = length.data() + length.size();
    const auto parsed = std::from_chars(length.data(), end, size);
    if (parsed.ec == std::errc{} && parsed.ptr == end) file.size = size;
    return file;
}

// An answer that says success but cannot be read: the text names the call.
resilience::Error unreadable(const http::Request& asked, const resilience::Error& why) {
    resilience::Error error;
    error.cls = resilience::ErrorClass::kAmbiguous;
    error.message = asked.method + " " + asked.url.substr(0, asked.url.find('?')) + ": " +
                    why.message + "; it was carried out";
    error.rule = "unreadable_success";
    return error;
}

http::Request without_secrets(const http::Request& request) {
    http::Request asked;
    asked.method = request.method;
    asked.url = request.url;
    return asked;
}

}  // namespace

WebexClient::WebexClient(Options options,
                         http::BlockingClient& http,
                         const resilience::Clock& clock)
    : options_(std::move(options)), http_(http), clock_(clock) {}

http::Outcome WebexClient::perform(http::Request request, const Stop& stop) const {
    const bool carries_file = !request.parts.empty() || !request.response_file.empty();
    request.connect_timeout = options_.connect_timeout;
    request.timeout = carries_file ? options_.transfer_timeout : options_.timeout;
    return http_.perform(std::move(request), stop);
}

resilience::Result<http::Response> WebexClient::call(http::Request request,
                                                     const Stop& stop) const {
    const http::Request asked = without_secrets(request);
    http::Outcome outcome = perform(std::move(request), stop);
    auto* const response = std::get_if<http::Response>(&outcome);
    if (response != nullptr && is_success(response->status)) return std::move(*response);
    auto failed = call_failure(asked, outcome, options_.classifier, clock_.wall_now());
    if (failed.refusal == Refusal::kEditLimit) failed.error.rule = kEditLimitRule;
    return std::move(failed.error);
}

template <class T>
resilience::Result<T> WebexClient::call_for(http::Request request,
                                            Result<T> (*parse)(std::string_view),
                                            const Stop& stop) const {
    const http::Request asked = without_secrets(request);
    auto response = call(std::move(request), stop);
    if (!response) return std::move(response).error();
    auto value = parse(response.value().body);
    if (!value) return unreadable(asked, value.error());
    return value;
}

template <class T>
resilience::Result<std::vector<T>> WebexClient::collect(
    std::string_view path,
    Result<std::vector<T>> (*parse)(std::string_view),
    std::size_t items_max,
    const Stop& stop) const {
    const Endpoint endpoint = options_.endpoint();
    http::Request request = api_request(endpoint, "GET", path);
    std::vector<T> all;
    for (std::size_t page = 0; page < kPagesMax; ++page) {
        const http::Request asked = without_secrets(request);
        auto response = call(std::move(request), stop);
        if (!response) return std::move(response).error();
        auto items = parse(response.value().body);
        if (!items) return unreadable(asked, items.error());
        std::move(items.value().begin(), items.value().end(), std::back_inserter(all));
        // A page may be empty and still have a next one.
        const auto next = next_link(response.value().headers);
        if (!next || all.size() >= items_max) {
            if (all.size() > items_max) all.resize(items_max);
            return all;
        }
        if (*next == asked.url || !may_carry_token(endpoint.base_url, *next)) {
            return permanent_error("GET " + std::string{path.substr(0, path.find('?'))} +
                                   ": the address of the next page is not one of this service");
        }
        request = api_request(endpoint, "GET", {});
        request.url = mended_next(*next, asked.url);
    }
    // Not the items so far: what is missing would be taken for absent.
    return permanent_error("GET " + std::string{path.substr(0, path.find('?'))} +
                           ": the list does not end after " + std::to_string(kPagesMax) + " pages");
}

resilience::Result<Done> WebexClient::remove(std::string_view path, const Stop& stop) const {
    auto request = api_request(options_.endpoint(), "DELETE", path);
    const http::Request asked = without_secrets(request);
    const http::Outcome outcome = perform(std::move(request), stop);
    // 404: somebody was faster, or an earlier attempt succeeded and its answer was lost.
    if (is_success(status_of(outcome)) || status_of(outcome) == 404) return Done{};
    return call_failure(asked, outcome, options_.classifier, clock_.wall_now()).error;
}

resilience::Result<Person> WebexClient::me(const Stop& stop) const {
    return call_for(get_me(options_.endpoint()), parse_person, stop);
}

resilience::Result<std::vector<Room>> WebexClient::rooms(std::string_view type,
                                                         std::size_t items_max,
                                                         const Stop& stop) const {
    std::string path = "/rooms?" + page_size(items_max);
    if (!type.empty()) path += "&type=" + encode_component(type);
    return collect(path, parse_room_list, items_max, stop);
}

resilience::Result<Room> WebexClient::room(std::string_view room_id, const Stop& stop) const {
    return call_for(api_request(options_.endpoint(), "GET", segment("/rooms/", room_id)),
                    parse_room, stop);
}

resilience::Result<Room> WebexClient::create_room(std::string_view title, const Stop& stop) const {
    if (title.empty()) return permanent_error("a room needs a title");
    return call_for(api_request(options_.endpoint(), "POST", "/rooms", render_new_room(title)),
                    parse_room, stop);
}

resilience::Result<Done> WebexClient::delete_room(std::string_view room_id,
                                                  const Stop& stop) const {
    return remove(segment("/rooms/", room_id), stop);
}

resilience::Result<std::vector<Membership>> WebexClient::memberships(std::string_view room_id,
                                                                     std::size_t items_max,
                                                                     const Stop& stop) const {
    std::string path = "/memberships?" + page_size(items_max);
    if (!room_id.empty()) path += "&roomId=" + encode_component(room_id);
    return collect(path, parse_membership_list, items_max, stop);
}

resilience::Result<std::optional<Membership>> WebexClient::membership(std::string_view room_id,
                                                                      const Target& person,
                                                                      const Stop& stop) const {
    if (person.kind == Target::Kind::kRoomId) return permanent_error(std::string{kNoPerson});
    const bool by_id = person.kind == Target::Kind::kPersonId;
    const auto path = "/memberships?max=1&roomId=" + encode_component(room_id) +
                      (by_id ? "&personId=" : "&personEmail=") + encode_component(person.value);
    auto found = collect(path, parse_membership_list, 1, stop);
    if (!found) return std::move(found).error();
    std::optional<Membership> first;
    if (!found.value().empty()) first = std::move(found).value().front();
    return first;
}

resilience::Result<Membership> WebexClient::create_membership(std::string_view room_id,
                                                              const Target& person,
                                                              const Stop& stop) const {
    if (person.kind == Target::Kind::kRoomId) return permanent_error(std::string{kNoPerson});
    auto request = api_request(options_.endpoint(), "POST", "/memberships",
                               render_new_membership(room_id, person));
    const http::Request asked = without_secrets(request);
    const http::Outcome outcome = perform(std::move(request), stop);
    if (is_success(status_of(outcome))) {
        auto made = parse_membership(std::get<http::Response>(outcome).body);
        return made ? std::move(made) : unreadable(asked, made.error());
    }
    // 409: they were there already, or an earlier attempt succeeded and its answer was lost.
    if (status_of(outcome) == 409) {
        auto found = membership(room_id, person, stop);
        if (!found) return std::move(found).error();
        if (found.value()) return *std::move(found).value();
    }
    return call_failure(asked, outcome, options_.classifier, clock_.wall_now()).error;
}

resilience::Result<Done> WebexClient::delete_membership(std::string_view membership_id,
                                                        const Stop& stop) const {
    return remove(segment("/memberships/", membership_id), stop);
}

resilience::Result<MessageView> WebexClient::create_message(const Target& to,
                                                            const Message& message,
                                                            const Stop& stop) const {
    auto allowed = check_message(to, message);
    if (!allowed) return std::move(allowed).error();
    if (message.files.size() > 1) {
        return permanent_error("Webex takes one file a message: send one message for each");
    }
    auto json = render_message(to, message);
    const Endpoint endpoint = options_.endpoint();
    if (message.files.empty()) {
        auto body = std::make_shared<const std::string>(std::move(json));
        return call_for(webex::create_message(endpoint, std::move(body)), parse_message, stop);
    }
    const File& file = message.files.front();
    const auto name =
        file.name.empty() ? std::filesystem::path(file.path).filename().string() : file.name;
    return call_for(create_message_with_file(endpoint, json, file.path, name, file.content_type),
                    parse_message, stop);
}

resilience::Result<MessageView> WebexClient::message(std::string_view message_id,
                                                     const Stop& stop) const {
    return call_for(get_message(options_.endpoint(), message_id), parse_message, stop);
}

resilience::Result<std::vector<MessageView>> WebexClient::messages(std::string_view room_id,
                                                                   const ListOptions& options,
                                                                   const Stop& stop) const {
    std::string path =
        "/messages?roomId=" + encode_component(room_id) + "&" + page_size(options.items_max);
    if (options.mentions_only) path += "&mentionedPeople=me";
    if (!options.before_message.empty()) {
        path += "&beforeMessage=" + encode_component(options.before_message);
    }
    return collect(path, parse_message_list, options.items_max, stop);
}

resilience::Result<std::vector<MessageView>> WebexClient::direct_messages(const Target& person,
                                                                          const Stop& stop) const {
    const Endpoint endpoint = options_.endpoint();
    switch (person.kind) {
        case Target::Kind::kPersonId:
            return call_for(list_direct_by_id(endpoint, person.value), parse_message_list, stop);
        case Target::Kind::kPersonEmail:
            return call_for(list_direct_by_email(endpoint, person.value), parse_message_list, stop);
        case Target::Kind::kRoomId:
            break;
    }
    return permanent_error("direct messages are listed by person, not by room");
}

resilience::Result<MessageView> WebexClient::edit_message(std::string_view message_id,
                                                          std::string_view room_id,
                                                          const Message& message,
                                                          const Stop& stop) const {
    if (!message.files.empty() || !message.card_json.empty()) {
        return permanent_error("Webex edits only text: send a new message for a file or card");
    }
    auto allowed = check_message(messaging::room(std::string{room_id}), message);
    if (!allowed) return std::move(allowed).error();
    return call_for(api_request(options_.endpoint(), "PUT", segment("/messages/", message_id),
                                render_edit(room_id, message.text, message.markdown)),
                    parse_message, stop);
}

resilience::Result<Done> WebexClient::delete_message(std::string_view message_id,
                                                     const Stop& stop) const {
    return remove(segment("/messages/", message_id), stop);
}

resilience::Result<http::Request> WebexClient::file_request(std::string method,
                                                            const std::string& url,
                                                            const FileOptions& options) const {
    const Endpoint endpoint = options_.endpoint();
    if (!may_carry_token(endpoint.base_url, url)) {
        return permanent_error("refused to ask for a file at an address outside the service");
    }
    auto request = api_request(endpoint, std::move(method), {});
    request.url = url;
    if (options.allow_unscannable) {
        const auto mark = url.find('?') == std::string::npos ? '?' : '&';
        request.url.append(1, mark).append("allow=unscannable");
    }
    return request;
}

resilience::Result<FileInfo> WebexClient::file_info(const std::string& url,
                                                    const FileOptions& options,
                                                    const Stop& stop) const {
    auto request = file_request("HEAD", url, options);
    if (!request) return std::move(request).error();
    const auto response = call(std::move(request).value(), stop);
    if (!response) return response.error();
    return file_in(response.value().headers);
}

resilience::Result<FileInfo> WebexClient::download(const std::string& url,
                                                   const std::string& path,
                                                   const FileOptions& options,
                                                   const Stop& stop) const {
    auto request = file_request("GET", url, options);
    if (!request) return std::move(request).error();
    request.value().response_file = path;
    request.value().response_limit = kFileBytesMax;
    const auto response = call(std::move(request).value(), stop);
    if (!response) return response.error();
    auto file = file_in(response.value().headers);
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    file.size = error ? 0 : static_cast<std::uint64_t>(size);
    return file;
}

resilience::Result<std::vector<Webhook>> WebexClient::webhooks(const Stop& stop) const {
    return collect("/webhooks?" + page_size(kPageSize), parse_webhook_list, 10 * kPageSize, stop);
}

resilience::Result<Webhook> WebexClient::create_webhook(const WebhookSpec& spec,
                                                        const Stop& stop) const {
    return call_for(api_request(options_.endpoint(), "POST", "/webhooks", render_new_webhook(spec)),
                    parse_webhook, stop);
}

resilience::Result<Webhook> WebexClient::update_webhook(std::string_view webhook_id,
                                                        const WebhookSpec& spec,
                                                        const Stop& stop) const {
    return call_for(api_request(options_.endpoint(), "PUT", segment("/webhooks/", webhook_id),
                                render_webhook_update(spec)),
                    parse_webhook, stop);
}

resilience::Result<Done> WebexClient::delete_webhook(std::string_view webhook_id,
                                                     const Stop& stop) const {
    return remove(segment("/webhooks/", webhook_id), stop);
}

resilience::Result<AttachmentAction> WebexClient::attachment_action(std::string_view action_id,
                                                                    const Stop& stop) const {
    return call_for(
        api_request(options_.endpoint(), "GET", segment("/attachment/actions/", action_id)),
        parse_attachment_action, stop);
}

}  // namespace messaging::webex
