#include "messaging/content/pieces.hpp"

#include <utility>

namespace messaging {

namespace {

using Syntax = SplitOptions::Syntax;

std::string& text_of(Message& message, bool markdown) {
    return markdown ? message.markdown : message.text;
}

// The beginning of a text, and all of it as a file.
Piece shortened(const std::string& whole, const SplitOptions& limits, const std::string& parent) {
    const bool markdown = limits.syntax == Syntax::kMarkdown;
    Piece piece;
    piece.attachment = whole;
    piece.attachment_name = markdown ? "message.md" : "message.txt";
    const auto sentence = "Shortened; the full text is attached as " + piece.attachment_name + ".";
    const auto closing = markdown ? "_" + sentence + "_" : sentence;
    piece.message.parent_id = parent;
    text_of(piece.message, markdown) = first_part(whole, closing, limits).text;
    return piece;
}

std::vector<Piece> text_pieces(const Message& message, const PieceOptions& options) {
    const bool markdown = !message.markdown.empty();
    const auto& whole = markdown ? message.markdown : message.text;
    const SplitOptions limits{.syntax = markdown ? Syntax::kMarkdown : Syntax::kPlain,
                              .bytes_max = options.bytes_max,
                              .html_max = options.html_max,
                              .parts_max = options.parts_max};
    std::vector<Piece> pieces;
    if (!message.card_json.empty() || fits(whole, limits)) {
        auto& piece = pieces.emplace_back();
        piece.message = message;
        piece.message.files.clear();
        const bool derived = markdown && message.card_json.empty();
        if (derived && message.text.size() > options.bytes_max) piece.message.text.clear();
        return pieces;
    }
    for (auto& part : split_text(whole, limits)) {
        auto& piece = pieces.emplace_back();
        piece.continues = pieces.size() > 1;
        piece.message.parent_id = message.parent_id;
        text_of(piece.message, markdown) = std::move(part.text);
    }
    if (pieces.empty()) pieces.push_back(shortened(whole, limits, message.parent_id));
    return pieces;
}

}  // namespace

std::vector<Piece> pieces_of(const Message& message, const PieceOptions& options) {
    auto pieces = text_pieces(message, options);
    for (const auto& file : message.files) {
        auto& first = pieces.front();
        if (first.attachment.empty() && first.message.files.empty()) {
            first.message.files = {file};
            continue;
        }
        auto& piece = pieces.emplace_back();
        piece.message.parent_id = message.parent_id;
        piece.message.files = {file};
    }
    return pieces;
}

}  // namespace messaging
