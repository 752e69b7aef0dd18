#include "transport/endpoint.hpp"

#include "base/crypto.hpp"

#include <sys/stat.h>
#include <zmq.h>

#include <algorithm>
#include <filesystem>

namespace aorta::transport {
namespace {

using base::Nanoseconds;

// Frames taken in a turn before others have theirs.
constexpr int kTurn = 64;
constexpr int kReceiveQueue = 64;  // messages; the rest waits at the sender
constexpr int kBacklog = 64;
constexpr int kHandshakeMs = 10'000;
constexpr int kLingerMs = 500;  // for a goodbye
constexpr Nanoseconds kTryAgain = std::chrono::milliseconds{20};
constexpr int kReconnectMs = 100;
constexpr int kReconnectMostMs = 5'000;
// Beyond a record and its slack: the head of a frame, and outcomes, which are smaller than this.
constexpr std::uint64_t kFrameSlack = 2U << 20U;

int milliseconds(Nanoseconds time) {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

/// Nobody but the user may come by an ipc socket: its folder says so before it exists.
Result<void> check_ipc(const std::string& address) {
    const std::filesystem::path path{address.substr(std::string_view{"ipc://"}.size())};
    const std::string folder = path.parent_path().string();

    struct stat status {};

    if (::stat(folder.c_str(), &status) != 0) {
        return Error{ErrorCode::NotFound, "the folder of the ipc socket is missing", folder};
    }
    if (status.st_uid != ::geteuid() || (status.st_mode & 077U) != 0) {
        return Error{ErrorCode::Denied,
                     "others may reach this ipc socket: its folder must be this user's, chmod 700",
                     folder};
    }
    return {};
}

}  // namespace

Endpoint::Endpoint(EndpointConfig config,
                   std::vector<Link*> links,
                   const EndpointServices& services)
    : config_(std::move(config)),
      links_(std::move(links)),
      services_(services),
      domain_("aorta.link." + std::to_string(base::random_u64())) {
    for (Link* link : links_) {
        link->set_waker(waker_);
    }
}

Endpoint::~Endpoint() {
    stop();
    services_.zap.forget(domain_);
}

Result<void> Endpoint::check() const {
    const auto reach = zmq::reach_of(config_.address);
    if (!reach.ok()) {
        return reach.error();
    }
    if (*reach == zmq::Reach::Ipc) {
        return config_.listens ? check_ipc(config_.address) : Result<void>{};
    }
    if (*reach == zmq::Reach::Network && !config_.keys &&
        (!config_.plaintext || config_.plaintext->reason.empty() ||
         (config_.listens && config_.plaintext->from.empty()))) {
        return Error{ErrorCode::Denied,
                     "a link off this machine needs curve: { keys: … }, or plaintext: { from: […], "
                     "reason: … }",
                     config_.address};
    }
    return {};
}

Result<void> Endpoint::start() {
    if (Result<void> checked = check(); !checked.ok()) {
        return checked;
    }
    if (config_.keys) {
        allowed_.set(config_.keys->others);
        services_.zap.admit_keys(domain_, allowed_);
    } else {
        services_.zap.admit_addresses(domain_, [this](std::string_view address) {
            return zmq::is_loopback_ip(address) ||
                   (config_.plaintext &&
                    std::ranges::any_of(config_.plaintext->from, [&](const zmq::Network& network) {
                        return network.contains(address);
                    }));
        });
    }
    bound_ = config_.address;
    if (Result<void> opened = open(); !opened.ok()) {
        return opened;
    }
    if (config_.listens) {
        bound_ = socket_.bound_to();
    }
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    return {};
}

Result<void> Endpoint::open() {
    zmq::Socket socket{services_.context,
                       config_.listens ? zmq::Socket::Kind::Router : zmq::Socket::Kind::Dealer};
    set_options(socket);
    if (config_.keys) {
        set_curve(socket);
    }
    const bool is_ipc = config_.address.starts_with("ipc:");
    if (config_.listens && !is_ipc) {
        socket.set(ZMQ_ZAP_DOMAIN, domain_);
    }
    Result<void> done = config_.listens ? socket.bind(bound_) : socket.connect(bound_);
    if (!done.ok()) {
        return done;
    }
    if (config_.listens && is_ipc) {
        ::chmod(bound_.c_str() + std::string_view{"ipc://"}.size(), 0600);
    }
    // What was open is closed here.
    socket_ = std::move(socket);
    return {};
}

void Endpoint::set_options(zmq::Socket& socket) {
    std::uint64_t largest = 0;
    Nanoseconds heartbeat = Nanoseconds::max();
    for (const Link* link : links_) {
        largest = std::max(largest, link->config().incoming.max_record);
        heartbeat = std::min(heartbeat, link->config().heartbeat);
    }
    const int heartbeat_ms = std::max(1, milliseconds(heartbeat));
    socket.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(largest + kBodySlack + kFrameSlack));
    // Credit bounds what is sent; a bound here would drop or block instead.
    socket.set(ZMQ_SNDHWM, 0);
    socket.set(ZMQ_RCVHWM, kReceiveQueue);
    socket.set(ZMQ_LINGER, kLingerMs);
    socket.set(ZMQ_IPV6, 1);
    socket.set(ZMQ_BACKLOG, kBacklog);
    socket.set(ZMQ_HANDSHAKE_IVL, kHandshakeMs);
    socket.set(ZMQ_HEARTBEAT_IVL, heartbeat_ms);
    socket.set(ZMQ_HEARTBEAT_TIMEOUT, 3 * heartbeat_ms);
    socket.set(ZMQ_RECONNECT_IVL, kReconnectMs);
    socket.set(ZMQ_RECONNECT_IVL_MAX, kReconnectMostMs);
    if (config_.listens) {
        socket.set(ZMQ_ROUTER_MANDATORY, 1);
    }
}

void Endpoint::set_curve(zmq::Socket& socket) {
    const KeyPair& self = config_.keys->self;
    socket.set(ZMQ_CURVE_SECRETKEY, self.secret_key.reveal());
    if (config_.listens) {
        socket.set(ZMQ_CURVE_SERVER, 1);
        return;
    }
    // During a rotation the listener may have either of its keys.
    const auto& keys = config_.keys->others[links_.front()->config().other];
    socket.set(ZMQ_CURVE_PUBLICKEY, self.public_key);
    socket.set(ZMQ_CURVE_SERVERKEY, keys[attempts_++ % keys.size()]);
}

void Endpoint::reload(KeyRing keys) {
    {
        const std::scoped_lock lock(mutex_);
        new_keys_ = std::move(keys);
    }
    waker_->wake();
}

void Endpoint::stop() {
    if (!thread_.joinable()) {
        return;
    }
    thread_.request_stop();
    waker_->wake();
    thread_.join();
}

void Endpoint::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        take_over_keys();
        open_again();
        bool has_moved = receive();
        for (Link* link : links_) {
            has_moved = step(*link) || has_moved;
        }
        if (!has_moved) {
            waker_->wait(socket_, pause_ms());
        }
    }
    for (Link* link : links_) {
        link->work();
        link->peer().stop();
        while (auto frame = link->peer().next_frame(now())) {
            send(*link, std::move(*frame));
        }
        link->work();
    }
    socket_ = {};
}

bool Endpoint::step(Link& link) {
    Peer& peer = link.peer();
    peer.on_time(now());
    bool has_moved = link.work();
    if (peer.takes_new_connection() && !config_.listens) {
        needs_socket_ = true;
        open_again();
    }
    for (int i = 0; i < kTurn; ++i) {
        auto frame = peer.next_frame(now());
        if (!frame) {
            break;
        }
        send(link, std::move(*frame));
        has_moved = true;
    }
    tell(link);
    return has_moved;
}

void Endpoint::send(Link& link, std::string frame) {
    if (!config_.listens) {
        if (socket_.get() != nullptr) {
            socket_.send({}, std::move(frame));
        }
        return;
    }
    const auto route =
        std::ranges::find_if(routes_, [&](const auto& one) { return one.second.link == &link; });
    // Nobody to say goodbye to.
    if (route == routes_.end()) {
        return;
    }
    if (!socket_.send(route->first, std::move(frame))) {
        routes_.erase(route);
        link.peer().lost(now());
    }
}

bool Endpoint::receive() {
    for (int i = 0; i < kTurn && socket_.get() != nullptr; ++i) {
        const auto message = socket_.receive();
        if (!message) {
            return i > 0;
        }
        received(*message);
    }
    return socket_.get() != nullptr;
}

void Endpoint::received(const zmq::Received& message) {
    if (!config_.listens) {
        links_.front()->peer().on_frame(
            message.is_multipart ? "" : message.frame, now(), message.owner);
        return;
    }
    if (message.is_multipart) {
        return;
    }
    const auto route = routes_.find(message.from);
    if (route != routes_.end() && !is_hello(message.frame)) {
        route->second.link->peer().on_frame(message.frame, now(), message.owner);
        return;
    }
    const auto frame = decode(message.frame);
    if (!frame.ok()) {
        services_.log.warn("link_frame_unreadable");
    } else if (const auto* hello = std::get_if<Hello>(&frame->body)) {
        greeted(message, *frame, *hello);
    } else if (!std::holds_alternative<Bye>(frame->body)) {
        socket_.send(message.from,
                     encode({.session = frame->session, .body = Bye{Farewell::Unknown}}));
    }
}

void Endpoint::greeted(const zmq::Received& message, const Frame& frame, const Hello& hello) {
    const auto link = std::ranges::find_if(
        links_, [&](const Link* one) { return one->config().other == hello.from; });
    const bool is_allowed = !config_.keys || allowed_.worker_of(message.user) == hello.from;
    if (link == links_.end() || !is_allowed) {
        services_.log.warn("link_refused", {{"reason", to_string(Refusal::Denied)}});
        socket_.send(message.from,
                     encode({.session = frame.session, .body = Refuse{Refusal::Denied}}));
        return;
    }
    Peer& peer = (*link)->peer();
    const std::uint64_t sessions = peer.counts().sessions;
    peer.on_frame(message.frame, now());
    if (peer.counts().sessions == sessions) {
        answer_all(**link, message.from);
        return;
    }
    forget_route(**link);
    routes_[message.from] = {*link, message.user};
}

void Endpoint::answer_all(Link& link, const std::string& route) {
    while (const auto answer = link.peer().next_answer()) {
        socket_.send(route, *answer);
    }
}

void Endpoint::forget_route(const Link& link) {
    std::erase_if(routes_, [&](const auto& one) { return one.second.link == &link; });
}

void Endpoint::take_over_keys() {
    std::optional<KeyRing> keys;
    {
        const std::scoped_lock lock(mutex_);
        keys.swap(new_keys_);
    }
    if (!keys) {
        return;
    }
    const bool has_own_key = config_.keys->self.public_key != keys->self.public_key;
    config_.keys = std::move(keys);
    allowed_.set(config_.keys->others);
    for (auto& [id, route] : routes_) {
        if (allowed_.worker_of(route.key) != route.link->config().other) {
            route.link->peer().revoke(now());
            answer_all(*route.link, id);
            route.link = nullptr;
        }
    }
    std::erase_if(routes_, [](const auto& one) { return one.second.link == nullptr; });
    if (!has_own_key) {
        return;
    }
    // Connections end with their socket; sessions begin anew where they were.
    socket_ = {};
    routes_.clear();
    needs_socket_ = true;
    for (Link* link : links_) {
        if (link->peer().is_up()) {
            link->peer().lost(now());
        }
    }
}

/// libzmq gives an address free some time after its socket is closed.
void Endpoint::open_again() {
    if (!needs_socket_) {
        return;
    }
    const Result<void> opened = open();
    needs_socket_ = !opened.ok();
    if (needs_socket_) {
        services_.log.warn("link_not_opened", {{"reason", opened.error().message}});
    }
}

void Endpoint::tell(Link& link) {
    bool& told = told_up_[&link];
    const bool is_up = link.peer().is_up();
    if (told != is_up) {
        told = is_up;
        const std::string& other = link.config().other;
        if (is_up) {
            services_.log.info("link_up", {{"worker", other}});
        } else {
            services_.log.warn("link_down", {{"worker", other}, {"reason", link.peer().trouble()}});
        }
    }
}

long Endpoint::pause_ms() const {
    Nanoseconds next = needs_socket_ ? now() + kTryAgain : Nanoseconds::max();
    for (Link* link : links_) {
        next = std::min(next, link->peer().deadline());
    }
    if (next == Nanoseconds::max()) {
        return -1;
    }
    // Rounded up: a thread that wakes too early finds nothing to do.
    return std::max<long>(0, milliseconds(next - now())) + 1;
}

}  // namespace aorta::transport
