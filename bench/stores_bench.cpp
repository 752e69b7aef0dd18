// For reference: the work of the journal (records of 1 KiB in batches of 64, each batch durable,
// and taken back at once) done by other stores, each as its manual says, against the same floor.
// stores_bench rocksdb|lmdb|sqlite
#include "bench/journal_rig.hpp"

#include <sqlite3.h>
#ifdef AORTA_HAS_LMDB
#include <lmdb.h>
#endif
#ifdef AORTA_HAS_ROCKSDB
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#endif

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>

namespace {

using namespace aorta::bench;  // NOLINT(google-build-using-namespace): a program, not a library

namespace fs = std::filesystem;

const std::string kValue(kHead + kPayload, 'p');

void need(bool is_good, const char* what) {
    if (!is_good) {
        std::fprintf(stderr, "%s failed\n", what);
        std::exit(70);
    }
}

/// Big-endian, so that keys are in the order of their numbers.
[[maybe_unused]] std::string key_of(std::uint64_t number) {
    std::string key(sizeof number, '\0');
    for (std::size_t i = key.size(); i > 0; --i, number >>= 8U) {
        key[i - 1] = static_cast<char>(number & 0xffU);
    }
    return key;
}

/// Puts a batch durably and takes the one before away with it.
using Store = std::function<void(std::uint64_t first)>;

Store sqlite(const fs::path& folder) {
    sqlite3* raw = nullptr;
    need(sqlite3_open((folder / "db").c_str(), &raw) == SQLITE_OK, "sqlite3_open");
    const std::shared_ptr<sqlite3> database{raw, sqlite3_close};
    const auto execute = [database](const char* sql) {
        need(sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
    };
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE records(number INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    const auto prepare = [database](const char* sql) {
        sqlite3_stmt* statement = nullptr;
        need(sqlite3_prepare_v2(database.get(), sql, -1, &statement, nullptr) == SQLITE_OK, sql);
        return std::shared_ptr<sqlite3_stmt>{statement, sqlite3_finalize};
    };
    return [execute,
            insert = prepare("INSERT INTO records VALUES(?1, ?2)"),
            remove = prepare("DELETE FROM records WHERE number<?1")](std::uint64_t first) {
        execute("BEGIN");
        const auto number = static_cast<sqlite3_int64>(first);
        sqlite3_bind_int64(remove.get(), 1, number);
        need(sqlite3_step(remove.get()) == SQLITE_DONE, "DELETE");
        sqlite3_reset(remove.get());
        for (sqlite3_int64 i = 0; i < static_cast<sqlite3_int64>(kBatch); ++i) {
            sqlite3_bind_int64(insert.get(), 1, number + i);
            sqlite3_bind_blob(
                insert.get(), 2, kValue.data(), static_cast<int>(kValue.size()), SQLITE_STATIC);
            need(sqlite3_step(insert.get()) == SQLITE_DONE, "INSERT");
            sqlite3_reset(insert.get());
        }
        execute("COMMIT");
    };
}

#ifdef AORTA_HAS_LMDB
Store lmdb(const fs::path& folder) {
    MDB_env* raw = nullptr;
    need(mdb_env_create(&raw) == 0, "mdb_env_create");
    const std::shared_ptr<MDB_env> environment{raw, mdb_env_close};
    mdb_env_set_mapsize(raw, std::size_t{1} << 30U);
    need(mdb_env_open(raw, folder.c_str(), 0, 0600) == 0, "mdb_env_open");
    return [environment](std::uint64_t first) {
        MDB_txn* work = nullptr;
        MDB_dbi records = 0;
        need(mdb_txn_begin(environment.get(), nullptr, 0, &work) == 0, "mdb_txn_begin");
        need(mdb_dbi_open(work, nullptr, MDB_CREATE, &records) == 0, "mdb_dbi_open");
        for (std::uint64_t i = first; i < first + kBatch; ++i) {
            std::string key = key_of(i);
            std::string old = key_of(i - kBatch);
            MDB_val name{key.size(), key.data()};
            MDB_val old_name{old.size(), old.data()};
            MDB_val value{kValue.size(), const_cast<char*>(kValue.data())};
            need(mdb_put(work, records, &name, &value, MDB_APPEND) == 0, "mdb_put");
            mdb_del(work, records, &old_name, nullptr);
        }
        need(mdb_txn_commit(work) == 0, "mdb_txn_commit");
    };
}
#endif

#ifdef AORTA_HAS_ROCKSDB
Store rocksdb(const fs::path& folder) {
    ::rocksdb::DB* raw = nullptr;
    ::rocksdb::Options options;
    options.create_if_missing = true;
    need(::rocksdb::DB::Open(options, (folder / "db").native(), &raw).ok(), "DB::Open");
    return [database = std::shared_ptr<::rocksdb::DB>{raw}](std::uint64_t first) {
        ::rocksdb::WriteBatch work;
        for (std::uint64_t i = first; i < first + kBatch; ++i) {
            work.Put(key_of(i), kValue);
            work.Delete(key_of(i - kBatch));
        }
        ::rocksdb::WriteOptions durable;
        durable.sync = true;
        need(database->Write(durable, &work).ok(), "DB::Write");
    };
}
#endif

Store store_of(const std::string& name, const fs::path& folder) {
    if (name == "sqlite") {
        return sqlite(folder);
    }
#ifdef AORTA_HAS_LMDB
    if (name == "lmdb") {
        return lmdb(folder);
    }
#endif
#ifdef AORTA_HAS_ROCKSDB
    if (name == "rocksdb") {
        return rocksdb(folder);
    }
#endif
    return {};
}

}  // namespace

/// Ends with 69 when it was built without the store.
int main(int count, char** words) {
    const std::string name = count > 1 ? words[1] : "";
    const fs::path folder = fs::current_path() / ("stores-bench-" + std::to_string(::getpid()));
    fs::create_directory(folder);
    Store store = store_of(name, folder);
    const bool is_there = static_cast<bool>(store);
    if (is_there) {
        std::uint64_t next = kBatch;
        const std::string row = name + "_64";
        compare(
            [&] {
                store(next);
                next += kBatch;
            },
            {row.c_str(), 0.0, false, "records/s", "for reference: the same work by another store"},
            folder / "floor");
    }
    store = {};
    fs::remove_all(folder);
    return is_there ? 0 : 69;
}
