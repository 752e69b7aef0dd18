// What the listener knows of one client.
#pragma once

#include "common/http/request_reader.hpp"
#include "common/net/poller.hpp"
#include "common/net/socket.hpp"
#include "source/http/admission.hpp"
#include "source/http/answer_queue.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace aorta::plugins::http_source {

/// A client that pipelines more requests than this is not read from until it has caught up.
inline constexpr std::size_t kMaxUnanswered = 64;

/// State of one connection, owned by the listener's thread.
struct Connection {
    /// Why it is not read from at the moment; a set.
    enum Pause : std::uint8_t {
        kCredit = 1,   // a request waits for the pipeline's byte budget
        kReserve = 2,  // the reserve of partial requests is used up
        kBacklog = 4,  // the client does not take its answers, or is owed very many
    };

    Connection(std::uint32_t number, net::Acceptor::Peer from, const http::ReaderLimits& limits)
        : id(number),
          stream(std::move(from.stream)),
          address(from.address),
          peer(from.address.to_string()),
          reader(limits) {}

    bool has_output() const { return sent < out.size(); }

    bool has_held() const { return (paused & kCredit) != 0; }

    std::uint32_t id;
    net::Stream stream;
    net::Address address;
    std::string peer;
    net::Poller::Interest interest{.read = true};

    http::RequestReader reader;
    Admission admission;        // of the request that the reader is at
    std::uint64_t charged = 0;  // to the reserve of partial requests

    AnswerQueue answers;
    bool owes_continue = false;  // the client waits for 100 before it sends the body
    std::string out;             // bytes to send, from `sent` on
    std::size_t sent = 0;

    std::uint8_t paused = 0;
    bool is_input_over = false;   // no further request is taken: end when all answers have left
    bool has_peer_ended = false;  // nothing more comes
    bool is_lingering = false;    // all is said; what still comes is thrown away
    bool is_touched = false;      // is in the list of those to flush
    bool is_dead = false;         // is in the list of those to delete
    bool is_greeted = false;      // what it begins with was looked at

    std::uint64_t requests = 0;  // that came whole
    bool is_request_open = false;
    std::uint64_t progress = 0;  // bytes since request_since
    Nanoseconds request_since{0};
    Nanoseconds write_since{0};
    Nanoseconds quiet_since{0};
    Nanoseconds over_since{0};  // is_input_over, is_lingering
};

}  // namespace aorta::plugins::http_source
