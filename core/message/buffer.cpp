#include "message/buffer.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace aorta::message {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40U;

/// Room for the block's own members, so that the bytes behind are aligned to 16.
template <class Block>
constexpr std::uint64_t head_bytes() {
    return (sizeof(Block) + 15) / 16 * 16;
}

template <class Block>
Block* allocate(std::uint64_t bytes_behind) {
    void* memory = std::malloc(head_bytes<Block>() + bytes_behind);
    return memory == nullptr ? nullptr : new (memory) Block{};
}

template <class Block>
void drop(Block* block) {
    if (block->references.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return;
    }
    if (block->budget != nullptr) {
        block->budget->release(block->charged);
    }
    block->~Block();
    std::free(block);
}

}  // namespace

std::uint64_t block_bytes(std::uint64_t capacity) {
    return head_bytes<BufferBlock>() + std::min(capacity, kMostBytes) + AORTA_PADDING;
}

BufferBlock* new_buffer(std::uint64_t capacity, Budget* charged_to) {
    auto* block = capacity > kMostBytes ? nullptr : allocate<BufferBlock>(capacity + AORTA_PADDING);
    if (block == nullptr) {
        return nullptr;
    }
    block->data = reinterpret_cast<std::uint8_t*>(block) + head_bytes<BufferBlock>();
    block->length = 0;
    block->capacity = capacity;
    block->budget = charged_to;
    block->charged = block_bytes(capacity);
    return block;
}

BufferBlock* copy_of(std::string_view bytes, Budget& budget) {
    budget.charge(block_bytes(bytes.size()));
    BufferBlock* block = new_buffer(bytes.size(), &budget);
    AORTA_CHECK(block != nullptr);
    if (!bytes.empty()) {
        std::memcpy(block->data, bytes.data(), bytes.size());
    }
    block->length = bytes.size();
    seal(*block);
    return block;
}

void seal(BufferBlock& block) {
    std::memset(block.data + block.length, 0, AORTA_PADDING);
}

ViewBlock* new_view(std::uint32_t type, std::uint64_t length, Budget* budget) {
    auto* block = length > kMostBytes ? nullptr : allocate<ViewBlock>(length);
    if (block == nullptr) {
        return nullptr;
    }
    block->size = sizeof(aorta_view);
    block->type = type;
    block->data = reinterpret_cast<std::uint8_t*>(block) + head_bytes<ViewBlock>();
    block->length = length;
    std::memset(block->data, 0, length);
    block->charged = head_bytes<ViewBlock>() + length;
    block->budget = budget;
    if (budget != nullptr) {
        budget->charge(block->charged);
    }
    return block;
}

void release(BufferBlock* block) {
    drop(block);
}

void release(ViewBlock* block) {
    drop(block);
}

}  // namespace aorta::message
