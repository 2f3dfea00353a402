#include "messaging/outbox/sqlite_statement.hpp"

#include <sqlite3.h>

#include <string>

namespace messaging::outbox {

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

bool Statement::prepare() {
    if (database_->failed()) return false;
    if (handle_ != nullptr) return true;
    const int code =
        sqlite3_prepare_v3(database_->handle(), sql_.data(), static_cast<int>(sql_.size()),
                           SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) database_->fail(code, "preparing " + std::string{sql_.substr(0, 60)});
    return code == SQLITE_OK;
}

bool Statement::step() {
    if (database_->failed()) return false;
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
        database_->fail(code, "running " + std::string{sql_.substr(0, 60)});
    }
    return false;
}

void Statement::reset() {
    sqlite3_reset(handle_);
}

void Statement::bind_integer(int index, std::int64_t value) {
    sqlite3_bind_int64(handle_, index, value);
}

void Statement::bind(int index, std::string_view text) {
    // A null pointer would be taken for NULL.
    const char* data = text.data() == nullptr ? "" : text.data();
    sqlite3_bind_text(handle_, index, data, static_cast<int>(text.size()), SQLITE_STATIC);
}

void Statement::bind(int index, std::span<const std::uint8_t> bytes) {
    sqlite3_bind_blob(handle_, index, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
}

std::int64_t Statement::Rows::integer(int column) const {
    return sqlite3_column_int64(statement_->handle_, column);
}

std::string_view Statement::Rows::text(int column) const {
    const auto* text = sqlite3_column_text(statement_->handle_, column);
    if (text == nullptr) return {};
    const auto size = sqlite3_column_bytes(statement_->handle_, column);
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

std::span<const std::uint8_t> Statement::Rows::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_->handle_, column);
    const auto size = sqlite3_column_bytes(statement_->handle_, column);
    return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

bool Statement::Rows::null(int column) const {
    return sqlite3_column_type(statement_->handle_, column) == SQLITE_NULL;
}

}  // namespace messaging::outbox
