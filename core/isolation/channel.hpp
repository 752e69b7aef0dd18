// One end of the socket between a worker and the process of an isolated plugin: whole frames, one
// at a time.
#pragma once

#include <aorta/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace aorta::isolation {

enum class FrameKind : std::uint8_t {
    // From the worker.
    Open = 1,   ///< once, first
    Start = 2,  ///< [control] and [worker] calls of the ABI
    Process = 3,
    Timer = 4,
    Stop = 5,
    Row = 6,  ///< answers Find
    // From the plugin's process.
    Answer = 16,  ///< what the plugin did in the call
    Find = 17,    ///< looks up a table in the middle of a call
};

struct Frame {
    FrameKind kind = FrameKind::Answer;
    std::string_view body = {};  ///< valid until the next `receive`
};

/// How long to wait, and for what else.
struct Patience {
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
    int wake_fd = -1;  ///< readable: Cancelled
};

/// Owns the descriptor. The other end is hostile: it may send anything, in any pieces, or nothing.
/// Both ends take turns: who has sent waits for the answer. One thread at a time.
///
/// Fails with Timeout, with Cancelled, with Unavailable when the other end is gone, with
/// ResourceExhausted when a frame is larger than allowed, and with Corrupt when the bytes are none
/// of ours; nothing can be sent or received afterwards.
class Channel {
public:
    explicit Channel(int fd) : fd_(fd) {}

    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    Result<void> send(FrameKind kind, std::string_view body, const Patience& patience = {});
    Result<Frame> receive(std::uint64_t most_bytes, const Patience& patience = {});
    /// False when the other end has gone, as far as is known now.
    bool is_open() const;

    int fd() const { return fd_; }

private:
    Result<void> wait(short events, const Patience& patience) const;
    Result<void> fill(std::size_t wanted, const Patience& patience);
    void make_room(std::size_t wanted);

    const int fd_;
    std::unique_ptr<char[]> in_;
    std::size_t capacity_ = 0;
    std::size_t have_ = 0;
};

}  // namespace aorta::isolation
