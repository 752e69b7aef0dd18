// A disk that cannot read a part of a segment.
#include "rig.hpp"

#include <algorithm>
#include <cerrno>

namespace aorta::spool::testing {
namespace {

using Sequences = std::vector<std::uint64_t>;

/// Bytes of a file that cannot be read.
struct Scratched {
    std::filesystem::path path;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

class ScratchedFile final : public File {
public:
    ScratchedFile(std::unique_ptr<File> file, const Scratched& scratch)
        : file_(std::move(file)), scratch_(scratch) {}

    Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) override {
        const bool is_hit = offset < scratch_.end && offset + into.size() > scratch_.begin;
        return is_hit ? Io{0, EIO} : file_->read_at(into, offset);
    }

    Io write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) override {
        return file_->write_at(bytes, offset);
    }

    Io sync() override { return file_->sync(); }

    Io truncate(std::uint64_t size) override { return file_->truncate(size); }

    Io size() override { return file_->size(); }

private:
    std::unique_ptr<File> file_;
    const Scratched scratch_;
};

/// The machine's files, but for what cannot be read of one.
class ScratchedFiles final : public FileSystem {
public:
    Io open(const std::filesystem::path& path, Mode mode, std::unique_ptr<File>& file) override {
        const Io got = real_.open(path, mode, file);
        if (got.error == 0 && path == scratch.path) {
            file = std::make_unique<ScratchedFile>(std::move(file), scratch);
        }
        return got;
    }

    Io rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        return real_.rename(from, to);
    }

    Io remove(const std::filesystem::path& path) override { return real_.remove(path); }

    Io make_directory(const std::filesystem::path& path) override {
        return real_.make_directory(path);
    }

    Io sync_directory(const std::filesystem::path& path) override {
        return real_.sync_directory(path);
    }

    Io list(const std::filesystem::path& path, std::vector<std::string>& names) override {
        return real_.list(path, names);
    }

    Io lock(const std::filesystem::path& path, std::unique_ptr<File>& held) override {
        return real_.lock(path, held);
    }

    Scratched scratch;

private:
    FileSystem& real_ = posix_file_system();
};

/// A log of 200 entries whose first whole segment is scratched.
struct UnreadableLog : ::testing::Test {
    ScratchedFiles files;  // outlives the rig
    Rig rig{64U << 10U, 8U << 20U};
    StreamId in = 0;

    void SetUp() override {
        rig.open_and_load();
        in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
        for (int i = 0; i < 200; ++i) {
            rig.append(in, std::string(1000, 'x'));
            rig.flush();
        }
        rig.close();
        files.scratch.path = rig.segments().at(1);
    }
};

TEST_F(UnreadableLog, LosesWhatTheDiskCannotReadAndSaysSo) {
    files.scratch.begin = 20'000;
    files.scratch.end = 20'100;
    rig.open({}, files);
    const Loaded loaded = rig.load();
    const auto named = std::ranges::count(loaded.damage, Damage::Kind::Missing, &Damage::kind);
    EXPECT_GT(loaded.damage.size(), 0U);
    EXPECT_LE(loaded.lost.size(), 6U) << "a page, no more";
    EXPECT_GE(loaded.lost.size(), 1U);
    EXPECT_GE(named, 1);
    EXPECT_EQ(rig.sequences(in).size(), 200 - loaded.lost.size());
    EXPECT_EQ(rig.held(in), 200 - loaded.lost.size());
    EXPECT_NE(rig.log.text().find("spool_damaged"), std::string::npos);
    rig.flush();
    rig.close();
    rig.open({}, files);
    EXPECT_TRUE(rig.load().damage.empty()) << "it is told once";
}

/// The control: a disk that answers nothing has lost nothing.
TEST_F(UnreadableLog, WaitsForADiskThatDoesNotAnswer) {
    files.scratch.end = UINT64_MAX;
    const Result<void> opened = rig.try_open({}, files);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::Unavailable);
    rig.open();
    EXPECT_TRUE(rig.load().damage.empty());
    EXPECT_EQ(rig.sequences(in).size(), 200U);
}

TEST_F(UnreadableLog, OneOfTwoHeadersIsEnough) {
    files.scratch.end = 4096;
    rig.open({}, files);
    EXPECT_TRUE(rig.load().lost.empty());
    EXPECT_EQ(rig.sequences(in).size(), 200U);
}

}  // namespace
}  // namespace aorta::spool::testing
