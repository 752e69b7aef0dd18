// Bits flip and files are cut: all of it is found, only what was hit is lost, and the log opens.
#include "base/crc32c.hpp"
#include "spool/tests/proof/world.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <map>
#include <set>

namespace aorta::spool::proof {
namespace {

constexpr std::size_t kHeader = 128;
constexpr std::size_t kSecondHeader = 4096;
constexpr std::size_t kItems = kSecondHeader + kHeader;
constexpr std::size_t kItem = 56;
constexpr std::uint8_t kEntryKind = 4;
constexpr std::uint8_t kSnapshotKind = 10;
constexpr std::uint64_t kSegment = 16384;
constexpr std::uint64_t kFlips = 5000;
constexpr std::uint64_t kSeed = 11;

/// Where an item stands in a file, read as docs/formats/spool.md says, apart from the spool's own
/// code.
struct Item {
    std::string file;
    std::size_t begin = 0;
    std::size_t end = 0;     ///< behind its body
    std::size_t padded = 0;  ///< behind the zeros that follow it
    std::uint8_t kind = 0;
    std::uint32_t stream = 0;
    std::uint64_t sequence = 0;
};

template <class Integer>
Integer number(const std::string& bytes, std::size_t at) {
    Integer value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::vector<Item> items_of(const std::string& file, const std::string& bytes) {
    std::vector<Item> found;
    const std::uint64_t start = std::stoull(file) * kSegment;
    for (std::size_t at = kItems; at + kItem <= bytes.size();) {
        const bool is_item =
            bytes.compare(at, 4, "AITM") == 0 && number<std::uint64_t>(bytes, at + 8) == start + at;
        if (!is_item) {
            break;  // zeros, or what an earlier use of the file left
        }
        Item item{.file = file, .begin = at};
        item.end = at + kItem + number<std::uint32_t>(bytes, at + 16);
        item.padded = (item.end + 7) / 8 * 8;
        item.kind = static_cast<std::uint8_t>(bytes[at + 24]);
        item.stream = number<std::uint32_t>(bytes, at + 28);
        item.sequence = number<std::uint64_t>(bytes, at + 32);
        found.push_back(item);
        at = item.padded;
    }
    return found;
}

/// Makes the checksums of an item fit what stands there.
void mend_checksums(const Item& item, std::string& bytes) {
    const std::string_view view{bytes};
    const auto put = [&](std::size_t at, std::uint32_t crc) {
        std::memcpy(bytes.data() + at, &crc, sizeof crc);
    };
    const std::size_t body = item.begin + kItem;
    put(item.begin + 20, base::crc32c(view.substr(body, item.end - body)));
    put(item.begin + 4,
        base::crc32c(view.substr(item.begin + 8, kItem - 8), base::crc32c(view.substr(48, 16))));
}

using Contents = std::map<std::pair<std::uint32_t, std::uint64_t>, std::string>;

/// What is said at least of an entry that is missing.
enum class Word { None, OfTheRegion, OfTheEntry };

/// What a log holds that is opened and read.
struct Reading {
    std::string trouble;  ///< why it could not be read, or empty
    std::vector<Damage> damage;
    Contents entries;
    std::map<std::string, std::string> snapshots;

    bool names(std::uint32_t stream, std::uint64_t sequence) const {
        return std::any_of(damage.begin(), damage.end(), [&](const Damage& one) {
            return one.stream == stream && one.sequence == sequence;
        });
    }
};

Reading read(MemoryFileSystem& disk, bool is_sealed) {
    const base::VirtualClock clock{base::Nanoseconds{1}};
    SilentLog log{clock};
    Reading reading;
    auto opened = Spool::open({std::filesystem::path{kFolder}, kSegment, 1ULL << 30U},
                              keys_of(is_sealed),
                              {disk, clock, log, [](StreamId, std::uint64_t) {}});
    if (!opened.ok()) {
        reading.trouble = opened.error().message;
        return reading;
    }
    Spool& spool = **opened;
    const auto loaded = spool.load({});
    if (!loaded.ok()) {
        reading.trouble = loaded.error().message;
        return reading;
    }
    reading.damage = loaded->damage;
    for (const StreamState& stream : spool.streams()) {
        const auto cursor = spool.read(stream.id, 0);
        for (;;) {
            auto one = cursor->next();
            if (!one.ok()) {
                reading.trouble = one.error().message;
                return reading;
            }
            if (!*one) {
                break;
            }
            reading.entries[{stream.id, (*one)->sequence}] = (*one)->body;
        }
    }
    for (std::size_t which = 0; which < kSnapshots; ++which) {
        const std::string name = "state" + std::to_string(which);
        const auto snapshot = spool.snapshot(name);
        reading.snapshots[name] = snapshot.ok() ? *snapshot : "damaged";
    }
    return reading;
}

/// A log of several segments with all kinds of items, and what stands where.
struct DamagedLog : testing::TestWithParam<bool> {
    std::unique_ptr<MemoryFileSystem> disk;
    std::vector<std::string> files;
    std::vector<Item> items;
    Reading whole;
    Random random{kSeed};
    const std::string folder = std::string{kFolder} + "/spool/";

    void SetUp() override {
        World world{{.segment_bytes = kSegment, .is_sealed = GetParam()}};
        for (int round = 0; round < 60; ++round) {
            world.append(random);
            world.flush();
            if (round % 3 == 0) {
                world.close(random);
                world.finish(random);
            }
            if (round % 10 == 0) {
                world.snapshot(random);
                world.set_fact(random);
            }
        }
        world.flush();
        disk = world.end();
        for (const std::string& file : disk->names(std::string{kFolder} + "/spool")) {
            if (file.ends_with(".seg")) {
                files.push_back(file);
                const auto found = items_of(file, disk->contents(folder + file));
                items.insert(items.end(), found.begin(), found.end());
            }
        }
        whole = read(*copy(), GetParam());
        ASSERT_EQ(whole.trouble, "");
        ASSERT_TRUE(whole.damage.empty());
        ASSERT_GT(files.size(), 3U);
        ASSERT_GT(whole.entries.size(), 50U);
    }

    std::unique_ptr<MemoryFileSystem> copy() const { return disk->after_power_loss(0); }

    const Item* item_at(const std::string& file, std::size_t offset) const {
        for (const Item& item : items) {
            if (item.file == file && item.begin <= offset && offset < item.padded) {
                return &item;
            }
        }
        return nullptr;
    }

    /// All that was not hit is there, nothing else; what is missing was reported, by its name where
    /// one was left.
    void expect_only(const std::set<std::pair<std::uint32_t, std::uint64_t>>& hit,
                     const Reading& reading,
                     bool may_come_back,
                     Word word) const {
        for (const auto& [name, body] : whole.entries) {
            const auto found = reading.entries.find(name);
            if (found != reading.entries.end()) {
                EXPECT_EQ(found->second, body) << "corrupt";
            } else {
                EXPECT_TRUE(hit.contains(name))
                    << "lost beside the damage: " << name.first << '/' << name.second;
                EXPECT_TRUE(word == Word::None || !reading.damage.empty());
                EXPECT_TRUE(word != Word::OfTheEntry || reading.names(name.first, name.second))
                    << "missing without a word: " << name.first << '/' << name.second;
            }
        }
        for (const auto& [name, body] : reading.entries) {
            EXPECT_TRUE(may_come_back || whole.entries.contains(name))
                << "came back: " << name.first << '/' << name.second;
        }
    }

    struct Tally {
        std::uint64_t flips = 0;
        std::uint64_t of_nothing = 0;  ///< in zeros that hold nothing
        std::uint64_t found = 0;
    };

    void flip(const std::string& file, std::size_t offset, Tally& tally) {
        const auto damaged = copy();
        std::string bytes = damaged->contents(folder + file);
        bytes[offset] = static_cast<char>(bytes[offset] ^ (1U << (random() % 8)));
        damaged->replace(folder + file, bytes);
        const Reading reading = read(*damaged, GetParam());
        SCOPED_TRACE(file + " at " + std::to_string(offset));
        ASSERT_EQ(reading.trouble, "") << "must start";
        ++tally.flips;
        const Item* const item = item_at(file, offset);
        // One of the two headers is enough.
        const bool holds_nothing = item == nullptr || offset >= item->end;
        tally.of_nothing += holds_nothing ? 1 : 0;
        tally.found += reading.damage.empty() ? 0 : 1;
        EXPECT_TRUE(holds_nothing || !reading.damage.empty()) << "not detected";
        std::set<std::pair<std::uint32_t, std::uint64_t>> hit;
        if (item != nullptr && item->kind == kEntryKind) {
            hit.insert({item->stream, item->sequence});
        }
        expect_only(hit,
                    reading,
                    item != nullptr && item->kind != kEntryKind,
                    item != nullptr && offset >= item->begin + kItem ? Word::OfTheEntry
                                                                     : Word::OfTheRegion);
        const bool hits_snapshot = item != nullptr && item->kind == kSnapshotKind;
        EXPECT_TRUE(hits_snapshot || reading.snapshots == whole.snapshots);
    }
};

TEST_P(DamagedLog, AFlippedBitCostsWhatItHit) {
    Tally tally;
    for (const std::string& file : files) {
        for (std::size_t offset = 0; offset < kHeader; ++offset) {
            flip(file, one_in(random, 2) ? offset : kSecondHeader + offset, tally);
            ASSERT_FALSE(HasFailure());
        }
    }
    std::cout << "seed " << kSeed << ", " << tally.flips << " flips in headers of segments, "
              << tally.found << " found\n";
    Tally inside;
    for (const Item& item : items) {  // each byte of some headers of items
        if (random() % 20 == 0) {
            for (std::size_t offset = item.begin; offset < item.begin + kItem; ++offset) {
                flip(item.file, offset, inside);
                ASSERT_FALSE(HasFailure());
            }
        }
    }
    while (inside.flips < kFlips) {
        const std::string& file = files[random() % files.size()];
        flip(file, random() % disk->contents(folder + file).size(), inside);
        ASSERT_FALSE(HasFailure());
    }
    std::cout << inside.flips << " flips behind them, " << inside.found << " found, "
              << inside.of_nothing << " in zeros that hold nothing\n";
}

/// The negative control: with checksums that fit, as if nobody looked at them, a flipped bit must
/// come out as damage of the record, or the test above proves nothing. Of a sealed log the seal
/// finds it all the same.
TEST_P(DamagedLog, AFlippedBitUnderAChecksumThatFitsIsFoundByTheSealAlone) {
    std::uint64_t flips = 0;
    std::uint64_t corrupt = 0;
    for (const Item& item : items) {
        if (item.kind != kEntryKind || random() % 4 != 0) {
            continue;
        }
        const auto damaged = copy();
        std::string bytes = damaged->contents(folder + item.file);
        const std::size_t body = item.begin + kItem + sizeof(std::uint32_t);  // behind a length
        const std::size_t offset = body + random() % (item.end - body);
        bytes[offset] = static_cast<char>(bytes[offset] ^ (1U << (random() % 8)));
        mend_checksums(item, bytes);
        damaged->replace(folder + item.file, bytes);
        const Reading reading = read(*damaged, GetParam());
        ++flips;
        const auto found = reading.entries.find({item.stream, item.sequence});
        const auto before = whole.entries.find({item.stream, item.sequence});
        const bool is_there = found != reading.entries.end() && before != whole.entries.end();
        corrupt += is_there && found->second != before->second ? 1 : 0;
        flips -= before == whole.entries.end() ? 1 : 0;  // it is over: nobody reads it
    }
    ASSERT_GT(flips, 20U);
    EXPECT_EQ(corrupt, GetParam() ? 0U : flips);
    std::cout << "seed " << kSeed << ", " << flips << " flips, " << corrupt << " not found\n";
}

TEST_P(DamagedLog, ACutFileKeepsWhatStandsBeforeTheCut) {
    std::uint64_t cuts = 0;
    for (const std::string& file : files) {
        const std::string bytes = disk->contents(folder + file);
        std::size_t items_end = kItems;
        for (const Item& item : items) {
            items_end = item.file == file ? item.padded : items_end;
        }
        for (int i = 0; i < 100; ++i, ++cuts) {
            const std::size_t size = i == 0 ? 0 : random() % bytes.size();
            const auto damaged = copy();
            damaged->replace(folder + file, bytes.substr(0, size));
            const Reading reading = read(*damaged, GetParam());
            SCOPED_TRACE(file + " cut to " + std::to_string(size));
            ASSERT_EQ(reading.trouble, "") << "must start";
            std::set<std::pair<std::uint32_t, std::uint64_t>> hit;
            for (const Item& item : items) {
                if (item.file == file && item.end > size && item.kind == kEntryKind) {
                    hit.insert({item.stream, item.sequence});
                }
            }
            // No later commit says how far the newest file was durable: its cut end looks like one
            // that was never written.
            const bool can_tell = file != files.back() && size < items_end;
            EXPECT_TRUE(!can_tell || !reading.damage.empty()) << "not detected";
            expect_only(hit, reading, true, can_tell ? Word::OfTheRegion : Word::None);
            ASSERT_FALSE(HasFailure());
        }
    }
    std::cout << "seed " << kSeed << ", " << cuts << " cuts\n";
}

TEST_P(DamagedLog, AMissingSegmentIsReported) {
    for (std::size_t which = 0; which < files.size(); ++which) {
        const auto damaged = copy();
        damaged->remove(folder + files[which]);
        const Reading reading = read(*damaged, GetParam());
        SCOPED_TRACE(files[which]);
        ASSERT_EQ(reading.trouble, "") << "must start";
        std::set<std::pair<std::uint32_t, std::uint64_t>> hit;
        for (const Item& item : items) {
            if (item.file == files[which] && item.kind == kEntryKind) {
                hit.insert({item.stream, item.sequence});
            }
        }
        for (const auto& [name, body] : whole.entries) {
            EXPECT_TRUE(reading.entries.contains(name) || hit.contains(name));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Spool, DamagedLog, testing::Bool(), [](const auto& each) {
    return each.param ? "Sealed" : "Plain";
});

}  // namespace
}  // namespace aorta::spool::proof
