#include "delivery/stored_letters.hpp"

#include "delivery/letter_body.hpp"
#include "delivery/letter_file.hpp"

#include <fmt/format.h>

namespace aorta::delivery {
namespace {

/// The filter as a condition; `bind_filter` gives its values.
std::string condition_of(const LetterFilter& filter) {
    std::string condition =
        "(?1='' OR node=?1) AND (?2='' OR reason=?2) AND (?3='' OR record_id=?3)"
        " AND (?4='' OR content_type=?4) AND (?5 IS NULL OR patient_key=?5)"
        " AND (?6 IS NULL OR time_ns>=?6) AND (?7 IS NULL OR time_ns<?7)"
        " AND (?8=0 OR number<?8)";
    if (!filter.numbers.empty()) {
        condition += " AND number IN (";
        for (const std::int64_t number : filter.numbers) {
            condition += std::to_string(number) + ",";
        }
        condition.back() = ')';
    }
    return condition;
}

void bind_filter(sqlite3_stmt* query, const LetterFilter& filter) {
    sqlite::bind(query, 1, filter.node);
    sqlite::bind(query, 2, filter.reason);
    sqlite::bind(query, 3, filter.record_id);
    sqlite::bind(query, 4, filter.content_type);
    if (filter.key) {
        sqlite::bind(query, 5, static_cast<std::int64_t>(*filter.key));
    }
    if (filter.since_ns) {
        sqlite::bind(query, 6, *filter.since_ns);
    }
    if (filter.until_ns) {
        sqlite::bind(query, 7, *filter.until_ns);
    }
    sqlite::bind(query, 8, filter.before);
}

Error not_found(sqlite3* database, std::int64_t number) {
    Error error{
        ErrorCode::NotFound,
        "there is no dead letter " + std::to_string(number) + "; 'dead-letters list' shows them"};
    const auto query = sqlite::prepare(database, "SELECT fate FROM replayed WHERE number=?1");
    if (query.ok()) {
        sqlite::bind(query->get(), 1, number);
        if (sqlite3_step(query->get()) == SQLITE_ROW) {
            error.message = "dead letter " + std::to_string(number) +
                            " is gone: it was sent again and " + sqlite::text_of(query->get(), 0);
        }
    }
    return error;
}

Result<std::vector<LetterFailure>> read_history(sqlite3* database, std::int64_t number) {
    auto query = sqlite::prepare(database,
                                 "SELECT time_ns, node, code, reason, place FROM failures"
                                 " WHERE number=?1 ORDER BY rowid");
    if (!query.ok()) {
        return query.error();
    }
    sqlite::bind(query->get(), 1, number);
    std::vector<LetterFailure> history;
    while (sqlite3_step(query->get()) == SQLITE_ROW) {
        history.push_back({sqlite3_column_int64(query->get(), 0),
                           sqlite::text_of(query->get(), 1),
                           sqlite::text_of(query->get(), 2),
                           sqlite::text_of(query->get(), 3),
                           sqlite::text_of(query->get(), 4)});
    }
    return history;
}

/// `maybe_keys` null: without the body.
Result<StoredLetter> read_one(const std::filesystem::path& file,
                              std::int64_t number,
                              const spool::Keys* maybe_keys) {
    auto database = open_to_read(file);
    if (!database.ok()) {
        return database.error();
    }
    const std::string sql =
        fmt::format("SELECT {}, salt, body FROM letters WHERE number=?1", kLetterColumns);
    auto query = sqlite::prepare(database->get(), sql.c_str());
    if (!query.ok()) {
        return query.error();
    }
    sqlite::bind(query->get(), 1, number);
    if (sqlite3_step(query->get()) != SQLITE_ROW) {
        return not_found(database->get(), number);
    }
    StoredLetter letter = read_letter_row(query->get());
    auto history = read_history(database->get(), number);
    if (!history.ok()) {
        return history.error();
    }
    letter.history = std::move(*history);
    if (maybe_keys != nullptr) {
        if (Result<void> opened = open_body(body_of(query->get()), *maybe_keys, letter);
            !opened.ok()) {
            return opened.error();
        }
    }
    return letter;
}

/// Runs `change` on what the filter names, but for the letters that are just being sent again;
/// then `after`.
Result<std::uint64_t> change_letters(const std::filesystem::path& file,
                                     const LetterFilter& filter,
                                     const std::string& change,
                                     const std::string& target,
                                     const char* after) {
    auto opened = open_to_write(file, Missing::Refuse);
    if (!opened.ok()) {
        return opened.error();
    }
    sqlite3* database = opened->get();
    Transaction transaction{database};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun.error();
    }
    const std::string sql = change + " WHERE state<>'replaying' AND " + condition_of(filter);
    auto statement = sqlite::prepare(database, sql.c_str());
    if (!statement.ok()) {
        return statement.error();
    }
    bind_filter(statement->get(), filter);
    sqlite::bind(statement->get(), 9, target);  // without effect where there is no ?9
    if (Result<void> done = step(database, statement->get()); !done.ok()) {
        return done.error();
    }
    const auto count = static_cast<std::uint64_t>(sqlite3_changes64(database));
    if (Result<void> done = sqlite::execute(database, after); !done.ok()) {
        return done.error();
    }
    if (Result<void> done = transaction.commit(); !done.ok()) {
        return done.error();
    }
    return count;
}

}  // namespace

Result<std::vector<StoredLetter>> list_letters(const std::filesystem::path& file,
                                               const LetterFilter& filter) {
    auto database = open_to_read(file);
    if (!database.ok()) {
        return database.error();
    }
    const std::string sql =
        fmt::format("SELECT {} FROM letters WHERE {} ORDER BY number DESC LIMIT ?9",
                    kLetterColumns,
                    condition_of(filter));
    auto query = sqlite::prepare(database->get(), sql.c_str());
    if (!query.ok()) {
        return query.error();
    }
    bind_filter(query->get(), filter);
    sqlite::bind(query->get(), 9, static_cast<std::int64_t>(filter.limit));
    std::vector<StoredLetter> letters;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query->get())) == SQLITE_ROW) {
        letters.push_back(read_letter_row(query->get()));
    }
    if (code != SQLITE_DONE) {
        return sqlite::error_of(database->get(), "reading dead letters");
    }
    return letters;
}

Result<StoredLetter> describe_letter(const std::filesystem::path& file, std::int64_t number) {
    return read_one(file, number, nullptr);
}

Result<StoredLetter> read_letter(const std::filesystem::path& file,
                                 std::int64_t number,
                                 const spool::Keys& keys) {
    return read_one(file, number, &keys);
}

Result<std::uint64_t> ask_replay(const std::filesystem::path& file,
                                 const LetterFilter& filter,
                                 const std::string& target) {
    return change_letters(
        file, filter, "UPDATE letters SET state='replay_asked', target=?9", target, "");
}

Result<std::uint64_t> purge_letters(const std::filesystem::path& file, const LetterFilter& filter) {
    return change_letters(file, filter, "DELETE FROM letters", {}, kSweepFailures);
}

}  // namespace aorta::delivery
