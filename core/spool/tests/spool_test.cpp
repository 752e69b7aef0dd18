#include "rig.hpp"

#include <algorithm>

namespace aorta::spool::testing {
namespace {

using message::FateKind;
using Sequences = std::vector<std::uint64_t>;

TEST(Spool, GivesBackAfterAReopenWhatWasAppended) {
    Rig rig;
    rig.open_and_load();
    const StreamState stream = rig.spool->stream(StreamKind::Journal, "in", 7);
    for (int i = 0; i < 100; ++i) {
        rig.append(stream.id, "payload " + std::to_string(i));
    }
    rig.flush();
    EXPECT_EQ(rig.durable_end(stream.id), stream.next + 100);
    rig.close();

    rig.open();
    ASSERT_EQ(rig.spool->streams().size(), 1U);
    const StreamState again = rig.spool->streams().front();
    EXPECT_EQ(again.name, "in");
    EXPECT_EQ(again.epoch, 7U);
    EXPECT_EQ(again.next, stream.next + 100);
    EXPECT_EQ(again.held, 100U);
    const Loaded loaded = rig.load();
    EXPECT_TRUE(loaded.was_closed);
    EXPECT_TRUE(loaded.damage.empty());
    const auto entries = rig.read(stream.id);
    ASSERT_EQ(entries.size(), 100U);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        EXPECT_EQ(entries[i].first, stream.next + i);
        EXPECT_EQ(entries[i].second, "payload " + std::to_string(i));
    }
}

TEST(Spool, DoesNotGiveBackWhatIsOver) {
    Rig rig;
    rig.open_and_load();
    const StreamId stream = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int i = 0; i < 10; ++i) {
        rig.append(stream, "x");
    }
    for (const std::uint64_t sequence : {2, 3, 5, 7}) {
        const auto over = rig.spool->close({stream, sequence}, FateKind::Filtered);
        ASSERT_TRUE(over.has_value());
        EXPECT_EQ(over->sequence, sequence);
        EXPECT_EQ(over->fate, FateKind::Filtered);
        EXPECT_FALSE(rig.spool->close({stream, sequence}, FateKind::Filtered).has_value());
    }
    rig.flush();
    const Sequences left{1, 4, 6, 8, 9, 10};
    EXPECT_EQ(rig.sequences(stream), left);
    rig.close();
    rig.open();
    EXPECT_EQ(rig.held(stream), left.size());
    rig.load();
    EXPECT_EQ(rig.held(stream), left.size());
    EXPECT_EQ(rig.sequences(stream), left);
    EXPECT_EQ(rig.sequences(stream, 6), (Sequences{6, 8, 9, 10}));
}

TEST(Spool, ReleasesARootUntilItsOutboxEntriesAreOver) {
    Rig rig;
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    const StreamId out = rig.spool->stream(StreamKind::Outbox, "out", 1).id;
    const std::uint64_t root = rig.append(in, "root");
    Sequences children;
    for (int i = 0; i < 9; ++i) {
        children.push_back(rig.append(out, "child", {in, root}));
    }
    EXPECT_FALSE(rig.spool->close({in, root}, std::nullopt).has_value());
    rig.flush();
    EXPECT_TRUE(rig.sequences(in).empty());
    EXPECT_EQ(rig.held(in), 1U);
    for (const std::uint64_t child : {children[3], children[0]}) {
        EXPECT_FALSE(rig.spool->finish(out, child, FateKind::DeadLettered).has_value());
    }
    rig.close();

    rig.open_and_load();
    EXPECT_EQ(rig.held(in), 1U);
    EXPECT_EQ(rig.held(out), 7U);
    EXPECT_TRUE(rig.sequences(in).empty());
    const Sequences left = rig.sequences(out);
    ASSERT_EQ(left.size(), 7U);
    for (const std::uint64_t child : left) {
        const auto over = rig.spool->finish(out, child, FateKind::Delivered);
        ASSERT_EQ(over.has_value(), child == left.back());
        if (over) {
            EXPECT_EQ(over->stream, in);
            EXPECT_EQ(over->sequence, root);
            EXPECT_EQ(over->fate, FateKind::DeadLettered);
        }
    }
    EXPECT_EQ(rig.held(in), 0U);
    rig.close();
    rig.open_and_load();
    EXPECT_EQ(rig.held(in), 0U);
    EXPECT_EQ(rig.held(out), 0U);
}

TEST(Spool, TellsARootWithoutAJournalWhileTheProcessLives) {
    Rig rig;
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Passing, "in", 1).id;
    const StreamId out = rig.spool->stream(StreamKind::Outbox, "out", 1).id;
    const std::uint64_t first = rig.append(out, "a", {in, 17});
    const std::uint64_t second = rig.append(out, "b", {in, 18});
    EXPECT_FALSE(rig.spool->close({in, 17}, FateKind::Filtered).has_value());
    const auto alone = rig.spool->close({in, 16}, FateKind::Delivered);
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ(alone->sequence, 16U);
    const auto over = rig.spool->finish(out, first, FateKind::Delivered);
    ASSERT_TRUE(over.has_value());
    EXPECT_EQ(over->stream, in);
    EXPECT_EQ(over->sequence, 17U);
    rig.close();

    rig.open_and_load();
    EXPECT_EQ(rig.sequences(out), Sequences{second});
    const auto unknown = rig.spool->finish(out, second, FateKind::Failed);
    ASSERT_TRUE(unknown.has_value());
    EXPECT_EQ(unknown->stream, 0U);
    EXPECT_EQ(unknown->fate, FateKind::Failed);
}

TEST(Spool, KeepsNamesFactsAndSnapshots) {
    Rig rig;
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "old", 1).id;
    rig.append(in, "x");
    rig.spool->set_fact("key_check", "abc");
    rig.spool->set_fact("gone", "x");
    rig.spool->set_fact("gone", "");
    EXPECT_TRUE(rig.spool->rename(StreamKind::Journal, "old", "new").ok());
    EXPECT_EQ(rig.spool->rename(StreamKind::Outbox, "old", "new").error().code,
              ErrorCode::NotFound);
    bool is_done = false;
    rig.spool->snapshot("state", "first", [] {});
    rig.spool->snapshot("state", "second", [&] { is_done = true; });
    EXPECT_EQ(*rig.spool->snapshot("state"), "second");
    rig.flush();
    EXPECT_TRUE(is_done);
    EXPECT_EQ(*rig.spool->snapshot("state"), "second");
    rig.close();

    rig.open();
    EXPECT_EQ(rig.spool->fact("key_check"), "abc");
    EXPECT_EQ(rig.spool->fact("gone"), "");
    EXPECT_EQ(rig.spool->stream(StreamKind::Journal, "new", 2).id, in);
    rig.load();
    EXPECT_EQ(*rig.spool->snapshot("state"), "second");
    EXPECT_EQ(*rig.spool->snapshot("other"), "");
}

TEST(Spool, DoesNotTakeOverAStreamThatHoldsEntriesOfItsOwn) {
    Rig rig;
    rig.open_and_load();
    const StreamId first = rig.spool->stream(StreamKind::Outbox, "a", 1).id;
    const StreamId second = rig.spool->stream(StreamKind::Outbox, "b", 1).id;
    rig.append(first, "x");
    const std::uint64_t other = rig.append(second, "y");
    EXPECT_EQ(rig.spool->rename(StreamKind::Outbox, "a", "b").error().code,
              ErrorCode::InvalidConfig);
    rig.spool->finish(second, other, FateKind::Delivered);
    EXPECT_TRUE(rig.spool->rename(StreamKind::Outbox, "a", "b").ok());
    rig.close();
    rig.open();
    ASSERT_EQ(rig.spool->streams().size(), 1U);
    EXPECT_EQ(rig.spool->streams().front().id, first);
    EXPECT_EQ(rig.spool->streams().front().name, "b");
    rig.load();
    const StreamId third = rig.spool->stream(StreamKind::Outbox, "c", 1).id;
    EXPECT_GT(third, second) << "entries of the one that is gone still stand in the log";
    rig.append(third, "z");
    rig.flush();
    rig.close();
    rig.open_and_load();
    EXPECT_EQ(rig.sequences(third), Sequences{1});
}

TEST(Spool, RemembersHowOftenAnEntryWasBeingTried) {
    Rig rig;
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int i = 0; i < 4; ++i) {
        rig.append(in, "x");
    }
    EXPECT_TRUE(rig.spool->trying(in, {2}).ok());
    EXPECT_TRUE(rig.spool->trying(in, {3}).ok());
    rig.close();  // in order: whatever was being tried, it did not end the process
    rig.open_and_load();
    const auto cursor = rig.spool->read(in, 3);
    const auto entry = cursor->next();
    ASSERT_TRUE(entry.ok() && entry->has_value());
    EXPECT_EQ((*entry)->attempts, 0U);
}

TEST(Spool, IsLockedByOneProcess) {
    Rig rig;
    rig.open();
    Result<std::unique_ptr<Spool>> second =
        Spool::open({rig.folder.path() / "s"}, {}, {posix_file_system(), rig.clock, rig.log, {}});
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
}

TEST(Spool, AppendsWhileItLoads) {
    Rig rig;
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int i = 0; i < 5000; ++i) {
        rig.append(in, "x");
    }
    for (std::uint64_t i = 1; i <= 5000; i += 2) {
        rig.spool->close({in, i}, FateKind::Delivered);
    }
    rig.close();
    rig.open();
    for (int i = 0; i < 10; ++i) {
        rig.append(in, "new");
    }
    rig.spool->close({in, 5002}, FateKind::Delivered);
    rig.flush();
    rig.load();
    for (int i = 0; i < 10; ++i) {
        rig.append(in, "newer");
    }
    rig.flush();
    const Sequences all = rig.sequences(in);
    EXPECT_EQ(all.size(), 2500U + 9U + 10U);
    EXPECT_TRUE(std::ranges::is_sorted(all));
    EXPECT_EQ(std::ranges::count(all, 5002U), 0);
    EXPECT_EQ(rig.held(in), all.size());
}

}  // namespace
}  // namespace aorta::spool::testing
