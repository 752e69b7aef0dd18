// File calls that fail: nothing that was told durable is lost, and the spool recovers by itself.
#include "rig.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace aorta::spool::testing {
namespace {

/// Decides of each call whether it fails. [any thread]
class Faults {
public:
    /// The n-th call from now on fails once.
    void fail_once(int n, int error) {
        error_ = error;
        left_ = n;
    }

    void fail_always(int error) { always_ = error; }

    int next() {
        if (const int error = always_.load(); error != 0) {
            return error;
        }
        return left_.load() > 0 && --left_ == 0 ? error_.load() : 0;
    }

    bool is_spent() const { return left_.load() <= 0; }

private:
    std::atomic<int> left_{0};
    std::atomic<int> error_{0};
    std::atomic<int> always_{0};
};

class FaultyFile final : public File {
public:
    FaultyFile(std::unique_ptr<File> file, Faults& faults)
        : file_(std::move(file)), faults_(faults) {}

    Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) override {
        return file_->read_at(into, offset);
    }

    Io write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) override {
        const int error = faults_.next();
        if (error == 0) {
            return file_->write_at(bytes, offset);
        }
        // Half of it is written before it fails.
        file_->write_at(bytes.first(bytes.size() / 2), offset);
        return {0, error};
    }

    Io sync() override {
        const int error = faults_.next();
        return error != 0 ? Io{0, error} : file_->sync();
    }

    Io truncate(std::uint64_t size) override {
        const int error = faults_.next();
        return error != 0 ? Io{0, error} : file_->truncate(size);
    }

    Io size() override { return file_->size(); }

private:
    std::unique_ptr<File> file_;
    Faults& faults_;
};

/// The machine's files, but for the faults.
class FaultyFiles final : public FileSystem {
public:
    explicit FaultyFiles(Faults& faults) : faults_(faults) {}

    Io open(const std::filesystem::path& path, Mode mode, std::unique_ptr<File>& file) override {
        const int error = mode == Mode::Read ? 0 : faults_.next();
        const Io got = error != 0 ? Io{0, error} : real_.open(path, mode, file);
        if (got.error == 0) {
            file = std::make_unique<FaultyFile>(std::move(file), faults_);
        }
        return got;
    }

    Io rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        const int error = faults_.next();
        return error != 0 ? Io{0, error} : real_.rename(from, to);
    }

    Io remove(const std::filesystem::path& path) override { return real_.remove(path); }

    Io make_directory(const std::filesystem::path& path) override {
        return real_.make_directory(path);
    }

    Io sync_directory(const std::filesystem::path& path) override {
        const int error = faults_.next();
        return error != 0 ? Io{0, error} : real_.sync_directory(path);
    }

    Io list(const std::filesystem::path& path, std::vector<std::string>& names) override {
        return real_.list(path, names);
    }

    Io lock(const std::filesystem::path& path, std::unique_ptr<File>& held) override {
        return real_.lock(path, held);
    }

private:
    FileSystem& real_ = posix_file_system();
    Faults& faults_;
};

constexpr std::size_t kPayload = 3000;

class SpoolFaults : public ::testing::TestWithParam<int> {};

TEST_P(SpoolFaults, TheNthCallThatFailsLosesAndDoublesNothing) {
    constexpr std::uint64_t kEntries = 40;
    for (int n = 1; n <= 40; ++n) {
        Faults faults;
        FaultyFiles files{faults};
        Rig rig{64U << 10U, 4U << 20U};
        rig.open({}, files);
        rig.load();
        const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
        faults.fail_once(n, GetParam());
        for (std::uint64_t i = 1; i <= kEntries; ++i) {
            rig.append(in, payload_of(i, kPayload));
            if (i % 4 == 0) {
                rig.flush();
            }
        }
        EXPECT_EQ(rig.durable_end(in), kEntries + 1) << n;
        EXPECT_EQ(rig.spool->health().trouble, "") << n;
        EXPECT_EQ(rig.read(in).size(), kEntries) << n;
        rig.close();

        rig.open();
        const Loaded loaded = rig.load();
        for (const Damage& damage : loaded.damage) {
            EXPECT_EQ(damage.kind, Damage::Kind::DoubtfulTail) << n;
        }
        const auto entries = rig.read(in);
        ASSERT_EQ(entries.size(), kEntries) << n;
        for (std::uint64_t i = 1; i <= kEntries; ++i) {
            EXPECT_EQ(entries[i - 1].first, i) << n;
            EXPECT_EQ(entries[i - 1].second, payload_of(i, kPayload)) << n;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Errors, SpoolFaults, ::testing::Values(EIO, ENOSPC, EINTR));

TEST(SpoolDisk, ADiskThatIsFullIsWaitedFor) {
    Faults faults;
    FaultyFiles files{faults};
    Rig rig{64U << 10U, 4U << 20U};
    rig.open({}, files);
    rig.load();
    const StreamId in = rig.spool->stream(StreamKind::Journal, "in", 1).id;
    rig.append(in, payload_of(1, kPayload));
    rig.flush();
    faults.fail_always(ENOSPC);
    rig.append(in, payload_of(2, kPayload));
    for (int i = 0; i < 600 && rig.spool->health().trouble.empty(); ++i) {
        EXPECT_FALSE(rig.spool->flush(std::chrono::milliseconds{20}));
    }
    EXPECT_EQ(rig.spool->health().trouble, "spool.write_failed");
    EXPECT_EQ(rig.durable_end(in), 2U);
    EXPECT_NE(rig.log.text().find("ENOSPC"), std::string::npos);
    faults.fail_always(0);
    EXPECT_TRUE(rig.spool->flush(std::chrono::seconds{5}));
    EXPECT_EQ(rig.durable_end(in), 3U);
    EXPECT_EQ(rig.spool->health().trouble, "");
    EXPECT_NE(rig.log.text().find("spool_recovered"), std::string::npos);
}

}  // namespace
}  // namespace aorta::spool::testing
