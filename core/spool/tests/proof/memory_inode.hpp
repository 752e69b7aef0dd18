// A file of the disk in memory: what readers see, and what a loss of power leaves.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::spool::proof {

using Random = std::mt19937_64;

/// True once in n.
inline bool one_in(Random& random, std::uint64_t n) {
    return random() % n == 0;
}

/// A file, or a folder (which holds no bytes). [one thread at a time]
class Inode {
public:
    explicit Inode(bool is_folder) : is_folder_(is_folder) {}

    /// A file with these durable bytes.
    explicit Inode(std::string bytes) : now_(bytes), durable_(std::move(bytes)) {}

    bool is_folder() const { return is_folder_; }

    /// As readers see them.
    const std::string& bytes() const { return now_; }

    void write(std::string_view bytes, std::uint64_t offset);
    void resize(std::uint64_t size);
    void sync();
    /// A sync has failed: what was not durable is clean now. Readers see it, no later sync writes
    /// it.
    void forsake();
    /// Of what was not synced any subset of the sectors, in any order, torn, and any size.
    std::string after_power_loss(Random& random) const;

private:
    /// What a write put into one sector, or a change of size.
    struct Piece {
        std::uint64_t offset = 0;
        std::string bytes = {};
        bool is_size = false;  ///< the size is `offset`
        bool is_forsaken = false;
    };

    bool is_folder_ = false;
    std::string now_;
    std::string durable_;
    std::vector<Piece> pieces_;  // not durable, oldest first
};

}  // namespace aorta::spool::proof
