// A log that is torn, damaged, sealed with another key or of another format.
#include "rig.hpp"
#include "spool/format.hpp"
#include "spool/replay.hpp"

#include <algorithm>
#include <fstream>

namespace aorta::spool::testing {
namespace {

namespace fs = std::filesystem;

using message::FateKind;
using Sequences = std::vector<std::uint64_t>;

std::string slurp(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void spit(const fs::path& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary} << bytes;
}

Keys keys_of(char present, const std::string& former = {}) {
    Keys keys;
    keys.present = *storage_key(std::string(32, present));
    for (const char key : former) {
        keys.former.push_back(*storage_key(std::string(32, key)));
    }
    return keys;
}

/// Ten entries, each in a group of its own, as a killed process leaves them.
struct Torn {
    explicit Torn(const Keys& keys = {}) {
        rig.open(keys);
        rig.load();
        const fs::path first = rig.segments().front();
        in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
        // The first segment is left as soon as a better one is ready: the ten shall stand in one.
        while (fs::exists(first)) {
            rig.spool->set_fact("round", "again");
            rig.flush();
        }
        for (int i = 0; i < 10; ++i) {
            rig.append(in, "payload of " + std::to_string(i + 1));
            rig.flush();
        }
        // What a process that is killed leaves: no mark of its end.
        const fs::path copy = rig.folder.path() / "copy";
        fs::copy(rig.folder.path() / "s", copy, fs::copy_options::recursive);
        rig.close();
        fs::remove_all(rig.folder.path() / "s");
        fs::rename(copy, rig.folder.path() / "s");
        // Of the file that is ready for later, too.
        for (const auto& entry : fs::directory_iterator{rig.folder.path() / "s/spool"}) {
            if (slurp(entry.path()).find("payload of 5") != std::string::npos) {
                segment = entry.path();
            }
        }
    }

    /// Where the item of an entry begins in the segment.
    std::size_t item(std::uint64_t sequence) const {
        return slurp(segment).find("payload of " + std::to_string(sequence)) - 4 -
               ("head of " + std::to_string(sequence)).size() - kItemHeaderBytes;
    }

    void flip(std::size_t offset) const {
        std::string bytes = slurp(segment);
        bytes[offset] = static_cast<char>(bytes[offset] ^ 0x10);
        spit(segment, bytes);
    }

    Rig rig;
    StreamId in = 0;
    fs::path segment;
};

TEST(SpoolDamage, AKilledProcessLosesNothing) {
    Torn torn;
    torn.rig.open();
    const Loaded loaded = torn.rig.load();
    EXPECT_FALSE(loaded.was_closed);
    EXPECT_TRUE(loaded.damage.empty());
    EXPECT_EQ(torn.rig.sequences(torn.in), (Sequences{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(torn.rig.next(torn.in), 11U);
}

TEST(SpoolDamage, ABadBodyIsNamedAndTheRestIsGood) {
    Torn torn;
    torn.flip(torn.item(5) + kItemHeaderBytes + 8);
    torn.rig.open();
    const Loaded loaded = torn.rig.load();
    ASSERT_EQ(loaded.damage.size(), 1U);
    EXPECT_EQ(loaded.damage[0].kind, Damage::Kind::Damaged);
    EXPECT_EQ(loaded.damage[0].stream, torn.in);
    EXPECT_EQ(loaded.damage[0].sequence, 5U);
    EXPECT_EQ(torn.rig.sequences(torn.in), (Sequences{1, 2, 3, 4, 6, 7, 8, 9, 10}));
    EXPECT_EQ(torn.rig.held(torn.in), 9U);
    EXPECT_NE(torn.rig.log.text().find("spool_damaged"), std::string::npos);
    EXPECT_EQ(torn.rig.log.text().find("payload"), std::string::npos);
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator{torn.rig.folder.path() / "s/quarantine"}) {
        EXPECT_NE(slurp(entry.path()).find("payload of"), std::string::npos);
        ++kept;
    }
    EXPECT_EQ(kept, 1U);
    torn.rig.flush();
    torn.rig.close();

    torn.rig.open();
    EXPECT_TRUE(torn.rig.load().damage.empty()) << "it is told once";
    EXPECT_EQ(torn.rig.held(torn.in), 9U);
}

TEST(SpoolDamage, ABadHeaderMakesAGapThatIsTold) {
    Torn torn;
    torn.flip(torn.item(5) + 8);
    torn.rig.open();
    const Loaded loaded = torn.rig.load();
    ASSERT_EQ(loaded.damage.size(), 2U);
    EXPECT_EQ(loaded.damage[0].kind, Damage::Kind::Damaged);
    EXPECT_EQ(loaded.damage[1].kind, Damage::Kind::Missing);
    EXPECT_EQ(loaded.damage[1].sequence, 5U);
    EXPECT_EQ(torn.rig.sequences(torn.in), (Sequences{1, 2, 3, 4, 6, 7, 8, 9, 10}));
}

TEST(SpoolDamage, WhatWasNeverPromisedIsADoubtfulTail) {
    Torn torn;
    torn.flip(torn.item(10) + kItemHeaderBytes + 8);
    torn.rig.open();
    const Loaded loaded = torn.rig.load();
    ASSERT_EQ(loaded.damage.size(), 1U);
    EXPECT_EQ(loaded.damage[0].kind, Damage::Kind::DoubtfulTail);
    EXPECT_EQ(torn.rig.sequences(torn.in).size(), 9U);
    const std::uint64_t next = torn.rig.append(torn.in, "payload of 11");
    EXPECT_EQ(next, 11U);
    torn.rig.flush();
    torn.rig.close();
    torn.rig.open();
    EXPECT_TRUE(torn.rig.load().damage.empty()) << "no gap, and told once";
    EXPECT_EQ(torn.rig.sequences(torn.in).back(), 11U);
}

TEST(SpoolDamage, NotesBehindATornRegionSayNothing) {
    Rig rig;
    rig.open_and_load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    const StreamId out = rig.spool->stream(StreamKind::Outbox, "out", 1).id;
    const std::uint64_t root = rig.append(in, "root");
    rig.flush();
    rig.append(out, "the child of it", {in, root});
    rig.spool->close({in, root}, std::nullopt);
    rig.flush();
    const fs::path copy = rig.folder.path() / "copy";
    fs::copy(rig.folder.path() / "s", copy, fs::copy_options::recursive);
    rig.close();
    fs::remove_all(rig.folder.path() / "s");
    fs::rename(copy, rig.folder.path() / "s");
    bool is_torn = false;
    for (const auto& entry : fs::directory_iterator{rig.folder.path() / "s/spool"}) {
        std::string bytes = slurp(entry.path());
        const std::size_t at = bytes.find("the child of it");
        if (at != std::string::npos) {
            // The child's item is torn; were it alone in its group, the note would be in another.
            bytes[at] = 'T';
            spit(entry.path(), bytes);
            is_torn = true;
        }
    }
    ASSERT_TRUE(is_torn);
    rig.open_and_load();
    // Either both stood in one group that was never promised, and the root is run again; or the
    // group of the child was durable, and its loss is known.
    const bool is_run_again = rig.sequences(in) == Sequences{root};
    const bool is_told = rig.log.text().find("spool_damaged") != std::string::npos;
    EXPECT_TRUE(is_run_again || is_told);
}

TEST(SpoolDamage, EveryFlippedByteIsFoundAndCostsOneEntryAtMost) {
    const Torn torn;
    const std::string good = slurp(torn.segment);
    const std::size_t end = torn.item(10) + 200;
    const fs::path folder = torn.rig.folder.path() / "s";
    for (std::size_t at = 0; at < end; at += at < 128 || at > 4096 ? 5 : 512) {
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x01);
        spit(torn.segment, bytes);
        const auto seen = inspect(folder, {}, posix_file_system());
        ASSERT_TRUE(seen.ok()) << at << ": " << seen.error().message;
        ASSERT_EQ(seen->loaded.streams.size(), 1U) << at;
        EXPECT_GE(seen->loaded.streams[0].held, 9U) << at;
        if (at >= kItemsBegin && seen->loaded.streams[0].held < 10) {
            EXPECT_FALSE(seen->loaded.damage.empty()) << at;
        }
    }
}

TEST(SpoolDamage, ACutFileLosesWhatIsBehindTheCutAndSaysSo) {
    Torn torn;
    torn.rig.open_and_load();  // a later segment says how far the cut one was durable
    torn.rig.close();
    fs::resize_file(torn.segment, torn.item(6));
    torn.rig.open();
    const Loaded loaded = torn.rig.load();
    EXPECT_EQ(torn.rig.sequences(torn.in), (Sequences{1, 2, 3, 4, 5}));
    const auto missing = std::ranges::count(loaded.damage, Damage::Kind::Missing, &Damage::kind);
    EXPECT_EQ(missing, 5);
    EXPECT_EQ(torn.rig.next(torn.in), 11U);
}

/// Opens it for a moment, as a tool does.
void look_in(Torn& torn, bool is_visit) {
    const auto opened = Spool::open({.folder = torn.rig.folder.path() / "s", .is_visit = is_visit},
                                    {},
                                    {posix_file_system(), torn.rig.clock, torn.rig.log, {}});
    ASSERT_TRUE(opened.ok());
    EXPECT_FALSE((*opened)->load({})->was_closed);
}

TEST(SpoolVisit, LeavesWhatACrashLeftToTheNextWorker) {
    Torn torn;
    look_in(torn, true);
    torn.rig.open();
    EXPECT_FALSE(torn.rig.load().was_closed);
}

/// The control: a worker's end in good order says that nothing is left.
TEST(SpoolVisit, IsAnotherThingThanAWorker) {
    Torn torn;
    look_in(torn, false);
    torn.rig.open();
    EXPECT_TRUE(torn.rig.load().was_closed);
}

/// Items of a log, taken by a replay without files.
struct Replayed {
    Replay replay{true};
    std::vector<std::string> bodies;

    Replayed() {
        const SegmentHeader header{.number = 1, .size = 1U << 20U, .usual = 1U << 20U};
        replay.begin(std::make_shared<Segment>(header, "none"));
        take({.kind = ItemKind::Stream},
             encode(StreamState{1, StreamKind::Journal, "in", 10, 0, 1}));
        take({.kind = ItemKind::Stream},
             encode(StreamState{2, StreamKind::Outbox, "out", 10, 0, 1}));
    }

    void take(const ItemHeader& header, std::string body) {
        bodies.push_back(std::move(body));
        replay.take(Item{header, bodies.back()});
    }
};

TEST(SpoolReplay, MakesNothingOfReleasedEntriesThatDoNotExist) {
    Replayed log;
    log.take({.kind = ItemKind::Released}, encode(std::vector<Range>{{1, 0, 1, 1ULL << 61U}}));
    const Findings found = log.replay.finish();
    EXPECT_FALSE(found.streams.at(1).marks.has_page(1U << 24U));
}

TEST(SpoolReplay, TakesAReleasedRangeThatStandsInFrontOfWhatWaits) {
    Replayed log;
    log.take({.kind = ItemKind::Released},
             encode(std::vector<Range>{{1, fate_byte(FateKind::DeadLettered), 5, 5}}));
    log.take(
        {.kind = ItemKind::Entry, .flags = kCopied, .stream = 2, .sequence = 3, .root = {1, 5}},
        "");
    const Findings found = log.replay.finish();
    EXPECT_TRUE(found.streams.at(1).marks.is_released(5));
    EXPECT_FALSE(found.streams.at(1).marks.is_over(5));
    EXPECT_EQ(found.streams.at(1).marks.fate(5), FateKind::DeadLettered);
}

TEST(SpoolKeys, SealEntriesAndSnapshots) {
    Torn torn{keys_of('a')};
    EXPECT_TRUE(torn.segment.empty()) << "a payload lies open in " << torn.segment;
    EXPECT_EQ(torn.rig.try_open().error().code, ErrorCode::InvalidConfig);
    EXPECT_EQ(torn.rig.try_open(keys_of('b')).error().code, ErrorCode::InvalidConfig);
    torn.rig.open(keys_of('b', "ca"));
    EXPECT_TRUE(torn.rig.load().damage.empty());
    const auto entries = torn.rig.read(torn.in);
    ASSERT_EQ(entries.size(), 10U);
    EXPECT_EQ(entries[4].second, "payload of 5");
    torn.rig.append(torn.in, "by the new key");
    torn.rig.spool->snapshot("state", "secret", {});
    torn.rig.flush();
    EXPECT_EQ(*torn.rig.spool->snapshot("state"), "secret");
    EXPECT_EQ(torn.rig.read(torn.in).back().second, "by the new key");
}

TEST(SpoolFormat, RefusesANewerOne) {
    Rig rig;
    rig.open();
    rig.close();
    spit(rig.folder.path() / "s/storage", "aorta storage 2\n");
    const Result<void> opened = rig.try_open();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::InvalidConfig);
    EXPECT_NE(opened.error().message.find("format 2"), std::string::npos);
}

TEST(SpoolFormat, RefusesAnotherLogsSegment) {
    Rig rig;
    Rig other;
    rig.open();
    rig.close();
    other.open();
    other.close();
    fs::copy(other.segments().front(), rig.folder.path() / "s/spool" / segment_name(77));
    std::string bytes = slurp(other.segments().front());
    EXPECT_TRUE(rig.try_open().ok()) << "its number is not its name's: left over";
}

}  // namespace
}  // namespace aorta::spool::testing
