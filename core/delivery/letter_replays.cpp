#include "delivery/letter_replays.hpp"

#include "delivery/letter_file.hpp"

#include <aorta/crash_point.hpp>

namespace aorta::delivery {
namespace {

/// Runs a statement with a number as ?1 and perhaps a text as ?2 and a number as ?3. Gives how many
/// rows it changed.
Result<int> run(sqlite3* database,
                const char* sql,
                std::int64_t number,
                const std::string& text = {},
                std::int64_t time_ns = 0) {
    auto statement = sqlite::prepare(database, sql);
    if (!statement.ok()) {
        return statement.error();
    }
    sqlite::bind(statement->get(), 1, number);
    sqlite::bind(statement->get(), 2, text);
    sqlite::bind(statement->get(), 3, time_ns);
    if (Result<void> done = step(database, statement->get()); !done.ok()) {
        return done.error();
    }
    return sqlite3_changes(database);
}

constexpr const char* kAsked = " FROM letters WHERE state='replay_asked' ORDER BY number LIMIT ?1";

}  // namespace

struct LetterReplays::Connection {
    Database database;
};

LetterReplays::LetterReplays(std::filesystem::path file, spool::Keys keys, const base::Clock& clock)
    : file_(std::move(file)), keys_(std::move(keys)), clock_(clock) {}

LetterReplays::~LetterReplays() = default;

Result<bool> LetterReplays::open() {
    if (connection_ != nullptr) {
        return true;
    }
    if (std::error_code unknown; !std::filesystem::exists(file_, unknown)) {
        return false;
    }
    auto database = open_to_write(file_, Missing::Refuse);
    if (!database.ok()) {
        return database.error();
    }
    if (Result<void> again = sqlite::execute(
            database->get(), "UPDATE letters SET state='replay_asked' WHERE state='replaying'");
        !again.ok()) {
        return again.error();
    }
    connection_ = std::make_unique<Connection>(Connection{std::move(*database)});
    return true;
}

Result<std::vector<StoredLetter>> LetterReplays::take(std::size_t most, std::uint64_t bytes) {
    std::vector<StoredLetter> taken;
    const auto is_open = open();
    if (!is_open.ok()) {
        return is_open.error();
    }
    if (!*is_open) {
        return taken;
    }
    sqlite3* database = connection_->database.get();
    const std::string sql = std::string{"SELECT "} + kLetterColumns + ", salt, body" + kAsked;
    auto query = sqlite::prepare(database, sql.c_str());
    if (!query.ok()) {
        return query.error();
    }
    sqlite::bind(query->get(), 1, static_cast<std::int64_t>(most));
    std::vector<std::int64_t> sealed_for_good;
    std::uint64_t sum = 0;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query->get())) == SQLITE_ROW) {
        StoredLetter letter = read_letter_row(query->get());
        sum += letter.bytes;
        if (sum > bytes && !taken.empty()) {
            code = SQLITE_DONE;
            break;
        }
        if (open_body(body_of(query->get()), keys_, letter).ok()) {
            taken.push_back(std::move(letter));
        } else {
            sealed_for_good.push_back(letter.number);
        }
    }
    if (code != SQLITE_DONE) {
        return sqlite::error_of(database, "reading dead letters");
    }
    query->reset();
    for (const std::int64_t number : sealed_for_good) {
        if (Result<void> kept = refuse(number, {}, "replay.sealed"); !kept.ok()) {
            return kept.error();
        }
    }
    if (taken.empty()) {
        return taken;
    }
    Transaction transaction{database};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun.error();
    }
    for (const StoredLetter& letter : taken) {
        const auto marked =
            run(database,
                "UPDATE letters SET state='replaying' WHERE number=?1 AND state='replay_asked'",
                letter.number);
        if (!marked.ok()) {
            return marked.error();
        }
    }
    if (Result<void> done = transaction.commit(); !done.ok()) {
        return done.error();
    }
    crash_point("replay.taken");
    return taken;
}

Result<void> LetterReplays::finish(std::int64_t number,
                                   const message::Fate& fate,
                                   const std::string& node) {
    crash_point("replay.over");
    if (fate.kind == message::FateKind::Delivered || fate.kind == message::FateKind::Filtered) {
        return remove(number, fate);
    }
    if (fate.kind == message::FateKind::Failed && fate.reason == "shutdown") {
        const auto asked =
            run(connection_->database.get(),
                "UPDATE letters SET state='replay_asked' WHERE number=?1 AND state='replaying'",
                number);
        return asked.ok() ? Result<void>{} : asked.error();
    }
    return keep(
        number,
        {clock_.now().count(), node, std::string{to_string(fate.code)}, fate.reason, fate.where});
}

Result<void> LetterReplays::refuse(std::int64_t number,
                                   const std::string& node,
                                   const std::string& reason) {
    return keep(
        number,
        {clock_.now().count(), node, std::string{to_string(ErrorCode::InvalidConfig)}, reason, {}});
}

/// Without effect on a letter that `DeadLetters::store` has changed meanwhile: it is a letter anew.
Result<void> LetterReplays::keep(std::int64_t number, const LetterFailure& failure) {
    sqlite3* database = connection_->database.get();
    Transaction transaction{database};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun;
    }
    const auto kept = run(database,
                          "UPDATE letters SET state='kept', target='', attempts=attempts+1"
                          " WHERE number=?1 AND state<>'kept'",
                          number);
    if (!kept.ok()) {
        return kept.error();
    }
    if (*kept > 0) {
        if (Result<void> added = add_failure(database, number, failure); !added.ok()) {
            return added;
        }
    }
    return transaction.commit();
}

Result<void> LetterReplays::remove(std::int64_t number, const message::Fate& fate) {
    sqlite3* database = connection_->database.get();
    Transaction transaction{database};
    if (Result<void> begun = transaction.begin(); !begun.ok()) {
        return begun;
    }
    const std::string name{message::to_string(fate.kind)};
    const auto noted = run(database,
                           "INSERT OR REPLACE INTO replayed SELECT number, record_id, ?3, ?2"
                           " FROM letters WHERE number=?1 AND state='replaying'",
                           number,
                           name,
                           clock_.now().count());
    if (!noted.ok()) {
        return noted.error();
    }
    const auto removed =
        run(database, "DELETE FROM letters WHERE number=?1 AND state='replaying'", number);
    if (!removed.ok()) {
        return removed.error();
    }
    Result<void> done = transaction.commit();
    crash_point("replay.removed");
    return done;
}

}  // namespace aorta::delivery
