// A link between two workers with records of 1 KiB, each settled by the other side, against bare
// libzmq that pushes frames of 64 of them, in turns; `plain` or `curve`, over tcp on loopback.
#include "base/crypto.hpp"
#include "bench/rig.hpp"
#include "transport/endpoint.hpp"

#include <zmq.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace aorta;             // NOLINT(google-build-using-namespace): a program, not a library
using namespace aorta::bench;      // NOLINT(google-build-using-namespace)
using namespace aorta::transport;  // NOLINT(google-build-using-namespace)

constexpr int kRecords = 65'536;  // a round
constexpr int kInFrame = 64;
constexpr std::size_t kPayload = 1'024;
constexpr int kRounds = 7;

void require(bool is_true, const char* what) {
    if (!is_true) {
        std::fprintf(stderr, "link_bench: %s\n", what);
        std::exit(70);
    }
}

/// Counts fates; a round ends with the last one.
class Fates final : public message::Settler {
public:
    void on_after(message::Receipt& /*receipt*/) override {}

    void on_required_settled(message::Receipt& /*receipt*/) override {}

    void on_settled(message::Receipt& receipt) override {
        require(receipt.fate().kind == message::FateKind::Delivered, "a record was lost");
        if (left_.fetch_sub(1) == 1) {
            const std::scoped_lock lock(mutex_);
            done_.notify_one();
        }
    }

    bool sender_keeps_failures() const override { return false; }

    void begin(int records) { left_ = records; }

    void wait() {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return left_ == 0; });
    }

private:
    std::atomic<int> left_{0};
    std::mutex mutex_;
    std::condition_variable done_;
};

/// Delivers at once what comes; wakes the one who offers.
class Owner final : public LinkOwner {
public:
    bool has_room(std::uint64_t /*bytes*/) override { return true; }

    void arrived(std::uint32_t /*edge*/, message::RecordPtr record) override {
        record->settle(message::Fate::delivered(1));
    }

    void may_offer() override {
        const std::scoped_lock lock(mutex_);
        may_offer_ = true;
        changed_.notify_one();
    }

    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return may_offer_; });
        may_offer_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool may_offer_ = false;
};

struct Worker {
    Worker(const char* self, const char* other, EndpointConfig endpoint_config) {
        PeerConfig config;
        config.dials = !endpoint_config.listens;
        config.self = self;
        config.other = other;
        config.pipeline = "bench";
        config.instance = base::random_u64();
        config.compression = Compression::Off;
        link = std::make_unique<Link>(config, names, budget, owner);
        endpoint = std::make_unique<Endpoint>(std::move(endpoint_config),
                                              std::vector{link.get()},
                                              EndpointServices{context, zap, clock, log});
        require(endpoint->start().ok(), "cannot start an endpoint");
    }

    base::SystemClock clock;
    base::Log log{clock, base::LogLevel::Error};
    message::Interner names;
    message::Budget budget{1U << 30U};
    zmq::SocketContext context;
    zmq::Zap zap{context};
    Owner owner;
    std::unique_ptr<Link> link;
    std::unique_ptr<Endpoint> endpoint;
};

struct Keys {
    KeyPair core = *make_key_pair();
    KeyPair edge = *make_key_pair();
};

class LinkRig {
public:
    explicit LinkRig(const Keys* maybe_keys)
        : core_("core", "edge", core_config(maybe_keys)),
          edge_("edge", "core", edge_config(maybe_keys)),
          payload_(message::copy_of(std::string(kPayload, 'x'), edge_.budget)),
          type_(edge_.names.intern("hl7v2")) {}

    /// Records a second.
    double round() {
        fates_.begin(kRecords);
        const double begun = wall();
        for (int i = 0; i < kRecords; ++i) {
            auto record = std::make_unique<message::Record>(&edge_.budget);
            record->set_payload(payload_);
            record->content_type = type_;
            record->id[0] = static_cast<std::uint64_t>(i);
            record->share = message::Share{new message::Receipt(fates_, 0, 0)};
            while (!edge_.link->offer(0, record)) {
                edge_.owner.wait();
            }
        }
        fates_.wait();
        return kRecords / (wall() - begun);
    }

private:
    static EndpointConfig core_config(const Keys* keys) {
        EndpointConfig config{.listens = true, .address = "tcp://127.0.0.1:*"};
        if (keys != nullptr) {
            config.keys = KeyRing{keys->core, {{"edge", {keys->edge.public_key}}}};
        }
        return config;
    }

    EndpointConfig edge_config(const Keys* keys) const {
        EndpointConfig config{.address = core_.endpoint->address()};
        if (keys != nullptr) {
            config.keys = KeyRing{keys->edge, {{"core", {keys->core.public_key}}}};
        }
        return config;
    }

    Fates fates_;
    Worker core_;
    Worker edge_;
    message::BufferRef payload_;
    std::uint32_t type_;
};

/// PUSH to PULL, a thread each.
class Floor {
public:
    explicit Floor(const Keys* maybe_keys) {
        require(zmq_ctx_set(context_, ZMQ_IO_THREADS, 2) == 0, "context");
        if (maybe_keys != nullptr) {
            const int yes = 1;
            set(pull_, ZMQ_CURVE_SERVER, &yes, sizeof yes);
            set(pull_, ZMQ_CURVE_SECRETKEY, maybe_keys->core.secret_key.reveal());
            set(push_, ZMQ_CURVE_SECRETKEY, maybe_keys->edge.secret_key.reveal());
            set(push_, ZMQ_CURVE_PUBLICKEY, maybe_keys->edge.public_key);
            set(push_, ZMQ_CURVE_SERVERKEY, maybe_keys->core.public_key);
        }
        std::array<char, 256> address{};
        std::size_t size = address.size();
        require(zmq_bind(pull_, "tcp://127.0.0.1:*") == 0, "bind");
        require(zmq_getsockopt(pull_, ZMQ_LAST_ENDPOINT, address.data(), &size) == 0, "address");
        require(zmq_connect(push_, address.data()) == 0, "connect");
    }

    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

    ~Floor() {
        zmq_close(push_);
        zmq_close(pull_);
        zmq_ctx_term(context_);
    }

    double round() {
        const double begun = wall();
        std::jthread sender{[this] {
            const std::string frame(kInFrame * kPayload, 'x');
            for (int i = 0; i < kRecords / kInFrame; ++i) {
                require(zmq_send(push_, frame.data(), frame.size(), 0) >= 0, "send");
            }
        }};
        zmq_msg_t message;
        zmq_msg_init(&message);
        for (int i = 0; i < kRecords / kInFrame; ++i) {
            require(zmq_msg_recv(&message, pull_, 0) >= 0, "receive");
        }
        zmq_msg_close(&message);
        return kRecords / (wall() - begun);
    }

private:
    static void set(void* socket, int option, const void* value, std::size_t size) {
        require(zmq_setsockopt(socket, option, value, size) == 0, "option");
    }

    static void set(void* socket, int option, std::string_view value) {
        set(socket, option, value.data(), value.size());
    }

    void* context_ = zmq_ctx_new();
    void* pull_ = zmq_socket(context_, ZMQ_PULL);
    void* push_ = zmq_socket(context_, ZMQ_PUSH);
};

}  // namespace

int main(int argc, char** argv) {
    const bool has_curve = argc > 1 && std::string_view{argv[1]} == "curve";
    const Keys keys;
    const Keys* const maybe_keys = has_curve ? &keys : nullptr;
    LinkRig rig{maybe_keys};
    Floor floor{maybe_keys};
    rig.round();
    floor.round();
    Rounds rounds;
    for (int i = 0; i < kRounds; ++i) {
        const double measured = rig.round();
        rounds.add(measured, floor.round());
    }
    rounds.print({has_curve ? "link_curve" : "link_plain",
                  0.8,
                  false,
                  "records/s",
                  "records of 1 KiB over a link, settled, against bare libzmq with frames of 64"});
    return 0;
}
