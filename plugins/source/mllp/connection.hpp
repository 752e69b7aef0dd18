// What the listener knows of one sender.
#pragma once

#include "common/hl7/frame.hpp"
#include "common/net/poller.hpp"
#include "common/net/socket.hpp"
#include "source/mllp/answer_queue.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <deque>
#include <string>

namespace aorta::plugins::mllp {

/// State of one connection, owned by the listener's thread.
struct Connection {
    /// Why it is not read from at the moment; a set.
    enum Pause : std::uint8_t {
        kCredit = 1,   // a frame waits for the pipeline's byte budget
        kReserve = 2,  // the reserve of partial frames is used up
        kBacklog = 4,  // the sender does not take its answers, or is owed very many
    };

    Connection(std::uint32_t number,
               net::Acceptor::Peer from,
               std::size_t max_message,
               const hl7::FrameBytes& frame)
        : id(number),
          stream(std::move(from.stream)),
          address(from.address),
          peer(from.address.to_string()),
          reader(max_message, frame) {}

    bool has_output() const { return sent < out.size(); }

    std::uint32_t id;
    net::Stream stream;
    net::Address address;
    std::string peer;
    net::Poller::Interest interest{.read = true};

    hl7::FrameReader reader;
    std::deque<std::string> held;  // complete frames that wait for credit
    std::uint64_t held_bytes = 0;
    std::uint64_t charged = 0;  // to the reserve of partial frames

    AnswerQueue answers;
    std::string out;  // bytes to send, from `sent` on
    std::size_t sent = 0;

    std::uint8_t paused = 0;
    bool is_read_done = false;  // nothing more is read: close when all answers have left
    bool is_ending = false;     // close when `out` has left, whatever else is owed
    bool is_touched = false;    // is in the list of those to flush
    bool is_dead = false;       // is in the list of those to delete

    bool is_greeted = false;         // what it begins with was looked at
    bool has_told_of_noise = false;  // once in a connection's life is enough

    bool is_frame_open = false;
    std::uint64_t frame_progress = 0;  // bytes since frame_since
    Nanoseconds frame_since{0};
    Nanoseconds end_since{0};  // the frame may be over, if nothing follows
    Nanoseconds write_since{0};
    Nanoseconds quiet_since{0};
    Nanoseconds done_since{0};  // is_read_done
};

}  // namespace aorta::plugins::mllp
