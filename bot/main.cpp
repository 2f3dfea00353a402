#include "bot/version.hpp"

#include <cstdio>

int main() {
    const auto version = bot::version();
    std::printf("stentor %.*s\n", static_cast<int>(version.size()), version.data());
}
