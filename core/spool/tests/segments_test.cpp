// What becomes of segments: used again, moved, dropped; the cap; large records.
#include "rig.hpp"

#include <algorithm>

namespace aorta::spool::testing {
namespace {

using message::FateKind;
using Sequences = std::vector<std::uint64_t>;

/// Appends so many entries, a few at a time, each batch durable before the next.
void fill(Rig& rig, StreamId stream, int count) {
    for (int i = 0; i < count; ++i) {
        rig.append(stream, payload_of(rig.next(stream)));
        if (i % 16 == 15) {
            rig.flush();
        }
    }
    rig.flush();
}

TEST(SpoolSegments, AreUsedAgainWhenTheyAreFree) {
    Rig rig{kSegment, 4U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int round = 0; round < 50; ++round) {
        const std::uint64_t first = rig.next(in);
        fill(rig, in, 60);
        for (std::uint64_t i = first; i < first + 60; ++i) {
            EXPECT_TRUE(rig.spool->close({in, i}, FateKind::Delivered).has_value());
        }
        rig.flush();
    }
    EXPECT_LE(rig.segments().size(), 6U);
    const std::uint64_t last = rig.append(in, "last");
    rig.flush();
    rig.close();
    rig.open();
    const Loaded loaded = rig.load();
    EXPECT_TRUE(loaded.damage.empty());
    EXPECT_EQ(rig.sequences(in), Sequences{last});
}

TEST(SpoolSegments, MoveWhatIsNeededOfAnOldOne) {
    Rig rig{kSegment, 4U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    const StreamId out = rig.spool->stream(StreamKind::Outbox, "out", 1).id;
    const std::uint64_t root = rig.append(in, "root");
    const std::uint64_t child = rig.append(out, "child", {in, root});
    rig.spool->close({in, root}, std::nullopt);
    rig.spool->snapshot("state", "kept", [] {});
    for (int round = 0; round < 20; ++round) {
        const std::uint64_t first = rig.next(in);
        fill(rig, in, 60);
        // Two entries stay for good.
        for (std::uint64_t i = first; i < first + 60; ++i) {
            if (i != 10 && i != 100) {
                rig.spool->close({in, i}, FateKind::Delivered);
            }
        }
        rig.flush();
    }
    // The tidying comes behind what is flushed.
    for (int i = 0; i < 2000 && rig.segments().size() > 7; ++i) {
        rig.spool->set_fact("round", std::to_string(i));
        rig.flush();
    }
    EXPECT_LE(rig.segments().size(), 7U);
    const std::vector<std::pair<std::uint64_t, std::string>> kept{{10, payload_of(10)},
                                                                  {100, payload_of(100)}};
    EXPECT_EQ(rig.read(in), kept);
    EXPECT_EQ(rig.sequences(out), Sequences{child});
    rig.close();

    rig.open();
    const Loaded loaded = rig.load();
    EXPECT_TRUE(loaded.damage.empty());
    EXPECT_EQ(rig.read(in), kept);
    EXPECT_EQ(rig.sequences(out), Sequences{child});
    EXPECT_EQ(rig.held(in), 3U);
    EXPECT_EQ(*rig.spool->snapshot("state"), "kept");
    const auto over = rig.spool->finish(out, child, FateKind::Delivered);
    ASSERT_TRUE(over.has_value());
    EXPECT_EQ(over->sequence, root);
    EXPECT_EQ(rig.held(in), 2U);
}

TEST(SpoolSegments, WaitAtTheCapUntilSomethingIsFree) {
    Rig rig{kSegment, 12 * kSegment};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int i = 0; i < 600; ++i) {
        rig.append(in, payload_of(rig.next(in)));
    }
    for (int i = 0; i < 600 && rig.spool->health().trouble.empty(); ++i) {
        ASSERT_FALSE(rig.spool->flush(std::chrono::milliseconds{50}));
    }
    EXPECT_EQ(rig.spool->health().trouble, "spool.full");
    EXPECT_LE(rig.spool->health().bytes, 12 * kSegment);
    EXPECT_GT(rig.spool->health().waiting, 0U);
    const std::uint64_t durable = rig.durable_end(in);
    EXPECT_GT(durable, 300U);
    for (std::uint64_t i = 1; i < durable; ++i) {
        rig.spool->close({in, i}, FateKind::Delivered);
    }
    rig.flush();
    EXPECT_EQ(rig.spool->health().trouble, "");
    EXPECT_EQ(rig.durable_end(in), 601U);
    const auto left = rig.read(in);
    ASSERT_EQ(left.size(), 601U - durable);
    EXPECT_EQ(left.front().first, durable);
    EXPECT_EQ(left.back().second, payload_of(600));
}

TEST(SpoolSegments, LeaveRoomForOutboxesSoThatAFullJournalMayBecomeEmpty) {
    Rig rig{kSegment, 10 * kSegment};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    const StreamId out = rig.spool->stream(StreamKind::Outbox, "out", 1).id;
    for (int i = 0; i < 600; ++i) {
        rig.append(in, payload_of(rig.next(in)));
    }
    while (rig.spool->health().trouble.empty()) {
        ASSERT_FALSE(rig.spool->flush(std::chrono::milliseconds{10}));
    }
    ASSERT_LT(rig.durable_end(in), 600U);
    // One after another they go on into the outbox, and the sink takes them from there.
    for (std::uint64_t i = 1; i <= 600; ++i) {
        const std::uint64_t child = rig.append(out, payload_of(i), {in, i});
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (rig.durable_end(out) <= child) {
            rig.spool->flush(std::chrono::milliseconds{1});
            ASSERT_LT(std::chrono::steady_clock::now(), until) << "record " << i;
        }
        rig.spool->close({in, i}, std::nullopt);
        rig.spool->finish(out, child, FateKind::Delivered);
    }
    rig.flush();
    EXPECT_EQ(rig.durable_end(in), 601U);
    EXPECT_EQ(rig.held(in), 0U);
}

TEST(SpoolSegments, TakeRecordsLargerThanThemselves) {
    Rig rig{kSegment, 8U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    const std::string large(1'000'000, 'L');
    rig.append(in, "before");
    rig.append(in, large);
    rig.append(in, "behind");
    rig.flush();
    rig.append(in, large);
    rig.flush();
    rig.close();
    rig.open();
    EXPECT_TRUE(rig.load().damage.empty());
    const auto entries = rig.read(in);
    ASSERT_EQ(entries.size(), 4U);
    EXPECT_EQ(entries[1].second, large);
    EXPECT_EQ(entries[2].second, "behind");
    EXPECT_EQ(entries[3].second, large);
    for (std::uint64_t i = 1; i <= 4; ++i) {
        rig.spool->close({in, i}, FateKind::Delivered);
    }
    rig.flush();
    rig.close();
    rig.open_and_load();
    EXPECT_TRUE(rig.sequences(in).empty());
}

TEST(SpoolSegments, StayWhileACursorReadsThem) {
    Rig rig{kSegment, 4U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    fill(rig, in, 500);
    const auto cursor = rig.spool->read(in, 1);
    for (std::uint64_t i = 1; i <= 500; ++i) {
        const auto entry = cursor->next();
        ASSERT_TRUE(entry.ok() && entry->has_value());
        EXPECT_EQ((*entry)->sequence, i);
        EXPECT_EQ((*entry)->payload(), payload_of(i));
        EXPECT_EQ(cursor->position(), i + 1);
        rig.spool->close({in, i}, FateKind::Delivered);
        rig.append(in, payload_of(rig.next(in)));
    }
    rig.flush();
    const auto entry = cursor->next();
    ASSERT_TRUE(entry.ok() && entry->has_value());
    EXPECT_EQ((*entry)->sequence, 501U);
}

TEST(SpoolSegments, GiveACursorWhatIsAppendedBehindIt) {
    Rig rig{kSegment, 4U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    const StreamId other = rig.spool->stream(StreamKind::Outbox, "other", 1).id;
    const auto cursor = rig.spool->read(in, 0);
    for (std::uint64_t i = 1; i <= 200; ++i) {
        rig.append(other, payload_of(i));
        rig.append(in, payload_of(i));
        rig.flush();
        const auto entry = cursor->next();
        ASSERT_TRUE(entry.ok() && entry->has_value());
        EXPECT_EQ((*entry)->sequence, i);
        const auto none = cursor->next();
        ASSERT_TRUE(none.ok());
        EXPECT_FALSE(none->has_value());
    }
}

TEST(SpoolSegments, GoWhenACrashLoopLeavesThemNearlyEmpty) {
    Rig rig{kSegment, 8 * kSegment};
    for (int i = 0; i < 30; ++i) {
        rig.open_and_load();
        const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
        rig.append(in, payload_of(rig.next(in)));
        rig.flush();
        rig.close();
    }
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    EXPECT_EQ(rig.sequences(in).size(), 30U);
    EXPECT_LT(rig.spool->health().bytes, 9 * kSegment);  // a start may need one more
}

/// Sequences that a cursor gives with what is kept; those that are past.
std::pair<Sequences, Sequences> read_kept(Rig& rig, StreamId stream) {
    std::pair<Sequences, Sequences> read;
    const auto cursor = rig.spool->read(stream, 0, Reads::Kept);
    for (;;) {
        const auto entry = cursor->next();
        EXPECT_TRUE(entry.ok());
        if (!entry || !*entry) {
            return read;
        }
        EXPECT_EQ((*entry)->payload(), payload_of((*entry)->sequence));
        read.first.push_back((*entry)->sequence);
        if ((*entry)->is_past) {
            read.second.push_back((*entry)->sequence);
        }
    }
}

TEST(SpoolSegments, StayWhileTheirEntriesAreKept) {
    Rig rig{kSegment, 64U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    rig.spool->keep(in, 100);
    fill(rig, in, 400);
    Sequences all;
    Sequences over;
    for (std::uint64_t i = 1; i <= 400; ++i) {
        if (i != 50 && i != 300) {
            rig.spool->close({in, i}, FateKind::Delivered);
        }
        if (i == 50 || i >= 100) {
            all.push_back(i);
        }
        if (i >= 100 && i != 300) {
            over.push_back(i);
        }
    }
    rig.flush();
    EXPECT_EQ(read_kept(rig, in), std::pair(all, over));
    EXPECT_EQ(rig.sequences(in), (Sequences{50, 300}));
    rig.close();

    rig.open();
    rig.spool->keep(in, 0);
    rig.load();
    rig.spool->keep(in, 100);
    EXPECT_EQ(read_kept(rig, in), std::pair(all, over));
    EXPECT_EQ(rig.held(in), 2U);
    rig.spool->close({in, 50}, FateKind::Delivered);
    rig.spool->close({in, 300}, FateKind::Delivered);
    rig.spool->keep(in, 401);
    fill(rig, in, 60);
    EXPECT_LE(rig.segments().size(), 5U);
}

TEST(SpoolSegments, AreNotKeptAtThePriceOfTheCap) {
    Rig rig{kSegment, 16 * kSegment};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    rig.spool->keep(in, 0);
    for (int round = 0; round < 50; ++round) {
        const std::uint64_t first = rig.next(in);
        fill(rig, in, 60);
        EXPECT_EQ(rig.spool->health().trouble, "");
        for (std::uint64_t i = first; i < first + 60; ++i) {
            rig.spool->close({in, i}, FateKind::Delivered);
        }
        rig.flush();
    }
    EXPECT_LE(rig.spool->health().bytes, 16 * kSegment);
    EXPECT_EQ(read_kept(rig, in).first.back(), 3000U) << "the youngest stay";
}

}  // namespace
}  // namespace aorta::spool::testing
