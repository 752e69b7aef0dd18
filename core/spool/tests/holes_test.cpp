// Segments that go although older ones stand: what was over stays over, and no hole is a loss.
#include "rig.hpp"

#include <algorithm>

namespace aorta::spool::testing {
namespace {

namespace fs = std::filesystem;

using message::FateKind;
using Sequences = std::vector<std::uint64_t>;

/// Leaves what a killed process leaves: the files as they were at one time.
void kill(Rig& rig) {
    const fs::path copy = rig.folder.path() / "copy";
    std::error_code error;
    std::uint64_t syncs = 0;
    do {
        fs::remove_all(copy);
        syncs = rig.spool->health().syncs;
        fs::copy(rig.folder.path() / "s", copy, fs::copy_options::recursive, error);
    } while (error || rig.spool->health().syncs != syncs);
    rig.close();
    fs::remove_all(rig.folder.path() / "s");
    fs::rename(copy, rig.folder.path() / "s");
}

/// A log whose first entry is held; the second was over when the third segment was written to.
struct Holed {
    Holed() {
        rig.open_and_load();
        in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
        held = rig.append(in, "held");
        over = rig.append(in, "over");
        rig.flush();
        for (int round = 0; round < 20; ++round) {
            pass(100);
            if (round == 2) {
                rig.spool->close({in, over}, FateKind::Delivered);
                rig.flush();
            }
        }
        // The tidying comes behind what is flushed.
        for (int i = 0; i < 2000 && rig.segments().size() > 4; ++i) {
            pass(1);
        }
    }

    /// So many entries come and are over.
    void pass(int count) {
        const std::uint64_t first = rig.next(in);
        for (int i = 0; i < count; ++i) {
            rig.append(in, std::string(1000, 'x'));
            if (i % 16 == 15) {
                rig.flush();
            }
        }
        rig.flush();
        for (std::uint64_t i = first; i < rig.next(in); ++i) {
            rig.spool->close({in, i}, FateKind::Delivered);
        }
        rig.flush();
    }

    Rig rig{kSegment, 64U << 20U};
    StreamId in = 0;
    std::uint64_t held = 0;
    std::uint64_t over = 0;
};

TEST(SpoolHoles, AnEntryThatIsHeldKeepsItsSegmentAlone) {
    Holed holed;
    EXPECT_LE(holed.rig.segments().size(), 4U);
    EXPECT_EQ(holed.rig.sequences(holed.in), Sequences{holed.held});
}

TEST(SpoolHoles, WhatIsOverStaysOverWhenTheSegmentThatSaidSoIsGone) {
    Holed holed;
    kill(holed.rig);
    holed.rig.open_and_load();
    EXPECT_EQ(holed.rig.sequences(holed.in), Sequences{holed.held});
    EXPECT_EQ(holed.rig.held(holed.in), 1U);
}

TEST(SpoolHoles, AreNoLoss) {
    Holed holed;
    for (int start = 0; start < 3; ++start) {
        kill(holed.rig);
        holed.rig.open();
        const Loaded loaded = holed.rig.load();
        EXPECT_TRUE(loaded.damage.empty()) << start;
        EXPECT_TRUE(loaded.lost.empty()) << start;
        holed.pass(100);
    }
    EXPECT_EQ(holed.rig.sequences(holed.in), Sequences{holed.held});
}

/// The control: a segment that nobody let go is one.
TEST(SpoolHoles, ASegmentThatIsMissingBesideThemIsALoss) {
    Holed holed;
    const std::uint64_t kept = holed.rig.append(holed.in, "kept");
    holed.rig.flush();
    holed.pass(100);
    holed.rig.close();
    holed.rig.open_and_load();
    const std::vector<fs::path> files = holed.rig.segments();
    holed.rig.close();
    ASSERT_GE(files.size(), 3U);
    fs::remove(files[1]);
    holed.rig.open();
    const Loaded loaded = holed.rig.load();
    const bool is_told = std::ranges::any_of(loaded.damage, [&](const Damage& damage) {
        return damage.kind == Damage::Kind::Missing && damage.sequence == kept;
    });
    EXPECT_TRUE(is_told);
}

TEST(SpoolHoles, AFileThatComesBackIsOfAnEarlierTime) {
    Rig rig{kSegment, 64U << 20U};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int i = 0; i < 300; ++i) {
        rig.append(in, std::string(1000, 'x'));
        rig.flush();
    }
    const fs::path old = rig.segments()[1];
    const fs::path aside = rig.folder.path() / "aside";
    fs::copy(old, aside);
    for (std::uint64_t i = 1; i <= 300; ++i) {
        rig.spool->close({in, i}, FateKind::Delivered);
    }
    for (int i = 0; i < 2000 && fs::exists(old); ++i) {
        rig.spool->close({in, rig.append(in, std::string(1000, 'x'))}, FateKind::Delivered);
        rig.flush();
    }
    ASSERT_FALSE(fs::exists(old));
    kill(rig);
    fs::copy(aside, old);  // its end was not durable when the power went
    rig.open_and_load();
    EXPECT_TRUE(rig.sequences(in).empty());
    EXPECT_FALSE(fs::exists(old));
}

TEST(SpoolHoles, AFullLogMakesNotesDurable) {
    Rig rig{kSegment, 12 * kSegment};
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    for (int i = 0; i < 1000; ++i) {
        rig.append(in, std::string(1000, 'x'));
    }
    while (rig.spool->health().trouble.empty()) {
        ASSERT_FALSE(rig.spool->flush(std::chrono::milliseconds{10}));
    }
    // They make no room: no segment is free by them.
    const std::uint64_t durable = rig.durable_end(in) - 1;
    for (const std::uint64_t sequence : {1, 60, 120, 180}) {
        rig.spool->close({in, sequence}, FateKind::Delivered);
    }
    const auto held = [&] {
        const auto seen = inspect(rig.folder.path() / "s", {}, posix_file_system());
        return seen ? seen->loaded.streams.at(0).held : 0;
    };
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (held() != durable - 4) {
        ASSERT_LT(std::chrono::steady_clock::now(), until) << held() << " of " << durable;
    }
    EXPECT_EQ(rig.spool->health().trouble, "spool.full");
}

}  // namespace
}  // namespace aorta::spool::testing
