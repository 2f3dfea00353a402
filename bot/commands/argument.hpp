#pragma once

#include "bot/commands/command_line.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bot::commands {

/// What a value must look like.
enum class ArgumentType : std::uint8_t {
    kWord,     ///< Any single word, or several in quotes.
    kText,     ///< All words that are left; by position, and there the last one.
    kInteger,  ///< A whole number from `min` to `max`.
    kChoice,   ///< One of `choices`, in any case.
    kDate,     ///< 2026-11-27, or today or yesterday (UTC).
    kDuration  ///< 90s, 15m, 2h, 3d, 2w; from `min` to `max` seconds.
};

/// What a command takes: by position, or as an option by name.
struct Argument {
    std::string name;       ///< Lower-case word; what the handler asks for.
    std::string help = {};  ///< Half a sentence for `help COMMAND`.
    ArgumentType type = ArgumentType::kWord;
    bool required = false;
    std::string fallback =
        {};  ///< Taken when it is not given, written as a user would; may be empty.
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    std::vector<std::string> choices = {};
    std::vector<std::string> also = {};  ///< Further names of an option.
};

/// What was given to a command, checked and typed. A name that the command has not declared, or
/// that was not given and has no fallback, has an empty value.
class Arguments {
public:
    bool has(std::string_view name) const;
    /// Of a word, text or choice (in the case in which the command declares it).
    const std::string& text(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const;
    std::optional<std::chrono::sys_days> date(std::string_view name) const;
    std::optional<std::chrono::seconds> duration(std::string_view name) const;

private:
    friend class ArgumentReader;
    using Value =
        std::variant<std::string, std::int64_t, std::chrono::sys_days, std::chrono::seconds>;

    template <class T>
    const T* find(std::string_view name) const;

    std::map<std::string, Value, std::less<>> values_;
};

/// Reads what was written as the command declares it. Fails with one sentence for the sender that
/// says what to do: something is missing, of another kind, out of range, or not known. `verb` is
/// the command's name, `today` what "today" means. Pure; takes any bytes.
resilience::Result<Arguments> read_arguments(const std::string& verb,
                                             const std::vector<Argument>& positions,
                                             const std::vector<Argument>& options,
                                             const CommandLine& line,
                                             std::chrono::sys_days today);

/// What is wrong with a declaration, for the programmer; empty: nothing.
std::string declaration_mistake(const std::vector<Argument>& positions,
                                const std::vector<Argument>& options);

/// "NAME", "[NAME]", "[WORDS…]" or "[--weeks N]": one argument in a usage line.
std::string usage_of(const Argument& argument, bool option);
/// "a whole number from 1 to 400", "`light` or `dark`": what a value may be, in markdown.
std::string kind_of(const Argument& argument);

}  // namespace bot::commands
