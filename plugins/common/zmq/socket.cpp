#include "common/zmq/socket.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace aorta::zmq {
namespace {

// Out of memory or of descriptors, or a wrong option of ours: nothing can go on.
void require(bool is_true) {
    if (!is_true) {
        std::abort();
    }
}

// Smaller frames are cheaper to copy.
constexpr std::size_t kWorthKeeping = 4'096;

/// A message of libzmq.
class Message {
public:
    Message() { zmq_msg_init(&message_); }

    /// Of these bytes where they are: libzmq deletes them when they are sent.
    explicit Message(std::unique_ptr<std::string> bytes) {
        std::string* const owned = bytes.release();
        require(zmq_msg_init_data(
                    &message_,
                    owned->data(),
                    owned->size(),
                    [](void* /*data*/, void* hint) { delete static_cast<std::string*>(hint); },
                    owned) == 0);
    }

    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    ~Message() { zmq_msg_close(&message_); }

    bool receive(void* socket) {
        int size = 0;
        do {
            size = zmq_msg_recv(&message_, socket, ZMQ_DONTWAIT);
        } while (size < 0 && errno == EINTR);
        return size >= 0;
    }

    std::string_view bytes() {
        return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
    }

    std::string user() {
        const char* user = zmq_msg_gets(&message_, "User-Id");
        return user == nullptr ? "" : user;
    }

    bool send(void* socket) {
        int sent = 0;
        do {
            sent = zmq_msg_send(&message_, socket, ZMQ_DONTWAIT);
        } while (sent < 0 && errno == EINTR);
        return sent >= 0;
    }

    bool has_more() { return zmq_msg_more(&message_) != 0; }

private:
    zmq_msg_t message_{};
};

int type_of(Socket::Kind kind) {
    switch (kind) {
        case Socket::Kind::Dealer:
            return ZMQ_DEALER;
        case Socket::Kind::Router:
            return ZMQ_ROUTER;
        case Socket::Kind::Reply:
            return ZMQ_REP;
        case Socket::Kind::Pull:
            return ZMQ_PULL;
        case Socket::Kind::Push:
            return ZMQ_PUSH;
        case Socket::Kind::Sub:
            return ZMQ_SUB;
        case Socket::Kind::Pub:
            return ZMQ_PUB;
    }
    return ZMQ_DEALER;
}

bool send_part(void* socket, std::string_view part, bool has_more) {
    int done = 0;
    do {
        done =
            zmq_send(socket, part.data(), part.size(), ZMQ_DONTWAIT | (has_more ? ZMQ_SNDMORE : 0));
    } while (done < 0 && errno == EINTR);
    return done >= 0;
}

}  // namespace

Error socket_error(const char* doing, std::string_view address) {
    const int error = zmq_errno();
    const ErrorCode code = error == EACCES   ? ErrorCode::Denied
                           : error == EINVAL ? ErrorCode::InvalidConfig
                                             : ErrorCode::Unavailable;
    return {
        code, std::string{"cannot "} + doing + ": " + zmq_strerror(error), std::string{address}};
}

SocketContext::SocketContext() : context_(zmq_ctx_new()) {
    require(context_ != nullptr);
}

SocketContext::~SocketContext() {
    while (zmq_ctx_term(context_) != 0 && zmq_errno() == EINTR) {
    }
}

Socket::Socket(SocketContext& context, Kind kind)
    : socket_(zmq_socket(context.get(), type_of(kind))), kind_(kind) {
    require(socket_ != nullptr);
}

Socket::~Socket() {
    if (socket_ != nullptr) {
        zmq_close(socket_);
    }
}

void Socket::set(int option, int value) {
    require(zmq_setsockopt(socket_, option, &value, sizeof value) == 0);
}

void Socket::set(int option, std::int64_t value) {
    require(zmq_setsockopt(socket_, option, &value, sizeof value) == 0);
}

void Socket::set(int option, std::string_view value) {
    require(zmq_setsockopt(socket_, option, value.data(), value.size()) == 0);
}

Result<void> Socket::bind(const std::string& address) {
    if (zmq_bind(socket_, address.c_str()) != 0) {
        return socket_error("listen", address);
    }
    return {};
}

Result<void> Socket::connect(const std::string& address) {
    if (zmq_connect(socket_, address.c_str()) != 0) {
        return socket_error("connect", address);
    }
    return {};
}

std::string Socket::bound_to() const {
    std::array<char, 512> text{};
    std::size_t size = text.size();
    return zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text.data(), &size) == 0 ? text.data() : "";
}

bool Socket::send(std::string_view to, std::string frame) {
    if (kind_ == Kind::Router && !send_part(socket_, to, true)) {
        return false;
    }
    if (frame.size() < kWorthKeeping) {
        return send_part(socket_, frame, false);
    }
    return Message{std::make_unique<std::string>(std::move(frame))}.send(socket_);
}

bool Socket::send_parts(const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!send_part(socket_, parts[i], i + 1 < parts.size())) {
            return false;
        }
    }
    return true;
}

std::optional<Received> Socket::receive() {
    Received received;
    if (kind_ == Kind::Router) {
        Message from;
        if (!from.receive(socket_)) {
            return {};
        }
        received.from = from.bytes();
        if (!from.has_more()) {
            received.is_multipart = true;
            return received;
        }
    }
    const auto message = std::make_shared<Message>();
    if (!message->receive(socket_)) {
        return {};
    }
    received.user = message->user();
    received.frame = message->bytes();
    received.owner = message;
    received.is_multipart = message->has_more();
    for (bool has_more = received.is_multipart; has_more;) {
        Message rest;
        has_more = rest.receive(socket_) && rest.has_more();
    }
    return received;
}

std::optional<std::vector<std::string>> Socket::receive_parts(std::size_t most) {
    std::vector<std::string> parts;
    Message message;
    do {
        if (!message.receive(socket_)) {
            return {};
        }
        if (parts.size() <= most) {
            parts.emplace_back(message.bytes());
        }
    } while (message.has_more());
    return parts;
}

bool Socket::wait(Ready ready, long timeout_ms) const {
    const short events = ready == Ready::ToSend ? ZMQ_POLLOUT : ZMQ_POLLIN;
    zmq_pollitem_t item{.socket = socket_, .fd = 0, .events = events, .revents = 0};
    return zmq_poll(&item, 1, timeout_ms) > 0;
}

Waker::Waker() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    require(fd_ >= 0);
}

Waker::~Waker() {
    ::close(fd_);
}

void Waker::wake() const {
    const std::uint64_t one = 1;
    // Fails only when it is set already.
    [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

void Waker::wait(const Socket& socket, long timeout_ms) const {
    std::array<zmq_pollitem_t, 2> items{};
    items[0] = {.socket = nullptr, .fd = fd_, .events = ZMQ_POLLIN, .revents = 0};
    items[1] = {.socket = socket.get(), .fd = 0, .events = ZMQ_POLLIN, .revents = 0};
    zmq_poll(items.data(), socket.get() == nullptr ? 1 : 2, timeout_ms);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
}

}  // namespace aorta::zmq
