#include "bot/commands/argument.hpp"

#include "bot/commands/argument_value.hpp"
#include "bot/commands/named.hpp"
#include "bot/text/closest.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"
#include "resilience/ascii.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace bot::commands {

using resilience::Result;

namespace {

using resilience::ascii::lowered;

std::string uppered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

std::string quoted_echo(const std::string& word) {
    if (!text::is_utf8(word)) return "that";
    return "\"" + text::escape_markdown(text::shorten(word, kEchoMax)) + "\"";
}

std::string code(const std::string& text) {
    return "`" + text + "`";
}

bool bounded(const Argument& argument) {
    return argument.min != std::numeric_limits<std::int64_t>::min() ||
           argument.max != std::numeric_limits<std::int64_t>::max();
}

std::string bound(const Argument& argument, std::int64_t value) {
    if (argument.type != ArgumentType::kDuration) return std::to_string(value);
    for (const auto& [size, unit] : {std::pair{86'400, "d"}, {3'600, "h"}, {60, "m"}}) {
        if (value != 0 && value % size == 0) return std::to_string(value / size) + unit;
    }
    return std::to_string(value) + "s";
}

// " from 1 to 400", or nothing.
std::string range_of(const Argument& argument) {
    if (!bounded(argument)) return {};
    if (argument.max == std::numeric_limits<std::int64_t>::max()) {
        return " from " + bound(argument, argument.min) + " on";
    }
    return " from " + bound(argument, argument.min) + " to " + bound(argument, argument.max);
}

std::string listed(const std::vector<std::string>& choices) {
    std::string text;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
        text += code(choices[i]);
    }
    return text;
}

std::string choice_in_usage(const Argument& argument) {
    std::string text;
    for (const auto& choice : argument.choices)
        text += (text.empty() ? "" : "|") + choice;
    return text;
}

// What stands for the value in a usage line.
std::string placeholder(const Argument& argument) {
    switch (argument.type) {
        case ArgumentType::kChoice:
            return choice_in_usage(argument);
        case ArgumentType::kInteger:
            return "N";
        case ArgumentType::kDate:
            return "DATE";
        case ArgumentType::kDuration:
            return "TIME";
        case ArgumentType::kWord:
        case ArgumentType::kText:
            break;
    }
    return uppered(argument.name);
}

}  // namespace

std::string kind_of(const Argument& argument) {
    switch (argument.type) {
        case ArgumentType::kInteger:
            return "a whole number" + range_of(argument);
        case ArgumentType::kChoice:
            return listed(argument.choices);
        case ArgumentType::kDate:
            return "a date like `2026-11-27`, `today` or `yesterday`";
        case ArgumentType::kDuration:
            return "a time like `90s`, `15m`, `2h` or `3d`" + range_of(argument);
        case ArgumentType::kWord:
        case ArgumentType::kText:
            break;
    }
    return argument.type == ArgumentType::kWord ? "a word" : "a text";
}

std::string usage_of(const Argument& argument, bool option) {
    std::string text;
    if (option) {
        text = "--" + argument.name + " " + placeholder(argument);
    } else if (argument.type == ArgumentType::kChoice) {
        text = choice_in_usage(argument);
    } else {
        text = uppered(argument.name) + (argument.type == ArgumentType::kText ? "…" : "");
    }
    return argument.required ? text : "[" + text + "]";
}

template <class T>
const T* Arguments::find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : std::get_if<T>(&found->second);
}

bool Arguments::has(std::string_view name) const {
    return values_.find(name) != values_.end();
}

const std::string& Arguments::text(std::string_view name) const {
    static const std::string none;
    const auto* found = find<std::string>(name);
    return found == nullptr ? none : *found;
}

std::optional<std::int64_t> Arguments::integer(std::string_view name) const {
    const auto* found = find<std::int64_t>(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<std::chrono::sys_days> Arguments::date(std::string_view name) const {
    const auto* found = find<std::chrono::sys_days>(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<std::chrono::seconds> Arguments::duration(std::string_view name) const {
    const auto* found = find<std::chrono::seconds>(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

/// One line of words and options on its way to Arguments.
class ArgumentReader {
public:
    ArgumentReader(const std::string& verb, std::chrono::sys_days today)
        : verb_(verb), today_(today) {}

    Result<Arguments> run(const std::vector<Argument>& positions,
                          const std::vector<Argument>& options,
                          const CommandLine& line) {
        read_words(positions, line.words);
        for (const auto& [name, value] : line.options)
            read_option(positions, options, name, value, line.bare.contains(name));
        for (const auto* declared : {&positions, &options}) {
            for (const auto& argument : *declared)
                complete(argument, declared == &options);
        }
        if (!mistake_.empty()) return resilience::permanent_error(mistake_);
        return std::move(arguments_);
    }

    /// Why the fallback of a declaration cannot be read; empty: it can.
    std::string judge_fallback(const Argument& argument) {
        if (!argument.fallback.empty()) take(argument, argument.fallback, {});
        return mistake_;
    }

private:
    void read_words(const std::vector<Argument>& positions, const std::vector<std::string>& words) {
        std::size_t at = 0;
        for (const auto& argument : positions) {
            if (at >= words.size()) return;
            std::string value = words[at++];
            if (argument.type == ArgumentType::kText) {
                for (; at < words.size(); ++at)
                    value += " " + words[at];
            }
            take(argument, value, uppered(argument.name));
        }
        if (at >= words.size()) return;
        refuse(
            "I do not know what " + quoted_echo(words[at]) + " is for: " + code(verb_) + " takes " +
            (at == 0 ? "nothing" : "only " + std::to_string(at) + (at == 1 ? " word" : " words")) +
            " here." + hint());
    }

    // A value for a position may be given by name as well: "chart name=mttr".
    void read_option(const std::vector<Argument>& positions,
                     const std::vector<Argument>& options,
                     const std::string& name,
                     const std::string& value,
                     bool bare) {
        const auto is_meant = [&name](const Argument& argument) {
            return argument.name == name || std::find(argument.also.begin(), argument.also.end(),
                                                      name) != argument.also.end();
        };
        for (const auto* declared : {&options, &positions}) {
            const auto found = std::find_if(declared->begin(), declared->end(), is_meant);
            if (found == declared->end()) continue;
            const auto label = code("--" + name);
            if (arguments_.has(found->name)) {
                return refuse(label + " is there twice; give it once.");
            }
            if (bare) return refuse(label + " needs a value: " + kind_of(*found) + "." + hint());
            return take(*found, value, label);
        }
        refuse("I do not know the option " + quoted_echo(name) + " here." + meant(options, name) +
               hint());
    }

    static std::string meant(const std::vector<Argument>& options, const std::string& name) {
        std::vector<std::string> names;
        for (const auto& option : options) {
            names.push_back(option.name);
            names.insert(names.end(), option.also.begin(), option.also.end());
        }
        const auto near = text::closest(name, names);
        return near.empty() ? "" : " Did you mean " + code("--" + near) + "?";
    }

    void complete(const Argument& argument, bool option) {
        if (arguments_.has(argument.name)) return;
        if (!argument.fallback.empty()) return take(argument, argument.fallback, {});
        if (!argument.required) return;
        refuse(code(verb_) + " needs " +
               (option ? code("--" + argument.name) : uppered(argument.name)) +
               (argument.help.empty() ? "" : ", " + argument.help) + "." + hint());
    }

    // `label` is what the sender calls it.
    void take(const Argument& argument, const std::string& given, const std::string& label) {
        auto value = read(argument, given);
        if (value) {
            arguments_.values_[argument.name] = *std::move(value);
            return;
        }
        const auto near = text::closest(given, argument.choices);
        refuse(label + " must be " + kind_of(argument) + ", not " + quoted_echo(given) + "." +
               (near.empty() ? "" : " Did you mean " + code(near) + "?") + hint());
    }

    std::optional<Arguments::Value> read(const Argument& argument, const std::string& given) const {
        const auto fits = [&argument](std::int64_t number) {
            return number >= argument.min && number <= argument.max;
        };
        switch (argument.type) {
            case ArgumentType::kWord:
            case ArgumentType::kText:
                return given;
            case ArgumentType::kInteger:
                if (const auto number = parse_integer(given); number && fits(*number)) {
                    return *number;
                }
                return std::nullopt;
            case ArgumentType::kDuration:
                if (const auto length = parse_duration(lowered(given));
                    length && fits(length->count())) {
                    return *length;
                }
                return std::nullopt;
            case ArgumentType::kDate:
                if (const auto date = parse_date(lowered(given), today_)) return *date;
                return std::nullopt;
            case ArgumentType::kChoice:
                break;
        }
        const auto& choices = argument.choices;
        const auto choice = std::find(choices.begin(), choices.end(), lowered(given));
        if (choice == choices.end()) return std::nullopt;
        return *choice;
    }

    std::string hint() const { return " " + code("help " + verb_) + " shows how to ask."; }

    void refuse(std::string sentence) {
        if (mistake_.empty()) mistake_ = std::move(sentence);
    }

    const std::string& verb_;
    std::chrono::sys_days today_;
    Arguments arguments_;
    std::string mistake_;
};

Result<Arguments> read_arguments(const std::string& verb,
                                 const std::vector<Argument>& positions,
                                 const std::vector<Argument>& options,
                                 const CommandLine& line,
                                 std::chrono::sys_days today) {
    return ArgumentReader(verb, today).run(positions, options, line);
}

namespace {

std::string name_mistake(const Argument& argument, std::set<std::string>& taken) {
    auto names = argument.also;
    names.push_back(argument.name);
    for (const auto& name : names) {
        if (!taken.insert(name).second) return "two arguments have the name \"" + name + "\"";
        if (name.empty() || name != lowered(name)) {
            return "\"" + name + "\" is no lower-case name";
        }
    }
    return {};
}

std::string value_mistake(const Argument& argument) {
    if (argument.type == ArgumentType::kChoice && argument.choices.empty()) {
        return "\"" + argument.name + "\" has nothing to choose from";
    }
    const std::string verb = "it";
    if (ArgumentReader(verb, {}).judge_fallback(argument).empty()) return {};
    return "the fallback of \"" + argument.name + "\" is not what it may be";
}

// What stands in front of what.
std::string order_mistake(const std::vector<Argument>& positions) {
    for (std::size_t i = 1; i < positions.size(); ++i) {
        const auto& before = positions[i - 1];
        if (before.type == ArgumentType::kText) {
            return "nothing can stand behind the text \"" + before.name + "\"";
        }
        if (positions[i].required && !before.required) {
            return "\"" + positions[i].name + "\" is required behind one that is not";
        }
    }
    return {};
}

}  // namespace

std::string declaration_mistake(const std::vector<Argument>& positions,
                                const std::vector<Argument>& options) {
    std::set<std::string> taken;
    for (const auto* declared : {&positions, &options}) {
        for (const auto& argument : *declared) {
            if (auto mistake = name_mistake(argument, taken); !mistake.empty()) return mistake;
            if (auto mistake = value_mistake(argument); !mistake.empty()) return mistake;
        }
    }
    return order_mistake(positions);
}

}  // namespace bot::commands
