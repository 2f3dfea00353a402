#include "bot/sources/attempt.hpp"
#include "bot/sources/limits.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <utility>

namespace bot::sources {
namespace {

constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's virtual machine, some 0.1 ms

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct EndStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, EndStatement>;

// When a query has to end; asked by SQLite as it goes.
struct Limit {
    resilience::Clock& clock;
    resilience::Clock::Instant deadline;
    const std::stop_token& stop;

    bool over() const { return stop.stop_requested() || clock.now() >= deadline; }
};

class Query {
public:
    Query(const Sqlite& source, const Attempt& attempt)
        : source_(source),
          name_(std::filesystem::path(source.path).filename().string()),
          limit_{attempt.clock, attempt.clock.now() + attempt.spec.attempt_timeout, attempt.stop} {}

    resilience::Result<Table> run() {
        if (auto failed = open()) return *failed;
        if (auto failed = prepare()) return *failed;
        Table table;
        const int columns = sqlite3_column_count(statement_.get());
        for (int i = 0; i < columns; ++i)
            table.columns.emplace_back(sqlite3_column_name(statement_.get(), i));
        int code = 0;
        while ((code = sqlite3_step(statement_.get())) == SQLITE_ROW) {
            if (table.rows.size() == kRowsMax) {
                return resilience::permanent_error("its query gives more than 20000 rows");
            }
            auto& row = table.rows.emplace_back();
            for (int i = 0; i < columns; ++i)
                row.push_back(cell(i));
            table.lines.push_back(table.rows.size());
        }
        if (code != SQLITE_DONE) return fail(code);
        return table;
    }

private:
    std::optional<resilience::Error> open() {
        std::error_code error;
        if (!std::filesystem::exists(source_.path, error)) {
            return resilience::permanent_error("its file " + name_ + " is missing");
        }
        sqlite3* opened = nullptr;
        const int code = sqlite3_open_v2(source_.path.c_str(), &opened,
                                         SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
        database_.reset(opened);
        if (code != SQLITE_OK) return fail(code);
        // Writers are waited for, for as long as the attempt may take.
        sqlite3_busy_handler(
            database_.get(),
            [](void* limit, int) {
                if (static_cast<Limit*>(limit)->over()) return 0;
                sqlite3_sleep(10);
                return 1;
            },
            &limit_);
        sqlite3_progress_handler(
            database_.get(), kStepsBetweenLooks,
            [](void* limit) { return static_cast<Limit*>(limit)->over() ? 1 : 0; }, &limit_);
        // A query is configuration, but reaches nothing beyond its own file.
        sqlite3_limit(database_.get(), SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_limit(database_.get(), SQLITE_LIMIT_COLUMN, static_cast<int>(kColumnsMax));
        return std::nullopt;
    }

    std::optional<resilience::Error> prepare() {
        sqlite3_stmt* made = nullptr;
        const char* rest = nullptr;
        const int code =
            sqlite3_prepare_v2(database_.get(), source_.query.c_str(), -1, &made, &rest);
        statement_.reset(made);
        if (code != SQLITE_OK) return fail(code);
        const bool more = rest != nullptr && std::string_view(rest).find_first_not_of(" \t\r\n;") !=
                                                 std::string_view::npos;
        if (made == nullptr || more || sqlite3_stmt_readonly(made) == 0) {
            return resilience::permanent_error("its query is not one statement that only reads");
        }
        return std::nullopt;
    }

    std::string cell(int column) {
        const auto* text =
            reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
        if (text == nullptr) return {};
        return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
    }

    resilience::Error fail(int code) const {
        const int kind = code & 0xFF;
        const char* text = database_ ? sqlite3_errmsg(database_.get()) : sqlite3_errstr(code);
        if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED) {
            return {resilience::ErrorClass::kTransient, resilience::Scope::kMessage,
                    "its database " + name_ + " is locked by somebody who writes", "sqlite_busy"};
        }
        if (kind == SQLITE_INTERRUPT) {
            return {resilience::ErrorClass::kAmbiguous, resilience::Scope::kMessage,
                    "its query of " + name_ + " took too long", "sqlite_interrupt"};
        }
        return resilience::permanent_error("its database " + name_ + " gave an error: " + text);
    }

    const Sqlite& source_;
    const std::string name_;
    Limit limit_;
    Database database_;
    Statement statement_;
};

}  // namespace

resilience::Result<Reading> read_sqlite(const Sqlite& database, const Attempt& attempt) {
    auto table = Query(database, attempt).run();
    if (!table.ok()) return table.error();
    return Reading{std::move(table).value(), attempt.clock.wall_now()};
}

}  // namespace bot::sources
