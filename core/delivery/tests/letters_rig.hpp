// A file of dead letters and a sender of records, for the tests of dead letters.
#pragma once

#include "delivery/ledger.hpp"
#include "delivery/sqlite_dead_letters.hpp"
#include "delivery/stored_letters.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace aorta::delivery::test {

namespace fs = std::filesystem;

/// A folder that is gone at the end.
class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "aorta_letters_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { fs::remove_all(path_); }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

class QuietLog final : public base::Log {
public:
    using Log::Log;

private:
    void emit(std::string_view) override {}
};

/// Counts fates, and looks at the file when a letter is settled.
class Sender final : public message::Settler {
public:
    explicit Sender(fs::path file = {}) : file_(std::move(file)) {}

    void on_after(message::Receipt&) override {}

    void on_required_settled(message::Receipt&) override {}

    void on_settled(message::Receipt& receipt) override {
        if (!file_.empty()) {
            const auto letters = list_letters(file_, {});
            stored_when_settled = letters.ok() ? letters->size() : 0;
        }
        ledger.settle(receipt.fate());
    }

    bool sender_keeps_failures() const override { return false; }

    Ledger ledger;
    std::atomic<std::size_t> stored_when_settled{0};

private:
    const fs::path file_;
};

class SqliteLetters : public testing::Test {
protected:
    fs::path file() const { return folder_.path() / "state" / "dead_letters.db"; }

    SqliteDeadLetters::Services services() { return {clock_, log_, names_}; }

    Letter letter(Sender& sender, std::string node, std::string reason, std::string payload) {
        auto record = std::make_unique<message::Record>(nullptr);
        message::BufferBlock* block = message::new_buffer(payload.size(), nullptr);
        std::memcpy(block->data, payload.data(), payload.size());
        block->length = payload.size();
        record->set_payload(message::BufferRef{block});
        record->content_type = names_.intern("hl7v2");
        record->key = 0xffff'ffff'ffff'fff0;
        record->id[0] = 0xab;
        record->id[1] = next_id_++;
        record->set_attribute(names_.intern("peer"), "127.0.0.1:99");
        sender.ledger.open();
        record->share = message::Share{new message::Receipt(sender, 0, 0)};
        return {std::move(record),
                std::move(node),
                3,
                ErrorCode::InvalidData,
                std::move(reason),
                "PID-3"};
    }

    std::uint64_t next_id_ = 0xcd;
    Folder folder_;
    base::VirtualClock clock_{std::chrono::seconds{1'700'000'000}};
    QuietLog log_{clock_};
    message::Interner names_;
};

/// A file with letters 1 to 3 of the nodes a, b, c.
class KeptLetters : public SqliteLetters {
protected:
    static spool::Keys keys_of(char secret, char former = 0) {
        spool::Keys keys;
        keys.present = *spool::storage_key(std::string(32, secret));
        if (former != 0) {
            keys.former = {*spool::storage_key(std::string(32, former))};
        }
        return keys;
    }

    void keep(const spool::Keys& keys) {
        Sender sender;
        SqliteDeadLetters letters{file(), "lab", services(), std::chrono::hours{24}, keys};
        for (const char* node : {"a", "b", "c"}) {
            letters.store(letter(sender, node, "hl7.bad", kCanary));
        }
        ASSERT_TRUE(sender.ledger.wait_settled(std::chrono::seconds{60}));
    }

    /// All bytes of the file and of those that SQLite has beside it.
    std::string bytes_on_disk() const {
        std::string all;
        for (const auto& entry : fs::directory_iterator(file().parent_path())) {
            std::ifstream in{entry.path(), std::ios::binary};
            all.append(std::istreambuf_iterator<char>{in}, {});
        }
        return all;
    }

    std::string state_of(std::int64_t number) const {
        const auto letter = describe_letter(file(), number);
        return letter.ok() ? letter->state : "gone";
    }

    static message::Fate fate(message::FateKind kind, std::string reason = {}) {
        return {kind, ErrorCode::InvalidData, std::move(reason), "PID-5", 0};
    }

    static constexpr const char* kCanary = "MSH|canary-of-a-patient";
};

}  // namespace aorta::delivery::test
