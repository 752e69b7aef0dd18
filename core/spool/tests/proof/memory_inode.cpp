#include "spool/tests/proof/memory_inode.hpp"

#include <algorithm>
#include <utility>

namespace aorta::spool::proof {
namespace {

constexpr std::uint64_t kSector = 512;  // what a disk writes whole or not at all, mostly

void put(std::string& bytes, std::uint64_t offset, std::string_view piece) {
    if (bytes.size() < offset + piece.size()) {
        bytes.resize(offset + piece.size());
    }
    bytes.replace(offset, piece.size(), piece);
}

}  // namespace

void Inode::write(std::string_view bytes, std::uint64_t offset) {
    put(now_, offset, bytes);
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kSector - offset % kSector);
        pieces_.push_back({offset, std::string{piece}});
        offset += piece.size();
        bytes.remove_prefix(piece.size());
    }
}

void Inode::resize(std::uint64_t size) {
    now_.resize(size);
    pieces_.push_back({.offset = size, .is_size = true});
}

void Inode::sync() {
    std::vector<Piece> forsaken;
    for (Piece& piece : pieces_) {
        if (piece.is_forsaken) {
            forsaken.push_back(std::move(piece));
            continue;
        }
        if (piece.is_size) {
            durable_.resize(piece.offset);
        } else {
            put(durable_, piece.offset, piece.bytes);
        }
        std::erase_if(forsaken, [&](const Piece& old) {  // its sector was written again
            return old.offset / kSector == piece.offset / kSector;
        });
    }
    pieces_ = std::move(forsaken);
}

void Inode::forsake() {
    for (Piece& piece : pieces_) {
        piece.is_forsaken = true;
    }
}

std::string Inode::after_power_loss(Random& random) const {
    std::string bytes = durable_;
    if (pieces_.empty()) {
        return bytes;
    }
    // None, all, or each with a chance of its own; now and then in another order, which decides
    // where two of them meet.
    const std::uint64_t style = random() % 4;
    std::vector<const Piece*> chosen;
    for (const Piece& piece : pieces_) {
        if (style == 1 || (style > 1 && one_in(random, style))) {
            chosen.push_back(&piece);
        }
    }
    if (one_in(random, 2)) {
        std::shuffle(chosen.begin(), chosen.end(), random);
    }
    for (const Piece* piece : chosen) {
        if (piece->is_size) {
            bytes.resize(piece->offset);
            continue;
        }
        const std::size_t kept =
            one_in(random, 8) ? random() % (piece->bytes.size() + 1) : piece->bytes.size();
        put(bytes, piece->offset, std::string_view{piece->bytes}.substr(0, kept));
    }
    // The size is written apart from the bytes: it may be ahead of them, or behind.
    if (one_in(random, 4) && now_.size() > bytes.size()) {
        bytes.resize(now_.size());
    } else if (one_in(random, 4) && bytes.size() > durable_.size()) {
        bytes.resize(durable_.size());
    }
    return bytes;
}

}  // namespace aorta::spool::proof
