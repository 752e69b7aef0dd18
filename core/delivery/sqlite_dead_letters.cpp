#include "delivery/sqlite_dead_letters.hpp"

#include "delivery/letter_file.hpp"

#include <aorta/crash_point.hpp>

#include <fmt/format.h>

#include <chrono>

namespace aorta::delivery {
namespace {

constexpr std::size_t kMostInOneCommit = 256;

/// A record that was a dead letter before stays the same letter, as it is now.
constexpr const char* kStore =
    "INSERT INTO letters(record_id, pipeline, node, code, reason, place, time_ns, first_time_ns,"
    " content_type, event_time_ns, ingest_time_ns, connection, position, patient_key, bytes,"
    " key_id, salt, body) VALUES(?1,?2,?3,?4,?5,?6,?7,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)"
    " ON CONFLICT(record_id) DO UPDATE SET node=excluded.node, code=excluded.code,"
    " reason=excluded.reason, place=excluded.place, time_ns=excluded.time_ns,"
    " attempts=attempts+1, content_type=excluded.content_type, patient_key=excluded.patient_key,"
    " bytes=excluded.bytes, key_id=excluded.key_id, salt=excluded.salt, body=excluded.body,"
    " state='kept', target='' RETURNING number";

std::string id_text(const message::Record& record) {
    return fmt::format("{:016x}{:016x}", record.id[0], record.id[1]);
}

/// The letter's number.
Result<std::int64_t> store_row(sqlite3* database, sqlite3_stmt* row) {
    if (sqlite3_step(row) != SQLITE_ROW) {
        const Error error = sqlite::error_of(database, "writing a dead letter");
        sqlite3_reset(row);
        return error;
    }
    const std::int64_t number = sqlite3_column_int64(row, 0);
    if (Result<void> done = step(database, row); !done.ok()) {
        return done.error();
    }
    return number;
}

}  // namespace

struct SqliteDeadLetters::Connection {
    Database database;
};

SqliteDeadLetters::SqliteDeadLetters(std::filesystem::path file,
                                     std::string pipeline,
                                     Services services,
                                     base::Nanoseconds keep,
                                     spool::Keys keys)
    : file_(std::move(file)),
      pipeline_(std::move(pipeline)),
      services_(services),
      keep_(keep),
      keys_(std::move(keys)),
      writer_([this](const std::stop_token& stop) { run(stop); }) {}

SqliteDeadLetters::~SqliteDeadLetters() {
    close();
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
            crash_point("dead_letters.committed");
            report({ErrorCode::Ok, {}});
            for (Letter& letter : taken) {
                letter.record->settle(letter.fate());
                crash_point("dead_letters.settled");
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
    if (connection_ != nullptr) {
        return {};
    }
    auto database = open_to_write(file_, Missing::Make);
    if (!database.ok()) {
        return database.error();
    }
    connection_ = std::make_unique<Connection>(Connection{std::move(*database)});
    return remove_old();
}

Result<void> SqliteDeadLetters::remove_old() {
    const std::string before = std::to_string((services_.clock.now() - keep_).count());
    const std::string sql = "BEGIN IMMEDIATE; DELETE FROM letters WHERE state='kept' AND time_ns<" +
                            before + "; DELETE FROM replayed WHERE time_ns<" + before + "; " +
                            kSweepFailures + "; COMMIT";
    return sqlite::execute(connection_->database.get(), sql.c_str());
}

Result<void> SqliteDeadLetters::write(const std::deque<Letter>& letters) {
    if (Result<void> opened = open(); !opened.ok()) {
        return opened;
    }
    sqlite3* database = connection_->database.get();
    Transaction transaction{database};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun;
    }
    auto statement = sqlite::prepare(database, kStore);
    if (!statement.ok()) {
        return statement.error();
    }
    sqlite3_stmt* row = statement->get();
    const std::int64_t now = services_.clock.now().count();
    for (const Letter& letter : letters) {
        const message::Record& record = *letter.record;
        const std::string id = id_text(record);
        const LetterBody body = make_body(record, id, services_.names, keys_);
        const auto bind_number = [&](int index, std::uint64_t value) {
            sqlite::bind(row, index, static_cast<std::int64_t>(value));
        };
        sqlite::bind(row, 1, id);
        sqlite::bind(row, 2, pipeline_);
        sqlite::bind(row, 3, letter.node);
        sqlite::bind(row, 4, to_string(letter.code));
        sqlite::bind(row, 5, letter.reason);
        sqlite::bind(row, 6, letter.where);
        sqlite::bind(row, 7, now);
        sqlite::bind(row, 8, services_.names.name(record.content_type));
        sqlite::bind(row, 9, record.event_time_ns);
        sqlite::bind(row, 10, record.ingest_time_ns);
        bind_number(11, record.connection);
        bind_number(12, record.position);
        bind_number(13, record.key);
        bind_number(14, record.length);
        sqlite::bind_blob(row, 15, body.key_id);
        sqlite::bind_blob(row, 16, body.salt);
        sqlite::bind_blob(row, 17, body.bytes);
        const auto number = store_row(database, row);
        if (!number.ok()) {
            return number.error();
        }
        const std::string code{to_string(letter.code)};
        if (Result<void> added = add_failure(
                database, *number, {now, letter.node, code, letter.reason, letter.where});
            !added.ok()) {
            return added;
        }
    }
    crash_point("dead_letters.written");
    return transaction.commit();
}

}  // namespace aorta::delivery
