// A plain blocking HTTP client on a loopback socket, for tests.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::admin {

class Client {
public:
    explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // Long enough for a loaded machine; the tests fail rather than hang.
        const timeval patience{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

    Client& operator=(Client&&) = delete;

    ~Client() {
        if (socket_ >= 0) {
            ::close(socket_);
        }
    }

    /// False when the peer has closed.
    bool send(std::string_view bytes) {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }

    /// Everything until the peer closes.
    std::string read_all() {
        std::string all;
        while (read_some(all)) {
        }
        return all;
    }

    /// One answer: its header, and as much body as Content-Length says.
    std::string read_answer() {
        while (rest_.find("\r\n\r\n") == std::string::npos) {
            if (!read_some(rest_)) {
                return std::exchange(rest_, {});
            }
        }
        const std::size_t header = rest_.find("\r\n\r\n") + 4;
        const std::size_t length = rest_.find("Content-Length: ");
        const std::size_t whole =
            header + (length < header ? std::stoul(rest_.substr(length + 16)) : 0);
        while (rest_.size() < whole && read_some(rest_)) {
        }
        std::string answer = rest_.substr(0, whole);
        rest_.erase(0, whole);
        return answer;
    }

    /// Closed by the peer, within the time given. Waits for nothing else.
    bool is_closed_within(timeval patience) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        char byte = 0;
        return ::recv(socket_, &byte, 1, 0) == 0;
    }

private:
    bool read_some(std::string& into) {
        char bytes[4096];
        const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got > 0) {
            into.append(bytes, static_cast<std::size_t>(got));
        }
        return got > 0;
    }

    int socket_;
    std::string rest_;
};

/// One request on a connection of its own.
inline std::string ask(std::uint16_t port, std::string_view method, std::string_view target) {
    Client client{port};
    client.send(std::string{method} + " " + std::string{target} +
                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return client.read_all();
}

}  // namespace aorta::admin
