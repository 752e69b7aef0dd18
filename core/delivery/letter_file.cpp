#include "delivery/letter_file.hpp"

#include "base/seal.hpp"

#include <sys/stat.h>

#include <system_error>

namespace aorta::delivery {
namespace {

constexpr std::int64_t kFormat = 2;

constexpr const char* kPragmas =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON";

constexpr const char* kSchema =
    "CREATE TABLE letters("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL UNIQUE,"
    " pipeline TEXT NOT NULL, node TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,"
    " place TEXT NOT NULL, time_ns INTEGER NOT NULL, first_time_ns INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 1, content_type TEXT NOT NULL,"
    " event_time_ns INTEGER NOT NULL, ingest_time_ns INTEGER NOT NULL,"
    " connection INTEGER NOT NULL, position INTEGER NOT NULL, patient_key INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'kept', target TEXT NOT NULL DEFAULT '',"
    " key_id BLOB NOT NULL, salt BLOB NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX letters_by_node ON letters(node, reason);"
    "CREATE INDEX letters_by_time ON letters(time_ns);"
    "CREATE INDEX letters_by_key ON letters(patient_key);"
    "CREATE INDEX letters_to_replay ON letters(state) WHERE state<>'kept';"
    "CREATE TABLE failures("
    " number INTEGER NOT NULL, time_ns INTEGER NOT NULL, node TEXT NOT NULL, code TEXT NOT NULL,"
    " reason TEXT NOT NULL, place TEXT NOT NULL);"
    "CREATE INDEX failures_by_number ON failures(number);"
    "CREATE TABLE replayed("
    " number INTEGER PRIMARY KEY, record_id TEXT NOT NULL, time_ns INTEGER NOT NULL,"
    " fate TEXT NOT NULL);";

/// Two letters of one record cannot have been; were they there, the second gets an id of its own.
constexpr const char* kFromFormat1 =
    "INSERT INTO letters(number, record_id, pipeline, node, code, reason, place, time_ns,"
    " first_time_ns, content_type, event_time_ns, ingest_time_ns, connection, position,"
    " patient_key, bytes, key_id, salt, body)"
    " SELECT number,"
    " CASE WHEN EXISTS(SELECT 1 FROM dead_letters AS d WHERE d.record_id=dead_letters.record_id AND"
    " d.number<dead_letters.number) THEN record_id || '-' || number ELSE record_id END,"
    " pipeline, node, code, reason, place, time_ns, time_ns, content_type, 0, time_ns, 0, 0,"
    " patient_key, length(payload), x'', x'', payload FROM dead_letters;"
    "INSERT INTO failures SELECT number, time_ns, node, code, reason, place FROM dead_letters;";
constexpr const char* kEndOfFormat1 = "DROP TABLE dead_letters; DROP TABLE dead_letter_attributes;";

Error newer() {
    return {ErrorCode::InvalidConfig, "the dead letters were written by a newer aorta"};
}

Result<std::int64_t> number_of(sqlite3* database, const char* sql) {
    auto query = sqlite::prepare(database, sql);
    if (!query.ok()) {
        return query.error();
    }
    if (sqlite3_step(query->get()) != SQLITE_ROW) {
        return sqlite::error_of(database, "opening");
    }
    return std::int64_t{sqlite3_column_int64(query->get(), 0)};
}

/// Format 1 had the attributes in a table of their own; now they stand before the payload.
Result<void> move_bodies(sqlite3* database) {
    auto numbers = sqlite::prepare(database, "SELECT number, payload FROM dead_letters");
    auto attributes =
        sqlite::prepare(database, "SELECT name, value FROM dead_letter_attributes WHERE number=?1");
    auto update = sqlite::prepare(database, "UPDATE letters SET body=?2 WHERE number=?1");
    for (const auto* statement : {&numbers, &attributes, &update}) {
        if (!statement->ok()) {
            return statement->error();
        }
    }
    while (sqlite3_step(numbers->get()) == SQLITE_ROW) {
        const std::int64_t number = sqlite3_column_int64(numbers->get(), 0);
        sqlite::bind(attributes->get(), 1, number);
        std::vector<std::pair<std::string, std::string>> pairs;
        while (sqlite3_step(attributes->get()) == SQLITE_ROW) {
            pairs.emplace_back(sqlite::text_of(attributes->get(), 0),
                               sqlite::text_of(attributes->get(), 1));
        }
        sqlite3_reset(attributes->get());
        const std::string body = head_of(pairs) + sqlite::text_of(numbers->get(), 1);
        sqlite::bind(update->get(), 1, number);
        sqlite::bind_blob(update->get(), 2, body);
        if (Result<void> done = step(database, update->get()); !done.ok()) {
            return done;
        }
    }
    return {};
}

/// Makes the tables, or brings those of an earlier format up to the present one.
Result<void> bring_up(sqlite3* database) {
    Transaction transaction{database};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun;
    }
    // Under the lock: another process may have been faster.
    const auto format = number_of(database, "PRAGMA user_version");
    if (!format.ok()) {
        return format.error();
    }
    if (*format == kFormat) {
        return {};
    }
    if (Result<void> made = sqlite::execute(database, kSchema); !made.ok()) {
        return made;
    }
    if (*format == 1) {
        if (Result<void> moved = sqlite::execute(database, kFromFormat1); !moved.ok()) {
            return moved;
        }
        if (Result<void> moved = move_bodies(database); !moved.ok()) {
            return moved;
        }
        if (Result<void> dropped = sqlite::execute(database, kEndOfFormat1); !dropped.ok()) {
            return dropped;
        }
    }
    const std::string version = "PRAGMA user_version=" + std::to_string(kFormat);
    if (Result<void> marked = sqlite::execute(database, version.c_str()); !marked.ok()) {
        return marked;
    }
    return transaction.commit();
}

Result<Database> open_file(const std::filesystem::path& file, int flags) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database{raw};
    if (code != SQLITE_OK) {
        return sqlite::error_of(raw, "opening " + file.native());
    }
    sqlite3_busy_timeout(raw, 5000);
    return database;
}

Error not_there(const std::filesystem::path& file) {
    return {
        ErrorCode::NotFound, "there are no dead letters: the file does not exist", file.native()};
}

/// The mask is the process's: files that another thread makes meanwhile are private, too.
class OwnerOnly {
public:
    OwnerOnly() : before_(umask(0077)) {}

    OwnerOnly(const OwnerOnly&) = delete;
    OwnerOnly& operator=(const OwnerOnly&) = delete;

    ~OwnerOnly() { umask(before_); }

private:
    const mode_t before_;
};

}  // namespace

Result<void> step(sqlite3* database, sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? Result<void>{}
                               : sqlite::error_of(database, "writing a dead letter");
}

Result<Database> open_to_write(const std::filesystem::path& file, Missing missing) {
    const OwnerOnly masked;
    std::error_code failed;
    if (missing == Missing::Refuse && !std::filesystem::exists(file, failed)) {
        return not_there(file);
    }
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed && !file.parent_path().empty()) {
        return Error{ErrorCode::Unavailable, "the folder cannot be made: " + failed.message()};
    }
    auto database = open_file(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!database.ok()) {
        return database;
    }
    // Before anything is written: it may be a newer format, or no database at all.
    const auto format = number_of(database->get(), "PRAGMA user_version");
    if (!format.ok()) {
        return format.error();
    }
    if (*format > kFormat) {
        return newer();
    }
    if (Result<void> set = sqlite::execute(database->get(), kPragmas); !set.ok()) {
        return set.error();
    }
    if (*format < kFormat) {
        if (Result<void> made = bring_up(database->get()); !made.ok()) {
            return made.error();
        }
    }
    return database;
}

Result<Database> open_to_read(const std::filesystem::path& file) {
    if (std::error_code unknown; !std::filesystem::exists(file, unknown)) {
        return not_there(file);
    }
    auto database = open_file(file, SQLITE_OPEN_READONLY);
    if (!database.ok()) {
        return database;
    }
    const auto format = number_of(database->get(), "PRAGMA user_version");
    if (!format.ok()) {
        return format.error();
    }
    if (*format > kFormat) {
        return newer();
    }
    if (*format < kFormat) {
        return open_to_write(file, Missing::Refuse);
    }
    return database;
}

StoredLetter read_letter_row(sqlite3_stmt* row) {
    const auto number = [&](int column) { return std::int64_t{sqlite3_column_int64(row, column)}; };
    const auto unsigned_number = [&](int column) {
        return static_cast<std::uint64_t>(number(column));
    };
    const auto text = [&](int column) { return sqlite::text_of(row, column); };
    StoredLetter letter;
    letter.number = number(0);
    letter.record_id = text(1);
    letter.pipeline = text(2);
    letter.last = {number(7), text(3), text(4), text(5), text(6)};
    letter.first_time_ns = number(8);
    letter.attempts = unsigned_number(9);
    letter.content_type = text(10);
    letter.event_time_ns = number(11);
    letter.ingest_time_ns = number(12);
    letter.connection = unsigned_number(13);
    letter.position = unsigned_number(14);
    letter.key = unsigned_number(15);
    letter.bytes = unsigned_number(16);
    letter.state = text(17);
    letter.target = text(18);
    letter.key_id = base::hex_of(text(19));
    return letter;
}

LetterBody body_of(sqlite3_stmt* row) {
    return {sqlite::text_of(row, 19), sqlite::text_of(row, 20), sqlite::text_of(row, 21)};
}

Result<void> add_failure(sqlite3* database, std::int64_t number, const LetterFailure& failure) {
    auto insert = sqlite::prepare(database,
                                  "INSERT INTO failures(number, time_ns, node, code, reason, place)"
                                  " VALUES(?,?,?,?,?,?)");
    if (!insert.ok()) {
        return insert.error();
    }
    sqlite::bind(insert->get(), 1, number);
    sqlite::bind(insert->get(), 2, failure.time_ns);
    sqlite::bind(insert->get(), 3, failure.node);
    sqlite::bind(insert->get(), 4, failure.code);
    sqlite::bind(insert->get(), 5, failure.reason);
    sqlite::bind(insert->get(), 6, failure.where);
    return step(database, insert->get());
}

}  // namespace aorta::delivery
