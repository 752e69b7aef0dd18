#include "message/record.hpp"

#include "message/interner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>

namespace aorta::message {
namespace {

BufferRef buffer_of(std::string_view text, Budget& budget) {
    budget.charge(block_bytes(text.size()));
    BufferBlock* block = new_buffer(text.size(), &budget);
    std::memcpy(block->data, text.data(), text.size());
    block->length = text.size();
    seal(*block);
    return BufferRef{block};
}

TEST(Buffer, HasZeroedBytesBehindItsLength) {
    Budget budget{1 << 20};
    const BufferRef buffer = buffer_of("MSH|", budget);
    const auto* bytes = buffer.get()->data;
    EXPECT_TRUE(std::all_of(
        bytes + 4, bytes + 4 + AORTA_PADDING, [](std::uint8_t byte) { return byte == 0; }));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % 16, 0U);
}

TEST(Buffer, RepaysItsChargeWithTheLastReference) {
    Budget budget{1 << 20};
    BufferRef first = buffer_of("payload", budget);
    EXPECT_EQ(budget.used(), block_bytes(7));
    BufferRef second = first;
    first = {};
    EXPECT_EQ(budget.used(), block_bytes(7));
    second = {};
    EXPECT_EQ(budget.used(), 0U);
}

TEST(Buffer, RefusesSizesThatNoMessageHas) {
    for (const std::uint64_t capacity : {std::numeric_limits<std::uint64_t>::max(),
                                         std::numeric_limits<std::uint64_t>::max() - 63,
                                         (std::uint64_t{1} << 40U) + 1}) {
        EXPECT_EQ(new_buffer(capacity, nullptr), nullptr) << capacity;
        EXPECT_GT(block_bytes(capacity), std::uint64_t{1} << 40U) << "no wrap to a small charge";
        EXPECT_EQ(new_view(1, capacity, nullptr), nullptr) << capacity;
    }
}

TEST(View, IsZeroedAlignedAndCharged) {
    Budget budget{1 << 20};
    {
        const ViewRef view{new_view(7, 40, &budget)};
        EXPECT_EQ(view.get()->type, 7U);
        EXPECT_EQ(view.get()->length, 40U);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(view.get()->data) % 16, 0U);
        const auto* bytes = static_cast<const char*>(view.get()->data);
        EXPECT_TRUE(std::all_of(bytes, bytes + 40, [](char byte) { return byte == 0; }));
        EXPECT_GE(budget.used(), 40U);
    }
    EXPECT_EQ(budget.used(), 0U);
}

TEST(Ref, SharedByManyThreadsIsFreedOnce) {
    Budget budget{1 << 20};
    {
        const BufferRef shared = buffer_of("shared", budget);
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([mine = shared] {
                for (int i = 0; i < 2000; ++i) {
                    const BufferRef copy = mine;
                }
            });
        }
    }
    EXPECT_EQ(budget.used(), 0U);
}

TEST(Record, ANewPayloadDropsTheView) {
    Budget budget{1 << 20};
    Record record{&budget};
    record.set_payload(buffer_of("one", budget));
    record.set_view(ViewRef{new_view(1, 8, &budget)});
    ASSERT_NE(record.view, nullptr);

    record.set_payload(buffer_of("two", budget));

    EXPECT_EQ(record.bytes(), "two");
    EXPECT_EQ(record.view, nullptr);
}

TEST(Record, ACopySharesPayloadAndViewAndHasItsOwnAttributes) {
    Budget budget{1 << 20};
    Record record{&budget};
    record.set_payload(buffer_of(std::string(4096, 'x'), budget));
    record.set_view(ViewRef{new_view(1, 8, &budget)});
    record.set_attribute(3, "original");
    record.key = 5;
    record.rejection = std::make_unique<Rejection>(Rejection{ErrorCode::InvalidData, "r", "w", 2});
    const std::uint64_t before = budget.used();

    const RecordPtr copy = record.copy();
    EXPECT_EQ(budget.used(),
              before + sizeof(Record) + sizeof(Attributes::value_type) +
                  std::string_view{"original"}.size())
        << "the copy pays for its header and attributes only";
    copy->set_attribute(3, "changed");

    EXPECT_EQ(copy->data, record.data);
    EXPECT_EQ(copy->view, record.view);
    EXPECT_EQ(copy->key, 5U);
    EXPECT_EQ(copy->rejection->reason, "r");
    EXPECT_EQ(record.attribute(3), "original");
    EXPECT_EQ(copy->attribute(3), "changed");
    EXPECT_LT(budget.used(), before + 1024) << "the copy pays for its header and attributes only";
}

TEST(Record, ACopyOutlivesItsOriginal) {
    Budget budget{1 << 20};
    RecordPtr copy;
    {
        Record record{&budget};
        record.set_payload(buffer_of("still here", budget));
        copy = record.copy();
    }
    EXPECT_EQ(copy->bytes(), "still here");
    copy.reset();
    EXPECT_EQ(budget.used(), 0U);
}

TEST(Record, AttributesAreOneForEachName) {
    Record record{nullptr};
    EXPECT_TRUE(record.attributes().empty());
    EXPECT_EQ(record.attribute(1).data(), nullptr);
    record.set_attribute(1, "a");
    record.set_attribute(2, "b");
    record.set_attribute(1, "c");
    EXPECT_EQ(record.attribute(1), "c");
    EXPECT_EQ(record.attributes().size(), 2U);
}

TEST(Record, PaysForItsAttributesUntilItGoes) {
    Budget budget{1 << 20};
    {
        Record record{&budget};
        const std::uint64_t before = budget.used();
        record.set_attribute(1, std::string(100, 'x'));
        EXPECT_GE(budget.used(), before + 100);
        const RecordPtr copy = record.copy();
        EXPECT_GE(budget.used(), 2 * (before + 100));
    }
    EXPECT_EQ(budget.used(), 0U);
}

TEST(Interner, GivesTheSameNumberForTheSameName) {
    Interner names;
    EXPECT_EQ(names.intern(""), 0U);
    const std::uint32_t bytes = names.intern("bytes");
    EXPECT_EQ(bytes, 1U);
    EXPECT_EQ(names.intern("hl7v2"), 2U);
    EXPECT_EQ(names.intern("bytes"), bytes);
    EXPECT_EQ(names.name(2), "hl7v2");
    EXPECT_EQ(names.name(0), "");
    EXPECT_EQ(names.name(99), "");
}

TEST(Interner, AgreesAmongThreads) {
    Interner names;
    std::vector<std::vector<std::uint32_t>> seen(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : seen) {
            threads.emplace_back([&names, &mine] {
                for (int i = 0; i < 500; ++i) {
                    mine.push_back(names.intern("name" + std::to_string(i % 50)));
                }
            });
        }
    }
    EXPECT_EQ(seen[0], seen[1]);
    EXPECT_EQ(seen[0], seen[3]);
}

}  // namespace
}  // namespace aorta::message
