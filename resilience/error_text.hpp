#pragma once

#include "resilience/phrases.hpp"

#include <cstdint>
#include <string_view>

namespace resilience {

/// What the words of an error text speak of. The order is the order in which they decide.
enum class TextTopic : std::uint8_t {
    kCancelled,        ///< "operation canceled"
    kTunnel,           ///< A proxy refused the tunnel.
    kCertificate,      ///< A certificate was not accepted.
    kCredentials,      ///< "unauthorized", "invalid api key"
    kValidation,       ///< "invalid", "must be": a mistake in the request
    kQuota,            ///< A plan or monthly count is used up; no wait helps.
    kRefusedContent,   ///< Content policy, token limit.
    kMissing,          ///< "not found", "permission denied"
    kRateLimited,      ///< "too many requests"
    kCutOff,           ///< The connection broke after it had stood.
    kNotConnected,     ///< No connection came about: nothing was sent.
    kUnknownHost,      ///< "name or service not known"
    kGatewayTimeout,   ///< "gateway timeout"
    kBadGateway,       ///< "bad gateway"
    kServerError,      ///< "internal server error"
    kUnavailable,      ///< "service unavailable"
    kTimeout,          ///< "timeout", "timed out"
    kNetwork,          ///< "connection error", "network error"
    kWebexRoom,        ///< "could not find a room"
    kWebexPerson,      ///< "failed to find user"
    kWebexMessage,     ///< "unable to get message"
    kWebexTooLong,     ///< "message length limited to"
    kWebexTooBig,      ///< "request payload is too big"
    kWebexContent,     ///< "unable to retrieve content"
    kUnprocessed,      ///< HTTP/2: "not processed", "above last stream"
    kStatusContext,    ///< A number behind this is an HTTP status.
    kStatusReason,     ///< A number before this is an HTTP status.
    kNotCarriedOut,    ///< A database or broker refused or undid it: "database is locked".
    kCertificateFault  ///< What is wrong with the certificate: "expired", "self signed".
};

/// What one pass over a text has found.
struct TextFindings {
    std::uint64_t topics = 0;
    int status = 0;  ///< First HTTP status, 400 to 599, that stands in HTTP context.

    bool has(TextTopic topic) const noexcept {
        return (topics >> static_cast<unsigned>(topic) & 1U) != 0;
    }
};

/// Reads an error text in one pass: whole words, any case, runs of punctuation as one blank.
/// Skipped are tracking ids, URLs, absolute paths and quoted text of users. Neither allocates nor
/// throws; the automaton is built at the first call of `prepare_error_texts`.
TextFindings read_error_text(std::string_view text) noexcept;

/// As above, but quoted text counts: for bodies of which the quotes belong to JSON.
TextFindings read_error_body(std::string_view body) noexcept;

/// Whether quoted text of users is read.
enum class QuotedText : std::uint8_t { kSkipped, kCounts };

/// The groups of all phrases of another automaton that stand in a text, read as above. Neither
/// allocates nor throws.
std::uint64_t find_phrases(std::string_view text,
                           const PhraseAutomaton& phrases,
                           QuotedText quoted) noexcept;

/// Builds the automaton, once. May allocate; safe from many threads.
void prepare_error_texts();

/// True if the text contains one of the twelve words of the literal list, in any case, anywhere.
bool has_literal_word(std::string_view text) noexcept;

}  // namespace resilience
