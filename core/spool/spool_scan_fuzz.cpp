// The bytes of a segment file, taken as the newest of a log: scanned and replayed.
#include "spool/replay.hpp"

#include <algorithm>
#include <cerrno>

namespace {

namespace spool = aorta::spool;

class Bytes final : public spool::File {
public:
    explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    spool::Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) override {
        const std::uint64_t from = std::min<std::uint64_t>(offset, bytes_.size());
        const std::size_t count = std::min<std::size_t>(into.size(), bytes_.size() - from);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), count, into.begin());
        return {static_cast<std::int64_t>(count), 0};
    }

    spool::Io write_at(std::span<const std::uint8_t>, std::uint64_t) override { return {0, EIO}; }

    spool::Io sync() override { return {}; }

    spool::Io truncate(std::uint64_t) override { return {0, EIO}; }

    spool::Io size() override { return {static_cast<std::int64_t>(bytes_.size()), 0}; }

private:
    std::span<const std::uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes file{{data, size}};
    auto header = spool::read_segment_header(file, 1);
    constexpr std::uint64_t kLargest = 1U << 20U;  // what is not there reads as zeros
    if (!header || !*header || (*header)->size > kLargest) {
        return 0;
    }
    const auto segment = std::make_shared<spool::Segment>(**header, "fuzz");
    spool::Replay replay{true};
    if (spool::replay_segment(replay, segment, file).ok()) {
        static_cast<void>(replay.finish());
    }
    return 0;
}
