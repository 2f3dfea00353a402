// The benchmarks' loopback server as a program: prints its base URL and serves until killed.

#include "tests/bench/loopback_server.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    const bench::LoopbackServer server(
        std::chrono::milliseconds{argc > 1 ? std::atoi(argv[1]) : 0});
    std::printf("%s\n", server.base_url().c_str());
    std::fflush(stdout);
    pause();
}
