#pragma once

#include "bot/cli/jsonl.hpp"

#include <iosfwd>

namespace bot::cli {

/// `stentor classify --matrix`: reads failures with the class that they should have, one JSON
/// object per line as in `classify_jsonl` with `expect.class` beside it, and prints for two
/// classifiers how often each expected class (row) was taken for which (column): the profile that
/// the line names, and the plain list of words (profile `literal`). Below each: how many came out
/// right, how many would be repeated though they must not (a doubled or hopeless call), and how
/// many would be lost though repeating heals them.
///
/// Lines that cannot be read are named on `err` and left out. Returns 0, or 65 if there was such a
/// line or none at all. Blocks until `in` ends.
int classify_matrix(std::istream& in,
                    std::ostream& out,
                    std::ostream& err,
                    const ClassifierOf& classifier_of = plain_classifier);

}  // namespace bot::cli
