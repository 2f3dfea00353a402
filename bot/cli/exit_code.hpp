#pragma once

namespace bot::cli {

/// What the process's exit code tells a script; from sysexits.h where that has a name for it.
enum ExitCode : int {
    kExitOk = 0,            ///< Done; for `send`: delivered.
    kExitFailed = 1,        ///< Will not be delivered, or what was asked for is not there.
    kExitPartial = 3,       ///< Of many, some were done and some were not.
    kExitUsage = 64,        ///< The command line is wrong.
    kExitUnavailable = 69,  ///< No bot is running, or something it needs is missing.
    kExitTryLater = 75,     ///< Queued or uncertain: delivery goes on. Or: another one runs.
    kExitAuth = 77,         ///< The token was refused; messages are kept.
    kExitConfig = 78        ///< The configuration has mistakes.
};

}  // namespace bot::cli
