// What the rows of the journal and of other stores are measured against: the same bytes by pwrite
// and fdatasync.
#pragma once

#include "bench/rig.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace aorta::bench {

inline constexpr std::size_t kBatch = 64;
inline constexpr std::size_t kPayload = 1024;
inline constexpr std::size_t kHead = 64;  // what a record has beside its payload
inline constexpr std::size_t kItem = 56;  // what the journal adds
inline constexpr double kRound = 0.25;    // seconds
inline constexpr int kRounds = 9;

/// A file of zeros that is written again and again from its beginning.
class Floor {
public:
    explicit Floor(const std::filesystem::path& path)
        : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600)) {
        const std::string zeros(kFile, '\0');
        write(zeros.data(), zeros.size(), 0);
        ::fdatasync(file_);
    }

    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

    ~Floor() { ::close(file_); }

    void batch() {
        const std::size_t bytes = kBatch * (kItem + kHead + kPayload);
        bytes_.resize(bytes);
        std::memset(bytes_.data(), static_cast<int>(++count_), bytes);
        at_ = at_ + bytes > kFile ? 0 : at_;
        write(bytes_.data(), bytes, at_);
        ::fdatasync(file_);
        at_ += bytes;
    }

private:
    static constexpr std::size_t kFile = 32U << 20U;

    void write(const char* bytes, std::size_t count, std::size_t offset) const {
        if (::pwrite(file_, bytes, count, static_cast<off_t>(offset)) !=
            static_cast<ssize_t>(count)) {
            std::perror("pwrite");
            std::exit(74);
        }
    }

    int file_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
    std::vector<char> bytes_;
};

/// Records a second.
template <class Batch>
double rate(Batch batch) {
    const double begun = wall();
    double now = begun;
    std::size_t records = 0;
    for (; now - begun < kRound; now = wall()) {
        batch();
        records += kBatch;
    }
    return static_cast<double>(records) / (now - begun);
}

/// Measures a store beside the floor, in turns, and prints the row.
template <class Batch>
void compare(Batch batch, const Row& row, const std::filesystem::path& floor_file) {
    Floor floor{floor_file};
    rate(batch);  // so that what is used again later has been used
    Rounds rounds;
    for (int i = 0; i < kRounds; ++i) {
        const double least = rate([&] { floor.batch(); });
        rounds.add(rate(batch), least);
    }
    rounds.print(row);
}

}  // namespace aorta::bench
