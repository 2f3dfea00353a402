#include "bot/version.hpp"

namespace bot {

std::string_view version() {
    return STENTOR_VERSION;
}

}  // namespace bot
