// The SQLite file of dead letters: opened, made, brought up to the present format. Used by this
// folder only.
#pragma once

#include "delivery/letter_body.hpp"
#include "delivery/sqlite.hpp"
#include "delivery/stored_letters.hpp"

#include <filesystem>
#include <memory>

namespace aorta::delivery {

struct DatabaseClose {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};

using Database = std::unique_ptr<sqlite3, DatabaseClose>;

enum class Missing { Make, Refuse };

/// Opens the file for writing; makes it (folder 0700, file 0600) or refuses with NotFound.
Result<Database> open_to_write(const std::filesystem::path& file, Missing missing);
/// NotFound when there is none.
Result<Database> open_to_read(const std::filesystem::path& file);

/// Rolls back unless committed.
class Transaction {
public:
    explicit Transaction(sqlite3* database) : database_(database) {}

    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    ~Transaction() {
        if (!is_done_) {
            sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    Result<void> begin() { return sqlite::execute(database_, "BEGIN IMMEDIATE"); }

    Result<void> commit() {
        Result<void> result = sqlite::execute(database_, "COMMIT");
        is_done_ = result.ok();
        return result;
    }

private:
    sqlite3* database_;
    bool is_done_ = false;
};

/// Steps a statement that gives no rows, and makes it ready for the next.
Result<void> step(sqlite3* database, sqlite3_stmt* statement);

/// The columns that `read_letter_row` reads, in its order.
inline constexpr const char* kLetterColumns =
    "number, record_id, pipeline, node, code, reason, place, time_ns, first_time_ns, attempts,"
    " content_type, event_time_ns, ingest_time_ns, connection, position, patient_key, bytes,"
    " state, target, key_id";
StoredLetter read_letter_row(sqlite3_stmt* row);
/// Of a row of kLetterColumns, then salt, body.
LetterBody body_of(sqlite3_stmt* row);

/// Failures of letters that are gone, and were not sent again.
inline constexpr const char* kSweepFailures =
    "DELETE FROM failures WHERE number NOT IN (SELECT number FROM letters)"
    " AND number NOT IN (SELECT number FROM replayed)";

/// Adds a failure to a letter's history.
Result<void> add_failure(sqlite3* database, std::int64_t number, const LetterFailure& failure);

}  // namespace aorta::delivery
