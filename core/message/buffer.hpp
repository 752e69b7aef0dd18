// Payload buffers and parsed views: reference-counted blocks that pay the byte budget.
#pragma once

#include "message/budget.hpp"

#include <aorta/abi.h>

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace aorta::message {

/// A payload block: the ABI's buffer, then its bytes and AORTA_PADDING zeroed ones. Immutable once
/// a record holds it.
struct BufferBlock : aorta_buffer {
    std::atomic<std::uint32_t> references{1};
    Budget* budget = nullptr;  ///< null: not charged
    std::uint64_t charged = 0;
};

/// A parsed view: the ABI's view, then its bytes.
struct ViewBlock : aorta_view {
    std::atomic<std::uint32_t> references{1};
    Budget* budget = nullptr;
    std::uint64_t charged = 0;
};

/// A block with room for `capacity` bytes, length 0. The budget is charged by the caller for
/// `block_bytes(capacity)` and is repaid when the last reference goes. Null when memory is out.
BufferBlock* new_buffer(std::uint64_t capacity, Budget* charged_to);
std::uint64_t block_bytes(std::uint64_t capacity);
/// A sealed block of these bytes, charged to the budget (which may be overdrawn). Ends the process
/// when memory is out.
BufferBlock* copy_of(std::string_view bytes, Budget& budget);

inline std::string_view bytes_of(const BufferBlock& block) {
    return {reinterpret_cast<const char*>(block.data), block.length};
}

/// Zeroes the padding behind the length, before the block becomes a payload.
void seal(BufferBlock& block);
/// A zeroed view, charged to the budget.
ViewBlock* new_view(std::uint32_t type, std::uint64_t length, Budget* budget);

void release(BufferBlock* block);
void release(ViewBlock* block);

/// Shared ownership of a block, or nothing.
template <class Block>
class Ref {
public:
    Ref() = default;

    /// Takes over one reference.
    explicit Ref(Block* owned) : block_(owned) {}

    Ref(const Ref& other) : block_(other.block_) {
        if (block_ != nullptr) {
            block_->references.fetch_add(1, std::memory_order_relaxed);
        }
    }

    Ref(Ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}

    Ref& operator=(Ref other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }

    ~Ref() {
        if (block_ != nullptr) {
            release(block_);
        }
    }

    Block* get() const { return block_; }

    explicit operator bool() const { return block_ != nullptr; }

private:
    Block* block_ = nullptr;
};

using BufferRef = Ref<BufferBlock>;
using ViewRef = Ref<ViewBlock>;

}  // namespace aorta::message
