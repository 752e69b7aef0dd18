// Reads a stream's entries back, in the order of their sequences.
#pragma once

#include "spool/books.hpp"
#include "spool/scan.hpp"
#include "spool/sealing.hpp"
#include "spool/spool.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace aorta::spool {

/// [one thread at a time]
class LogCursor final : public Cursor {
public:
    LogCursor(Books& books,
              FileSystem& files,
              base::Log& log,
              const Keys& keys,
              StreamId stream,
              std::uint64_t from,
              Reads reads)
        : books_(books),
          files_(files),
          log_(log),
          opener_(keys),
          stream_(stream),
          reads_(reads),
          next_(from) {}

    Result<std::optional<StoredEntry>> next() override;

    std::vector<Lost> take_lost() override { return std::exchange(lost_, {}); }

    std::uint64_t position() const override { return next_; }

private:
    Result<void> go_to(const Books::Next& where);
    Result<std::optional<StoredEntry>> read(const Books::Next& where);
    Result<StoredEntry> restore(const Item& item);
    void lose(std::uint64_t first, std::uint64_t last);

    Books& books_;
    FileSystem& files_;
    base::Log& log_;
    Opener opener_;
    const StreamId stream_;
    const Reads reads_;
    std::uint64_t next_;
    std::vector<Lost> lost_;
    SegmentPtr segment_;  // shared while it is read, so that its file is not used again
    std::unique_ptr<File> file_;
    std::optional<Scanner> scanner_;
    std::uint64_t scanned_ = 0;   // entries of the stream below it lie behind the scanner
    std::uint64_t readable_ = 0;  // up to it, what was read ahead is durable
    bool is_at_stray_ = false;
};

}  // namespace aorta::spool
