// The connection to a peer: frames out, frames in. Made when needed, closed whenever in doubt.
#pragma once

#include "common/hl7/frame.hpp"
#include "common/net/address.hpp"
#include "common/net/socket.hpp"
#include "common/net/tls_node.hpp"
#include "sink/mllp/policy.hpp"

#include <aorta/ext/reply.h>
#include <aorta/sdk.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

inline constexpr std::string_view kConnectionLost = "mllp.connection_lost";

struct LinkConfig {
    net::HostPort connect;
    Nanoseconds connect_timeout{0};  // for each address of the name
    Nanoseconds keepalive{0};        // quiet time after which TCP asks for the peer; 0: never
    hl7::FrameBytes frame;
    std::optional<net::TlsConfig> tls = {};
};

/// Why an attempt failed: the cause that the policy knows, and the reason told.
struct Failure {
    Cause cause;
    std::string_view reason;

    explicit Failure(Cause why) : cause(why), reason(info_of(why).reason) {}

    Failure(Cause why, std::string_view told) : cause(why), reason(told) {}
};

/// Blocks its caller, up to the deadlines given (of Host::steady). One thread at a time.
class Link {
public:
    Link(Host host, LinkConfig config);

    /// Reads the certificates, if there are any.
    Result<void> start() { return tls_ ? tls_->start() : Result<void>{}; }

    /// Takes over certificates that have changed.
    void refresh();

    bool is_open() const { return stream_.is_open(); }

    std::optional<Failure> open();
    void close();

    /// Sends one frame.
    std::optional<Failure> write(std::string_view payload, Nanoseconds deadline);

    /// Waits until `take` has something to give.
    std::optional<Failure> wait(Nanoseconds deadline);
    /// The payload of the next frame that has arrived; empty handle when none has.
    std::optional<std::string> take();
    /// Looks what has arrived without waiting. False when the connection is no good any more.
    bool look();

    /// Counts, and logs now and then, why what the peer said is no answer to a message that waits
    /// for one.
    Failure wrong_answer(std::string_view why);

    /// Part of a frame has arrived.
    bool is_mid_frame() const { return reader_.in_frame(); }

private:
    std::optional<Failure> receive();
    std::optional<Failure> shake_hands();
    /// The connection has ended. A peer may refuse our certificate after the handshake.
    Failure lost();

    static constexpr std::size_t kMaxAnswer = AORTA_REPLY_MAX;

    Host host_;
    LinkConfig config_;
    std::string peer_;
    std::optional<net::TlsNode> tls_;
    net::Stream stream_;
    hl7::FrameReader reader_;
    std::deque<std::string> received_;
    bool is_drained_ = false;  // the last read found nothing
    Counter wrong_answers_;
    std::int64_t unlogged_ = 0;  // wrong answers
    Nanoseconds next_log_{0};    // of one, not before
    std::string frame_;
};

}  // namespace aorta::plugins::mllp
