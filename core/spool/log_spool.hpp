// The spool of this machine's files: Spool::open gives one.
#pragma once

#include "spool/books.hpp"
#include "spool/cursor.hpp"
#include "spool/log_folder.hpp"
#include "spool/spool.hpp"
#include "spool/writer.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace aorta::spool {

class LogSpool final : public Spool {
public:
    LogSpool(Settings settings, Keys keys, Services services);
    ~LogSpool() override;

    /// The first step: before anything else.
    Result<void> open();

    std::vector<StreamState> streams() const override { return books_->streams(); }

    StreamState stream(StreamKind kind, const std::string& name, std::uint64_t epoch) override {
        return books_->stream(kind, name, epoch);
    }

    Result<void> rename(StreamKind kind, const std::string& from, const std::string& to) override {
        return books_->rename(kind, from, to);
    }

    std::string fact(const std::string& name) const override { return books_->fact(name); }

    void set_fact(const std::string& name, const std::string& value) override {
        books_->set_fact(name, value);
    }

    Result<Loaded> load(const std::stop_token& stop) override;

    bool is_loaded() const override { return books_->is_loaded(); }

    std::unique_ptr<Cursor> read(StreamId stream, std::uint64_t from, Reads reads) override;

    void keep(StreamId stream, std::uint64_t from) override {
        books_->keep(stream, from, settings_.max_bytes / 2);
    }

    void append(std::vector<Entry> entries) override { books_->append(std::move(entries)); }

    std::optional<Over> close(Root root, std::optional<message::FateKind> fate) override {
        return books_->close(root, fate);
    }

    std::optional<Over> finish(StreamId outbox,
                               std::uint64_t sequence,
                               message::FateKind fate) override {
        return books_->finish(outbox, sequence, fate);
    }

    Result<void> trying(StreamId stream, const std::vector<std::uint64_t>& sequences) override;

    void snapshot(const std::string& name, std::string bytes, std::function<void()> done) override {
        books_->snapshot(name, std::move(bytes), std::move(done));
    }

    Result<std::string> snapshot(const std::string& name) const override;

    bool flush(base::Nanoseconds timeout) override {
        return books_->wait_durable(books_->ticket(), timeout) == Books::Waited::Durable;
    }

    SpoolHealth health() const override { return writer_->health(); }

private:
    Result<Findings> read_newest();
    Result<void> make_folders();
    void quarantine(std::vector<Damage>& damage);
    bool keep_bytes(const Damage& region);

    Settings settings_;
    const Keys keys_;
    const Services services_;
    const Layout layout_;
    std::unique_ptr<File> lock_;
    FoundLog log_;  // what was there at the start
    Gone gone_;     // before it
    std::unique_ptr<Books> books_;
    std::unique_ptr<Writer> writer_;
};

}  // namespace aorta::spool
