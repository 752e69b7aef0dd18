#include "common/zmq/zap.hpp"

#include <zmq.h>

#include <array>
#include <cstdlib>

namespace aorta::zmq {
namespace {

// RFC 27: version, request id, domain, address, identity, mechanism, credentials.
enum Part : std::size_t {
    kVersionPart,
    kRequestId,
    kDomain,
    kAddress,
    kIdentity,
    kMechanism,
    kKey
};

constexpr std::size_t kKeyBytes = 32;

std::string z85(const std::string& bytes) {
    std::array<char, 41> text{};
    zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return text.data();
}

}  // namespace

Zap::Zap(SocketContext& context) : socket_(context, Socket::Kind::Reply) {
    socket_.set(ZMQ_LINGER, 0);
    if (!socket_.bind("inproc://zeromq.zap.01").ok()) {
        std::abort();  // a second one for this context
    }
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Zap::~Zap() {
    thread_.request_stop();
    waker_.wake();
}

void Zap::admit_keys(const std::string& domain, const AllowList& allowed) {
    const std::scoped_lock lock(mutex_);
    domains_[domain] = {.allowed = &allowed};
}

void Zap::admit_addresses(const std::string& domain,
                          std::function<bool(std::string_view address)> is_admitted) {
    const std::scoped_lock lock(mutex_);
    domains_[domain] = {.is_admitted = std::move(is_admitted)};
}

void Zap::forget(const std::string& domain) {
    const std::scoped_lock lock(mutex_);
    domains_.erase(domain);
}

void Zap::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        while (const auto request = socket_.receive_parts(kKey)) {
            socket_.send_parts(answer(*request));
        }
        waker_.wait(socket_, -1);
    }
}

/// The public key in Z85; "plain" without CURVE; nothing for who is refused.
std::optional<std::string> Zap::user_of(const std::vector<std::string>& request) const {
    if (request.size() <= kMechanism || request[kVersionPart] != "1.0") {
        return {};
    }
    const std::scoped_lock lock(mutex_);
    const auto domain = domains_.find(request[kDomain]);
    if (domain == domains_.end()) {
        return {};
    }
    if (const AllowList* allowed = domain->second.allowed; allowed != nullptr) {
        if (request[kMechanism] != "CURVE" || request.size() != kKey + 1 ||
            request[kKey].size() != kKeyBytes) {
            return {};
        }
        std::string key = z85(request[kKey]);
        return allowed->worker_of(key) ? std::optional{std::move(key)} : std::nullopt;
    }
    const bool is_admitted =
        request[kMechanism] == "NULL" && domain->second.is_admitted(request[kAddress]);
    return is_admitted ? std::optional<std::string>{"plain"} : std::nullopt;
}

std::vector<std::string> Zap::answer(const std::vector<std::string>& request) {
    const std::optional<std::string> user = user_of(request);
    if (!user) {
        refused_.fetch_add(1, std::memory_order_relaxed);
    }
    return {"1.0",
            request.size() > kRequestId ? request[kRequestId] : "",
            user ? "200" : "400",
            user ? "OK" : "refused",
            user.value_or(""),
            ""};
}

}  // namespace aorta::zmq
