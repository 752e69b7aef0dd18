// TLS on one socket: non-blocking, without a thread or a buffer of its own.
#pragma once

#include "common/net/certificates.hpp"
#include "common/net/io_result.hpp"
#include "common/net/tls_context.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;

namespace aorta::net {

/// How sessions read and write their sockets; freed by the context that has it.
bio_method_st* make_transport();

/// The session of a connected socket, which it borrows. The handshake goes on within read and
/// write, or by itself. One thread at a time.
class TlsSession {
public:
    TlsSession(std::shared_ptr<const TlsContext> context, int fd);
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Takes leave of the peer, as far as that goes without waiting.
    ~TlsSession();

    /// Done when the handshake is over.
    IoResult handshake();
    IoResult read(std::span<char> into);
    IoResult write(std::string_view bytes);

    bool is_established() const { return is_established_; }

    /// What it waits for is room to write, even to read.
    bool wants_write() const { return wants_write_; }

    /// The last read left bytes that can be read without the socket. Never so if it had room for
    /// kRoomyRead bytes.
    bool has_buffered() const { return has_buffered_; }

    /// The handshake takes too long: it has failed.
    void give_up();

    /// Why it is closed; None while it is not, or when the peer took leave properly.
    TlsFailure failure() const { return failure_; }

    /// What the library says of it, such as the name of the peer's alert.
    const std::string& detail() const { return detail_; }

    // To look at, once established:
    std::string protocol() const;
    std::string cipher() const;
    /// As the peer sent it, its own certificate first.
    std::vector<CertificateFacts> peer_chain() const;
    /// What verification said, where failures are only noted.
    TlsFailure verification() const;

private:
    friend struct Transport;

    IoResult after(int result, std::size_t done);
    void fail();
    TlsFailure handshake_failure(unsigned long error);
    void look_for_alert();

    std::shared_ptr<const TlsContext> context_;
    ssl_st* handle_ = nullptr;
    int fd_;

    std::size_t allowance_ = 0;  // bytes that this call may still take from the socket
    bool is_ended_ = false;      // the socket has
    int first_byte_ = -1;        // of the peer

    bool is_established_ = false;
    bool is_read_done_ = false;  // properly or not, the peer sends no more; it may still listen
    bool is_broken_ = false;
    bool wants_write_ = false;
    bool has_buffered_ = false;
    TlsFailure failure_ = TlsFailure::None;
    std::string detail_;
};

/// Reads with this much room leave nothing behind that poll and epoll would not tell of.
inline constexpr std::size_t kRoomyRead = std::size_t{40} << 10U;

}  // namespace aorta::net
