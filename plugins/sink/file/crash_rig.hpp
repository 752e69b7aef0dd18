// A disk that forgets: stands in for the C library's file calls in the binary that links it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace aorta::plugins::file_sink {

/// Counts the calls that change files and syncs nothing for real. At the chosen one the process
/// "dies": the call happens in part or not at all, and every later one fails. Afterwards
/// `lose_power` takes away what was not synced, as a file system may: bytes behind the synced
/// length torn or zero, cuts, new names, renames and removals undone.
class Disk {
public:
    /// Calls go to the real disk, uncounted, unless it is on.
    void turn_on(bool on) { is_on_ = on; }

    bool is_on() const { return is_on_; }

    void reset(std::uint64_t seed);

    /// The call that is the last one, counted from now; 0: none.
    void die_at(std::uint64_t call) { calls_left_ = call; }

    /// This call fails, and the process lives on.
    void fail_at(std::uint64_t call) { failure_in_ = call; }

    bool is_dead() const { return is_dead_; }

    std::uint64_t calls() const { return calls_; }

    /// What the first process left is what the next one finds.
    void revive();
    void lose_power();

    // The calls.
    ssize_t write(int fd, const void* bytes, std::size_t count);
    int sync(int fd);
    int cut(int fd, off_t length);
    int rename(int directory, const char* from, const char* to);
    int remove(int directory, const char* name);
    int open(int directory, const char* name, int flags, mode_t mode);

private:
    enum class Fate { Go, Half, Fail };

    struct Change {
        std::uint64_t directory = 0;  // inode
        std::string path;
        bool was_there = false;
        std::string before;
    };

    Fate step();
    void track(int fd);
    void note_change(int directory, const char* name);

    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }

    std::string after_power_loss(const std::string& synced, const std::string& now);

    std::mt19937_64 random_;
    std::uint64_t calls_left_ = 0;
    std::uint64_t failure_in_ = 0;
    std::uint64_t calls_ = 0;
    bool is_dead_ = false;
    bool is_on_ = false;

    struct Tracked {
        std::string path;
        std::string synced;
    };

    std::map<std::uint64_t, Tracked> files_;  // by inode: what is safe
    std::vector<Change> changes_;             // of names, in order, not synced yet
};

Disk& disk();

}  // namespace aorta::plugins::file_sink
