#include "messaging/outbox/destination.hpp"

namespace messaging::outbox {

std::string destination_of(const Target& to) {
    switch (to.kind) {
        case Target::Kind::kRoomId:
            return "room:" + to.value;
        case Target::Kind::kPersonId:
            return "person:" + to.value;
        case Target::Kind::kPersonEmail:
            break;
    }
    return "email:" + to.value;
}

Target target_of(std::string_view destination) {
    const auto colon = destination.find(':');
    const auto kind = destination.substr(0, colon == std::string_view::npos ? 0 : colon);
    const std::string value(destination.substr(colon == std::string_view::npos ? 0 : colon + 1));
    if (kind == "person") return person(value);
    if (kind == "email") return email(value);
    return room(value);
}

}  // namespace messaging::outbox
