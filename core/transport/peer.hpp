// A link to one other worker: the handshake, both halves, heartbeats, and when to begin anew.
#pragma once

#include "base/clock.hpp"
#include "transport/coding.hpp"
#include "transport/frame.hpp"
#include "transport/incoming.hpp"
#include "transport/outgoing.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace aorta::transport {

enum class Compression { Off, On, Adaptive };

struct PeerConfig {
    bool dials = false;
    std::string self = {};   ///< this worker
    std::string other = {};  ///< the worker at the other end
    std::string pipeline = {};
    Fingerprint fingerprint = {};
    std::uint64_t instance = 0;  ///< random, not 0, of this process
    base::Nanoseconds heartbeat{std::chrono::seconds{5}};
    Compression compression = Compression::Adaptive;
    OutgoingLimits outgoing = {};
    IncomingLimits incoming = {};
    std::vector<std::uint32_t> reply_nodes = {};
};

struct PeerCounts {
    std::uint64_t sessions = 0;
    std::uint64_t lost = 0;        ///< sessions that ended without a bye of `stopping`
    std::uint64_t refused = 0;     ///< handshakes, by either side
    std::uint64_t unreadable = 0;  ///< frames that broke a rule
    std::uint64_t stray = 0;       ///< frames of other sessions
    std::uint64_t data_bytes = 0;  ///< sent, as they went
    std::uint64_t body_bytes = 0;  ///< sent, decoded
};

/// Frames in, frames out; `now` is the steady clock. Knows no socket and no thread. [one thread]
class Peer {
public:
    Peer(PeerConfig config, const message::Interner& names, message::Budget& budget);
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() = default;

    /// A frame came. A listener gives a hello only when its key is one of the worker's. Without an
    /// owner of the bytes, what is kept of them is copied.
    void on_frame(std::string_view bytes, base::Nanoseconds now, BytesOwner owner = {});
    /// The next frame to send, if there is one.
    std::optional<std::string> next_frame(base::Nanoseconds now);
    /// Only what answers a frame that came.
    std::optional<std::string> next_answer();

    /// The connection is gone.
    void lost(base::Nanoseconds now) { down("connection lost", true, now); }

    /// Call it at `deadline`, or earlier.
    void on_time(base::Nanoseconds now);

    base::Nanoseconds deadline() const { return deadline_; }

    /// The listed key of the other side is not the one that it came with any more.
    void revoke(base::Nanoseconds now);
    /// Says goodbye; nothing more is sent after it.
    void stop();

    /// Dialers: the connection is to be replaced by a new one before the next frame is sent. True
    /// once for each time.
    bool takes_new_connection() { return std::exchange(wants_connection_, false); }

    bool is_up() const { return state_ == State::Up; }

    const PeerConfig& config() const { return config_; }

    Outgoing& outgoing() { return outgoing_; }

    const Outgoing& outgoing() const { return outgoing_; }

    Incoming& incoming() { return incoming_; }

    const PeerCounts& counts() const { return counts_; }

    /// Why the last handshake or session ended; empty when it did not.
    std::string_view trouble() const { return trouble_; }

private:
    enum class State { Down, Greeting, Up };

    void take(const Hello& hello, const Frame& frame, base::Nanoseconds now);
    void take(const Welcome& welcome, const Frame& frame, base::Nanoseconds now);
    void take(const Refuse& refuse, const Frame& frame, base::Nanoseconds now);
    void take(const Data& data, const Frame& frame, base::Nanoseconds now);
    void take(const Outcomes& outcomes, const Frame& frame, base::Nanoseconds now);
    void take(const Credit& credit, const Frame& frame, base::Nanoseconds now);
    void take(const Bye& bye, const Frame& frame, base::Nanoseconds now);

    Hello greeting() const;
    bool fits(const Hello& hello) const;
    Result<void> begin(const Hello& other, std::uint64_t session, base::Nanoseconds now);
    void refuse(Refusal reason, std::uint64_t session);
    bool is_of_session(const Frame& frame, base::Nanoseconds now);
    void broken(base::Nanoseconds now);
    void down(std::string_view trouble, bool with_new_connection, base::Nanoseconds now);
    std::string greet(base::Nanoseconds now);
    std::optional<std::string> next_of_session(base::Nanoseconds now);
    std::optional<std::string> next_data(base::Nanoseconds now);
    bool owes_credit(base::Nanoseconds now) const;
    std::string credit();
    std::string send(Body body);
    bool compresses() const;
    void set_deadline();

    const PeerConfig config_;
    Coder coder_;
    Outgoing outgoing_;
    Incoming incoming_;
    LineSpeed line_;
    PeerCounts counts_;
    std::minstd_rand jitter_;

    State state_ = State::Down;
    bool is_stopping_ = false;
    bool wants_connection_ = false;
    std::uint32_t failures_ = 0;  // handshakes in a row
    std::string trouble_;
    base::Nanoseconds deadline_{0};
    std::deque<std::string> urgent_;
    BytesOwner frame_owner_;  // of the frame that is being taken
    // Of the session:
    std::uint64_t session_ = 0;
    bool other_has_dictionary_ = false;
    base::Nanoseconds began_at_{0};
    base::Nanoseconds heard_at_{0};
    base::Nanoseconds sent_at_{0};
    std::uint64_t arrived_ = 0;  // bytes of data frames
    Credit told_;                // the last one sent
};

}  // namespace aorta::transport
