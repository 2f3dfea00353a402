#pragma once

#include <memory>
#include <stop_token>

namespace bot {

/// Turns Ctrl-C and SIGTERM into a stop request, so that everything ends in order. A second signal
/// of the same kind ends the process at once.
///
/// One instance at a time, for as long as the process should stop cleanly; the former handling
/// comes back when it goes. Children that are started meanwhile are not affected.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Stop is requested on a thread of this object, shortly after the signal.
    std::stop_token token() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bot
