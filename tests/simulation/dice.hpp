#pragma once

#include <chrono>
#include <cstdint>

namespace simulation {

/// Random numbers that are the same everywhere (splitmix64): the standard distributions are not.
class Dice {
public:
    /// Neighbouring seeds begin far apart, instead of one step behind each other.
    explicit Dice(std::uint64_t seed) : state_(seed) { state_ = roll(); }

    std::uint64_t roll() {
        state_ += 0x9E3779B97F4A7C15U;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }
    /// From `low` to `high`, both included.
    int between(int low, int high) {
        const auto span = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<int>(roll() % span);
    }
    std::chrono::milliseconds between(std::chrono::milliseconds low,
                                      std::chrono::milliseconds high) {
        const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
        return low + std::chrono::milliseconds{static_cast<std::int64_t>(roll() % span)};
    }
    /// In [0, 1).
    double unit() { return static_cast<double>(roll() >> 11U) * 0x1.0p-53; }
    bool chance(double share) { return unit() < share; }

private:
    std::uint64_t state_;
};

}  // namespace simulation
