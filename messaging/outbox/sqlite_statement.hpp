#pragma once

#include "messaging/outbox/sqlite_database.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace messaging::outbox {

/// A prepared statement, prepared at its first use and then kept. Failures go to its Database;
/// after one, nothing is done. Not thread-safe. Must not outlive the Database.
///
///     Statement insert{database, "INSERT INTO t VALUES (?1, ?2)"};
///     insert.run(7, "text");
///     auto row = select.select(7);
///     while (row.next()) use(row.integer(0));
///
/// Texts and bytes are not copied: they must live until `run` returns or the Rows are gone.
class Statement {
public:
    Statement(Database& database, std::string_view sql) : database_{&database}, sql_{sql} {}
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement(Statement&&) = delete;
    Statement& operator=(Statement&&) = delete;

    /// The rows of one execution. The statement is free again when it is destroyed.
    class Rows {
    public:
        explicit Rows(Statement* statement) : statement_{statement} {}
        ~Rows() { statement_->reset(); }
        Rows(const Rows&) = delete;
        Rows& operator=(const Rows&) = delete;
        Rows(Rows&&) = delete;
        Rows& operator=(Rows&&) = delete;

        bool next() { return statement_->step(); }
        std::int64_t integer(int column) const;
        /// Valid until the next `next`.
        std::string_view text(int column) const;
        std::span<const std::uint8_t> bytes(int column) const;
        bool null(int column) const;

    private:
        Statement* statement_;
    };

    /// Executes; true when it succeeded.
    template <class... Args>
    bool run(const Args&... args) {
        if (!prepare()) return false;
        int index = 0;
        (bind(++index, args), ...);
        step();
        reset();
        return !database_->failed();
    }
    template <class... Args>
    Rows select(const Args&... args) {
        if (prepare()) {
            int index = 0;
            (bind(++index, args), ...);
        }
        return Rows{this};
    }

private:
    bool prepare();
    bool step();
    void reset();
    template <std::integral Integer>
    void bind(int index, Integer value) {
        bind_integer(index, static_cast<std::int64_t>(value));
    }
    void bind(int index, std::chrono::milliseconds value) { bind_integer(index, value.count()); }
    void bind(int index, std::string_view text);
    void bind(int index, std::span<const std::uint8_t> bytes);
    void bind_integer(int index, std::int64_t value);

    Database* database_;
    std::string_view sql_;
    sqlite3_stmt* handle_ = nullptr;
};

}  // namespace messaging::outbox
