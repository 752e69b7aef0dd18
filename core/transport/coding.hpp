// Compression of data bodies: zstd at level 3, with a shipped dictionary for small ones.
#pragma once

#include "base/clock.hpp"
#include "transport/frame.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aorta::transport {

/// Keeps bytes where they are, as long as it lives.
using BytesOwner = std::shared_ptr<const void>;

struct OwnedBytes {
    BytesOwner owner;
    std::string_view bytes;  ///< the owner's

    static OwnedBytes of(std::string bytes) {
        auto owner = std::make_shared<const std::string>(std::move(bytes));
        const std::string_view view = *owner;
        return {std::move(owner), view};
    }
};

/// Holds zstd's memory. [one thread]
class Coder {
public:
    Coder();
    Coder(const Coder&) = delete;
    Coder& operator=(const Coder&) = delete;
    ~Coder();

    /// The number of the shipped dictionary.
    static std::uint32_t dictionary();

    /// The body of a frame. Falls back on Plain when nothing is saved.
    Coding compress(std::string_view body, bool other_has_dictionary, std::string& coded);

    /// The decoded body: of the frame's own bytes if it is plain and `owner` is theirs. Corrupt
    /// when it does not decode to `length` bytes, or `length` is more than `most`.
    Result<OwnedBytes> decode(const Data& data, BytesOwner owner, std::uint64_t most);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Whether compressing pays: on a line that is slower than the compressor. Learns the line's speed
/// from how long much data takes to arrive. [one thread]
class LineSpeed {
public:
    explicit LineSpeed(bool begins_slow) : is_slow_(begins_slow) {}

    void begin_session() { *this = LineSpeed{is_slow_}; }

    /// A frame of this size is on its way.
    void sent(std::uint64_t bytes, base::Nanoseconds now);
    /// All in all in this session.
    void arrived(std::uint64_t bytes, base::Nanoseconds now);

    bool is_slow() const { return is_slow_; }

private:
    // Less under way says more of the round trip than of the line.
    static constexpr std::uint64_t kEnough = 256U << 10U;
    static constexpr double kFast = 32e6;  // bytes a second
    static constexpr double kSlow = 16e6;

    bool is_slow_;
    std::uint64_t sent_ = 0;
    std::uint64_t arrived_ = 0;
    bool is_measuring_ = false;
    std::uint64_t measured_bytes_ = 0;
    std::uint64_t measured_end_ = 0;
    base::Nanoseconds measured_since_{0};
};

}  // namespace aorta::transport
