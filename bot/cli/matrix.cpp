#include "bot/cli/matrix.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/failure_line.hpp"
#include "bot/cli/json_line.hpp"
#include "bot/cli/jsonl.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>
#include <string>

namespace bot::cli {

namespace {

using nlohmann::json;
using resilience::ErrorClass;
using resilience::Idempotency;

constexpr auto kAllClasses =
    std::to_array({ErrorClass::kTransient, ErrorClass::kRateLimited, ErrorClass::kAmbiguous,
                   ErrorClass::kPermanent, ErrorClass::kAuth});

class Matrix {
public:
    void count(ErrorClass expected, ErrorClass got) {
        ++cells_[index(expected)][index(got)];
        ++all_;
        if (expected == got) ++right_;
        // What a non-idempotent call, such as posting a message, would do.
        const bool should = is_repeatable(expected, Idempotency::kNonIdempotent);
        const bool would = is_repeatable(got, Idempotency::kNonIdempotent);
        if (would && !should) ++wrongly_repeated_;
        if (should && !would) ++wrongly_given_up_;
    }

    void print(std::string_view title, std::ostream& out) const {
        out << title << "\n" << cell("");
        for (const auto cls : kAllClasses) {
            out << cell(to_string(cls));
        }
        out << "   taken for\n";
        for (const auto expected : kAllClasses) {
            out << cell(to_string(expected));
            for (const auto got : kAllClasses) {
                const auto number = cells_[index(expected)][index(got)];
                out << cell(number == 0 ? "." : std::to_string(number));
            }
            out << "\n";
        }
        out << right_ << " of " << all_ << " right; a message would wrongly be repeated "
            << wrongly_repeated_ << " times, wrongly given up " << wrongly_given_up_ << " times\n";
    }

    std::size_t all() const { return all_; }

private:
    static std::string cell(std::string_view text) {
        constexpr std::size_t kWidth = 14;
        return std::string(kWidth - std::min(kWidth, text.size()), ' ').append(text);
    }
    static std::size_t index(ErrorClass cls) { return static_cast<std::size_t>(cls); }

    std::array<std::array<std::size_t, kAllClasses.size()>, kAllClasses.size()> cells_{};
    std::size_t all_ = 0;
    std::size_t right_ = 0;
    std::size_t wrongly_repeated_ = 0;
    std::size_t wrongly_given_up_ = 0;
};

ErrorClass expected_class(const json& object) {
    const json* expect = find(object, "expect");
    if (expect == nullptr || !expect->is_object()) throw LineError("\"expect\" is missing");
    const auto name = needed_text_at(*expect, "class");
    for (const auto cls : kAllClasses) {
        if (to_string(cls) == name) return cls;
    }
    throw LineError("unknown class \"" + name + "\"");
}

}  // namespace

int classify_matrix(std::istream& in,
                    std::ostream& out,
                    std::ostream& err,
                    const ClassifierOf& classifier_of) {
    Matrix own;
    Matrix literal;
    int exit_code = kExitOk;
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
        if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            const json object = parse_object(text);
            const auto expected = expected_class(object);
            const auto line = read_failure_line(object);
            const auto judge = [&](const resilience::Classifier& classifier) {
                return classifier.classify(line.failure(), line.now).cls;
            };
            own.count(expected, judge(classifier_of(line.profile)));
            literal.count(expected, judge(plain_classifier(resilience::Profile::kLiteral)));
        } catch (const std::exception& error) {
            err << "line " << number << ": " << error.what() << "\n";
            exit_code = kExitDataError;
        }
    }
    if (own.all() == 0) {
        err << "no failures with an expected class on standard input\n";
        return kExitDataError;
    }
    own.print("expected, by the rules", out);
    out << "\n";
    literal.print("expected, by a plain list of words", out);
    return exit_code;
}

}  // namespace bot::cli
