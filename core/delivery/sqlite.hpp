// Thin RAII over the SQLite C interface, for this folder's .cpp files only.
#pragma once

#include <aorta/result.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::delivery::sqlite {

struct StatementFree {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using Statement = std::unique_ptr<sqlite3_stmt, StatementFree>;

inline Error error_of(sqlite3* database, std::string_view doing) {
    const int code = sqlite3_errcode(database);
    const ErrorCode mapped = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorCode::Corrupt
                             : code == SQLITE_FULL ? ErrorCode::ResourceExhausted
                                                   : ErrorCode::Unavailable;
    return {mapped, std::string{doing} + ": " + sqlite3_errmsg(database)};
}

inline Result<Statement> prepare(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) {
        return error_of(database, "preparing a statement");
    }
    return Statement{statement};
}

inline Result<void> execute(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return error_of(database, sql);
    }
    return {};
}

inline void bind(sqlite3_stmt* statement, int index, std::string_view text) {
    sqlite3_bind_text64(statement,
                        index,
                        text.data() == nullptr ? "" : text.data(),
                        text.size(),
                        SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

inline void bind_blob(sqlite3_stmt* statement, int index, std::string_view bytes) {
    // The caller's bytes outlive the step.
    sqlite3_bind_blob64(
        statement, index, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

inline void bind(sqlite3_stmt* statement, int index, std::int64_t value) {
    sqlite3_bind_int64(statement, index, value);
}

inline std::string text_of(sqlite3_stmt* statement, int column) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return bytes == nullptr ? std::string{} : std::string{bytes, size};
}

}  // namespace aorta::delivery::sqlite
