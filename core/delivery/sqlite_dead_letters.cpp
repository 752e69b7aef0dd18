#include "delivery/sqlite_dead_letters.hpp"

#include "delivery/sqlite.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <system_error>

namespace aorta::delivery {
namespace {

constexpr std::size_t kMostInOneCommit = 256;

constexpr std::int64_t kFormat = 1;
constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA user_version=1;"
    "CREATE TABLE IF NOT EXISTS dead_letters("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL, pipeline TEXT NOT NULL,"
    " node TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, place TEXT NOT NULL,"
    " content_type TEXT NOT NULL, time_ns INTEGER NOT NULL, patient_key INTEGER NOT NULL,"
    " payload BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS dead_letter_attributes("
    " number INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS dead_letters_by_node ON dead_letters(node, reason);"
    "CREATE INDEX IF NOT EXISTS attributes_by_number ON dead_letter_attributes(number);";

constexpr const char* kInsert =
    "INSERT INTO dead_letters(record_id, pipeline, node, code, reason, place, content_type, "
    "time_ns,"
    " patient_key, payload) VALUES(?,?,?,?,?,?,?,?,?,?)";

constexpr const char* kInsertAttribute =
    "INSERT INTO dead_letter_attributes(number, name, value) VALUES(?,?,?)";

std::string id_text(const message::Record& record) {
    return fmt::format("{:016x}{:016x}", record.id[0], record.id[1]);
}

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

Result<void> step(sqlite3* database, sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? Result<void>{}
                               : sqlite::error_of(database, "writing a dead letter");
}

}  // namespace

SqliteDeadLetters::SqliteDeadLetters(std::filesystem::path file,
                                     std::string pipeline,
                                     Services services,
                                     base::Nanoseconds keep)
    : file_(std::move(file)),
      pipeline_(std::move(pipeline)),
      services_(services),
      keep_(keep),
      writer_([this](const std::stop_token& stop) { run(stop); }) {}

SqliteDeadLetters::~SqliteDeadLetters() {
    close();
    sqlite3_close(database_);
}

void SqliteDeadLetters::close() {
    writer_.request_stop();
    if (writer_.joinable()) {
        writer_.join();
    }
    for (Letter& letter : waiting_) {
        letter.record->settle(
            {message::FateKind::Failed, ErrorCode::Cancelled, "shutdown", {}, letter.node_index});
    }
    waiting_.clear();
}

void SqliteDeadLetters::store(Letter letter) {
    {
        const std::scoped_lock lock(mutex_);
        waiting_.push_back(std::move(letter));
    }
    changed_.notify_one();
}

std::string SqliteDeadLetters::trouble() const {
    const std::scoped_lock lock(mutex_);
    return trouble_;
}

void SqliteDeadLetters::run(const std::stop_token& stop) {
    std::deque<Letter> taken;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            while (!waiting_.empty() && taken.size() < kMostInOneCommit) {
                taken.push_back(std::move(waiting_.front()));
                waiting_.pop_front();
            }
        }
        const Result<void> written = write(taken);
        if (written.ok()) {
            report({ErrorCode::Ok, {}});
            for (Letter& letter : taken) {
                letter.record->settle(letter.fate());
            }
            taken.clear();
            continue;
        }
        report(written.error());
        std::unique_lock lock(mutex_);
        while (!taken.empty()) {
            waiting_.push_front(std::move(taken.back()));
            taken.pop_back();
        }
        if (changed_.wait_for(
                lock, stop, std::chrono::seconds(1), [&] { return stop.stop_requested(); })) {
            return;
        }
    }
}

void SqliteDeadLetters::report(const Error& error) {
    if (error.code != ErrorCode::Ok) {
        services_.log.error(
            "dead_letters_unwritable",
            {{"pipeline", pipeline_}, {"file", file_.native()}, {"error", error.message}});
    }
    const std::scoped_lock lock(mutex_);
    trouble_ = error.message;
}

Result<void> SqliteDeadLetters::open() {
    if (database_ != nullptr) {
        return {};
    }
    const mode_t before = umask(0077);
    Result<void> made = create();
    umask(before);
    if (!made.ok()) {
        sqlite3_close(database_);
        database_ = nullptr;
    }
    return made;
}

Result<void> SqliteDeadLetters::create() {
    std::error_code failed;
    std::filesystem::create_directories(file_.parent_path(), failed);
    if (failed) {
        return Error{ErrorCode::Unavailable, "the folder cannot be made: " + failed.message()};
    }
    const int code =
        sqlite3_open_v2(file_.c_str(),
                        &database_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        nullptr);
    if (code != SQLITE_OK) {
        return sqlite::error_of(database_, "opening");
    }
    sqlite3_busy_timeout(database_, 5000);
    auto version = sqlite::prepare(database_, "PRAGMA user_version");
    if (!version.ok()) {
        return version.error();
    }
    if (sqlite3_step(version->get()) != SQLITE_ROW) {
        return sqlite::error_of(database_, "opening");
    }
    if (sqlite3_column_int64(version->get(), 0) > kFormat) {
        return Error{ErrorCode::Corrupt, "the dead letters were written by a newer aorta"};
    }
    version->reset();
    if (Result<void> made = sqlite::execute(database_, kSchema); !made.ok()) {
        return made;
    }
    return remove_old();
}

Result<void> SqliteDeadLetters::remove_old() {
    const std::string before = std::to_string((services_.clock.now() - keep_).count());
    const std::string sql =
        "BEGIN IMMEDIATE; DELETE FROM dead_letter_attributes WHERE number IN"
        " (SELECT number FROM dead_letters WHERE time_ns < " +
        before + "); DELETE FROM dead_letters WHERE time_ns < " + before + "; COMMIT";
    return sqlite::execute(database_, sql.c_str());
}

Result<void> SqliteDeadLetters::write(const std::deque<Letter>& letters) {
    if (Result<void> opened = open(); !opened.ok()) {
        return opened;
    }
    Transaction transaction{database_};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun;
    }
    auto insert = sqlite::prepare(database_, kInsert);
    auto insert_attribute = sqlite::prepare(database_, kInsertAttribute);
    if (!insert.ok() || !insert_attribute.ok()) {
        return insert.ok() ? insert_attribute.error() : insert.error();
    }
    const std::int64_t now = services_.clock.now().count();
    for (const Letter& letter : letters) {
        sqlite3_stmt* row = insert->get();
        const message::Record& record = *letter.record;
        sqlite::bind(row, 1, id_text(record));
        sqlite::bind(row, 2, pipeline_);
        sqlite::bind(row, 3, letter.node);
        sqlite::bind(row, 4, to_string(letter.code));
        sqlite::bind(row, 5, letter.reason);
        sqlite::bind(row, 6, letter.where);
        sqlite::bind(row, 7, services_.names.name(record.content_type));
        sqlite::bind(row, 8, now);
        sqlite::bind(row, 9, static_cast<std::int64_t>(record.key));
        sqlite::bind_blob(row, 10, record.bytes());
        if (Result<void> done = step(database_, row); !done.ok()) {
            return done;
        }
        const std::int64_t number = sqlite3_last_insert_rowid(database_);
        for (const auto& [name, value] : record.attributes()) {
            sqlite3_stmt* attribute = insert_attribute->get();
            sqlite::bind(attribute, 1, number);
            sqlite::bind(attribute, 2, services_.names.name(name));
            sqlite::bind_blob(attribute, 3, value);
            if (Result<void> done = step(database_, attribute); !done.ok()) {
                return done;
            }
        }
    }
    return transaction.commit();
}

}  // namespace aorta::delivery
