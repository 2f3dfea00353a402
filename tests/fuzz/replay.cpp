// Runs one fuzz target without libFuzzer: on every file of a folder, then on variations of those
// files from a fixed seed. So each sanitizer run of the suite covers the parsers of outside bytes,
// with any compiler, and the same bytes each time; looking for new paths is `./dev fuzz`.
//
// Arguments: the number of variations, then folders. Whatever the target reports ends the process;
// the bytes that did it are left in the file "replay-input" of the working directory.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::string;

void run(const Bytes& input) {
    std::ofstream("replay-input", std::ios::binary) << input;
    // A copy of exactly this size: the address sanitizer sees the first byte behind it.
    const std::vector<std::uint8_t> exact(input.begin(), input.end());
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::vector<Bytes> seeds_in(const std::filesystem::path& folder) {
    std::vector<Bytes> seeds;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return seeds;
}

class Variations {
public:
    explicit Variations(std::vector<Bytes> seeds) : seeds_(std::move(seeds)) {}

    Bytes next() {
        Bytes bytes = seeds_[below(seeds_.size())];
        for (std::size_t changes = 1 + below(4); changes > 0; --changes)
            change(bytes);
        return bytes;
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : chance_() % bound; }

    void change(Bytes& bytes) {
        // Signs that parsers divide by, and the bytes at the edges of UTF-8 and of numbers.
        static constexpr char kTelling[] =
            "\0\x01\x7f\x80\xbf\xc3\xf0\xff\r\n\t ,;:=\"'\\/<>{}[]0-9%*#";
        const std::size_t at = below(bytes.size() + 1);
        switch (below(6)) {
            case 0:
                if (at < bytes.size()) bytes[at] = static_cast<char>(chance_() & 0xffU);
                return;
            case 1:
                bytes.insert(at, 1, kTelling[below(sizeof kTelling - 1)]);
                return;
            case 2:
                bytes.erase(at, below(8));
                return;
            case 3:
                bytes.insert(at, bytes.substr(below(bytes.size()), below(16)));
                return;
            case 4:
                bytes.resize(at);
                return;
            default: {
                const Bytes& other = seeds_[below(seeds_.size())];
                bytes = bytes.substr(0, at) + other.substr(below(other.size() + 1));
                return;
            }
        }
    }

    std::vector<Bytes> seeds_;
    std::minstd_rand chance_{20260101};
};

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "usage: replay VARIATIONS [FOLDER…]\n";
        return 64;
    }
    std::vector<Bytes> seeds;
    for (int i = 2; i < count; ++i) {
        for (Bytes& seed : seeds_in(arguments[i]))
            seeds.push_back(std::move(seed));
    }
    if (seeds.empty()) seeds.emplace_back();
    for (const Bytes& seed : seeds)
        run(seed);
    Variations variations(seeds);
    const std::size_t wanted = std::stoul(arguments[1]);
    for (std::size_t i = 0; i < wanted; ++i)
        run(variations.next());
    std::filesystem::remove("replay-input");
    std::cout << seeds.size() << " inputs and " << wanted << " variations\n";
    return 0;
}
