// Reading dead letters back, for the command line and the admin port.
#include "delivery/dead_letters.hpp"
#include "delivery/sqlite.hpp"

namespace aorta::delivery {
namespace {

struct DatabaseClose {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};

using Database = std::unique_ptr<sqlite3, DatabaseClose>;

Result<Database> open_to_read(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) {
        return Error{ErrorCode::NotFound,
                     "there are no dead letters: the file does not exist",
                     file.native()};
    }
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
    Database database{raw};
    if (code != SQLITE_OK) {
        return sqlite::error_of(raw, "opening " + file.native());
    }
    sqlite3_busy_timeout(raw, 5000);
    return database;
}

constexpr const char* kColumns =
    "SELECT number, record_id, pipeline, node, code, reason, place, content_type, time_ns,"
    " patient_key, length(payload)";

StoredLetter read_row(sqlite3_stmt* row) {
    StoredLetter letter;
    letter.number = sqlite3_column_int64(row, 0);
    letter.record_id = sqlite::text_of(row, 1);
    letter.pipeline = sqlite::text_of(row, 2);
    letter.node = sqlite::text_of(row, 3);
    letter.code = sqlite::text_of(row, 4);
    letter.reason = sqlite::text_of(row, 5);
    letter.where = sqlite::text_of(row, 6);
    letter.content_type = sqlite::text_of(row, 7);
    letter.time_ns = sqlite3_column_int64(row, 8);
    letter.key = static_cast<std::uint64_t>(sqlite3_column_int64(row, 9));
    letter.bytes = static_cast<std::uint64_t>(sqlite3_column_int64(row, 10));
    return letter;
}

}  // namespace

Result<std::vector<StoredLetter>> list_letters(const std::filesystem::path& file,
                                               const LetterFilter& filter) {
    auto database = open_to_read(file);
    if (!database.ok()) {
        return database.error();
    }
    const std::string sql = std::string{kColumns} +
                            " FROM dead_letters WHERE (?1='' OR node=?1) AND (?2='' OR reason=?2)"
                            " ORDER BY number DESC LIMIT ?3";
    auto query = sqlite::prepare(database->get(), sql.c_str());
    if (!query.ok()) {
        return query.error();
    }
    sqlite::bind(query->get(), 1, filter.node);
    sqlite::bind(query->get(), 2, filter.reason);
    sqlite::bind(query->get(), 3, static_cast<std::int64_t>(filter.limit));
    std::vector<StoredLetter> letters;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query->get())) == SQLITE_ROW) {
        letters.push_back(read_row(query->get()));
    }
    if (code != SQLITE_DONE) {
        return sqlite::error_of(database->get(), "reading dead letters");
    }
    return letters;
}

Result<StoredLetter> read_letter(const std::filesystem::path& file, std::int64_t number) {
    auto database = open_to_read(file);
    if (!database.ok()) {
        return database.error();
    }
    const std::string sql = std::string{kColumns} + ", payload FROM dead_letters WHERE number=?1";
    auto query = sqlite::prepare(database->get(), sql.c_str());
    auto attributes = sqlite::prepare(
        database->get(), "SELECT name, value FROM dead_letter_attributes WHERE number=?1");
    if (!query.ok() || !attributes.ok()) {
        return query.ok() ? attributes.error() : query.error();
    }
    sqlite::bind(query->get(), 1, number);
    if (sqlite3_step(query->get()) != SQLITE_ROW) {
        return Error{ErrorCode::NotFound,
                     "there is no dead letter " + std::to_string(number) +
                         "; 'dead-letters list' shows them"};
    }
    StoredLetter letter = read_row(query->get());
    letter.payload = sqlite::text_of(query->get(), 11);
    sqlite::bind(attributes->get(), 1, number);
    while (sqlite3_step(attributes->get()) == SQLITE_ROW) {
        letter.attributes.emplace_back(sqlite::text_of(attributes->get(), 0),
                                       sqlite::text_of(attributes->get(), 1));
    }
    return letter;
}

}  // namespace aorta::delivery
