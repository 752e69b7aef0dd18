// The only file of Boost.Beast.
#include "admin/server.hpp"

#include "admin/address.hpp"
#include "admin/routes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

namespace aorta::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Tcp = asio::ip::tcp;

constexpr std::uint32_t kHeaderBytes = 8 << 10;
constexpr std::size_t kBufferBytes = 16 << 10;
constexpr std::size_t kConnections = 512;
constexpr auto kTransfer = seconds(3);  // to receive a header, or to send an answer, as a whole
constexpr auto kIdle = seconds(10);     // between an answer and the next request
constexpr auto kLinger = seconds(1);    // for the peer to read our last answer
constexpr auto kAcceptAgain = milliseconds(100);

/// Without scripts, frames or anything from elsewhere.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

bool is_protocol_error(const error_code& failed) {
    return failed.category() == http::make_error_code(http::error::end_of_stream).category() &&
           failed != http::error::end_of_stream && failed != http::error::partial_message;
}

std::string_view view_of(beast::string_view text) {
    return {text.data(), text.size()};
}

/// One peer. Lives as long as it waits for something; belongs to the server's thread.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Tcp::socket socket, const runtime::Worker& worker, std::function<void()> on_end)
        : stream_(std::move(socket)), worker_(worker), on_end_(std::move(on_end)) {}

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ~Connection() { on_end_(); }

    void start() {
        error_code ignored;
        stream_.socket().set_option(Tcp::no_delay(true), ignored);
        wait_for_request(kTransfer);
    }

    /// Whatever it waits for fails.
    void close() { stream_.close(); }

private:
    void wait_for_request(seconds patience) {
        if (buffer_.size() > 0) {  // of a peer that does not wait for answers
            read_request();
            return;
        }
        stream_.expires_after(patience);
        stream_.async_read_some(
            buffer_.prepare(kHeaderBytes),
            [self = shared_from_this()](const error_code& failed, std::size_t bytes) {
                if (!failed) {
                    self->buffer_.commit(bytes);
                    self->read_request();
                }
            });
    }

    void read_request() {
        parser_.emplace();
        parser_->header_limit(kHeaderBytes);
        parser_->body_limit(0);
        // For the whole header: a byte now and then does not prolong it.
        stream_.expires_after(kTransfer);
        http::async_read_header(stream_,
                                buffer_,
                                *parser_,
                                [self = shared_from_this()](const error_code& failed, std::size_t) {
                                    self->on_header(failed);
                                });
    }

    void on_header(const error_code& failed) {
        const auto& header = parser_->get();
        if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
            write({431, "the header is over 8 KiB\n"}, false);
        } else if (failed == http::error::body_limit || (!failed && !parser_->is_done())) {
            const bool reads =
                header.method() == http::verb::get || header.method() == http::verb::head;
            write(reads ? Answer{413, "a body is not accepted\n"} : answer_to(header), false);
        } else if (is_protocol_error(failed)) {
            write({400, "this is no HTTP request\n"}, false);
        } else if (!failed) {
            write(answer_to(header), header.keep_alive());
        }
    }

    Answer answer_to(const http::request_header<>& header) const {
        return answer({.method = view_of(header.method_string()),
                       .target = view_of(header.target()),
                       .host = view_of(header[http::field::host])},
                      worker_);
    }

    void write(Answer given, bool keep_alive) {
        const unsigned version = parser_->get().version();
        response_ = {static_cast<http::status>(given.status), version, std::move(given.body)};
        response_.set(http::field::content_type, beast::string_view{given.content_type});
        response_.set(http::field::cache_control, "no-store");
        response_.set("Content-Security-Policy", beast::string_view{kContentPolicy});
        response_.set("X-Content-Type-Options", "nosniff");
        if (given.status == 405) {
            response_.set(http::field::allow, "GET, HEAD");
        }
        response_.keep_alive(keep_alive);
        response_.prepare_payload();
        serializer_.emplace(response_);
        stream_.expires_after(kTransfer);
        auto done = [self = shared_from_this(), keep_alive](const error_code& failed, std::size_t) {
            if (!failed && keep_alive) {
                self->wait_for_request(kIdle);
            } else if (!failed) {
                self->linger();
            }
        };
        if (parser_->get().method() == http::verb::head) {
            http::async_write_header(stream_, *serializer_, std::move(done));
        } else {
            http::async_write(stream_, *serializer_, std::move(done));
        }
    }

    /// A socket closed with bytes unread resets the connection, and the peer may lose our answer.
    void linger() {
        error_code ignored;
        stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
        stream_.expires_after(kLinger);
        discard();
    }

    void discard() {
        stream_.async_read_some(asio::buffer(discarded_),
                                [self = shared_from_this()](const error_code& failed, std::size_t) {
                                    if (!failed) {
                                        self->discard();
                                    }
                                });
    }

    beast::tcp_stream stream_;
    const runtime::Worker& worker_;
    const std::function<void()> on_end_;
    beast::flat_buffer buffer_{kBufferBytes};
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    std::optional<http::response_serializer<http::string_body>> serializer_;
    std::array<char, 1024> discarded_{};
};

}  // namespace

/// The socket that listens, the connections and their thread.
class Server::Listener {
public:
    Listener(const runtime::Worker& worker, base::Log& log) : worker_(worker), log_(log) {}

    Result<void> listen(const Address& address) {
        const Tcp::endpoint endpoint{asio::ip::make_address(address.ip), address.port};
        error_code failed;
        acceptor_.open(endpoint.protocol(), failed);
        if (!failed) {
            acceptor_.set_option(Tcp::acceptor::reuse_address(true), failed);
        }
        if (!failed) {
            acceptor_.bind(endpoint, failed);
        }
        if (!failed) {
            acceptor_.listen(asio::socket_base::max_listen_connections, failed);
        }
        if (failed) {
            return Error{
                failed == asio::error::access_denied ? ErrorCode::Denied : ErrorCode::Unavailable,
                "the admin server cannot listen on " + address.ip + ", port " +
                    std::to_string(address.port) + ": " + failed.message()};
        }
        port_ = acceptor_.local_endpoint().port();
        accept();
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
        log_.info("admin_started", {{"address", address.ip}, {"port", port_}});
        return {};
    }

    std::uint16_t port() const { return port_; }

private:
    void run(const std::stop_token& stop) {
        const std::stop_callback stop_io{stop, [this] { io_.stop(); }};
        while (!io_.stopped()) {
            try {
                io_.run();
            } catch (const std::exception& failed) {  // the pipelines go on without this answer
                log_.error("admin_failed", {{"error", failed.what()}});
            }
        }
    }

    void accept() {
        acceptor_.async_accept([this](const error_code& failed, Tcp::socket socket) {
            if (failed) {  // no more file descriptors, most likely
                accept_again_.expires_after(kAcceptAgain);
                accept_again_.async_wait([this](const error_code&) { accept(); });
                return;
            }
            accept();
            add(std::move(socket));
        });
    }

    void add(Tcp::socket socket) {
        if (connections_.size() >= kConnections) {
            if (const auto oldest = connections_.begin()->second.lock()) {
                oldest->close();
            }
            connections_.erase(connections_.begin());
        }
        const std::uint64_t number = next_++;
        const auto added = std::make_shared<Connection>(
            std::move(socket), worker_, [this, number] { connections_.erase(number); });
        connections_.emplace(number, added);
        added->start();
    }

    const runtime::Worker& worker_;
    base::Log& log_;
    std::map<std::uint64_t, std::weak_ptr<Connection>> connections_;  // oldest first
    asio::io_context io_{1};  // after the connections, which remove themselves when it goes
    Tcp::acceptor acceptor_{io_};
    asio::steady_timer accept_again_{io_};
    std::uint16_t port_ = 0;
    std::uint64_t next_ = 0;
    std::jthread thread_;  // last: it ends before what it uses
};

Server::Server(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

Server::~Server() = default;

std::uint16_t Server::port() const {
    return listener_->port();
}

Result<std::unique_ptr<Server>> Server::start(const std::string& address,
                                              const runtime::Worker& worker,
                                              base::Log& log) {
    const Result<Address> parsed = parse_address(address);
    if (!parsed.ok()) {
        return parsed.error();
    }
    auto listener = std::make_unique<Listener>(worker, log);
    if (Result<void> listening = listener->listen(*parsed); !listening.ok()) {
        return listening.error();
    }
    return std::unique_ptr<Server>{new Server{std::move(listener)}};
}

}  // namespace aorta::admin
