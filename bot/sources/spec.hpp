#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace bot::sources {

/// A file of this machine.
struct File {
    std::string path;
};

/// What another service gives for a GET.
struct Url {
    std::string url;              ///< https; http where no token is sent.
    std::string token_file = {};  ///< Holds a bearer token, read for each call; empty: none.
};

/// A range query of a Prometheus server, up to the moment of asking.
struct Prometheus {
    std::string url;  ///< Address of the server, without "/api/v1".
    std::string query;
    std::chrono::seconds range{24 * 3600};
    std::chrono::seconds step{3600};
    std::string label = {};  ///< The label that names each series; empty: all that differ.
    std::string token_file = {};
};

/// A query of a SQLite file, which is opened for reading alone.
struct Sqlite {
    std::string path;
    std::string query;  ///< One statement that changes nothing.
};

/// What a program writes to its standard output. No shell stands between.
struct Program {
    std::vector<std::string> words;  ///< The program and its arguments; never empty.
    std::uint64_t memory_max = std::uint64_t{512} << 20U;  ///< Bytes of address space.
};

enum class Format : std::uint8_t {
    kCsv,
    kJson,  ///< Objects, or lists with the names first.
    kPng    ///< A picture that somebody else has drawn.
};

/// Where data comes from and how patiently it is asked for, as the configuration says it.
struct Spec {
    std::variant<File, Url, Prometheus, Sqlite, Program> from;
    Format format = Format::kCsv;    ///< Of files, URLs and programs.
    std::string rows = {};           ///< Of JSON: where its rows are, "/data/items" (RFC 6901).
    std::string retry = "database";  ///< Name of a retry policy.
    std::chrono::milliseconds attempt_timeout{10'000};
};

/// A file, read once; its ending says whether it is CSV or JSON.
Spec file(std::string path);

/// The source as an operator knows it, for logs: path, address without its query, program.
std::string describe(const Spec& spec);

}  // namespace bot::sources
