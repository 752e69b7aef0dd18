// A link between two workers with records of 1 KiB, each settled by the other side, against bare
// libzmq that carries the same frames (see Floor), in turns; `plain` or `curve`, over tcp on
// loopback.
#include "base/crypto.hpp"
#include "bench/rig.hpp"
#include "transport/endpoint.hpp"

#include <malloc.h>
#include <zmq.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>
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
            batch_.push_back(std::move(record));
            if (batch_.size() == kInFrame || i + 1 == kRecords) {
                offer();
            }
        }
        fates_.wait();
        return kRecords / (wall() - begun);
    }

private:
    void offer() {
        std::span<message::RecordPtr> left = batch_;
        while (!left.empty()) {
            const std::size_t taken = edge_.link->offer(0, left);
            left = left.subspan(taken);
            if (taken == 0) {
                edge_.owner.wait();
            }
        }
        batch_.clear();
    }

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
    message::Batch batch_;
};

/// The same frames over bare libzmq: a DEALER sends frames of 64 records, heads and all, from one
/// buffer; a ROUTER looks at none of it and answers each with a frame as large as one of outcomes.
/// A thread each. A round ends with the last answer.
class Floor {
public:
    explicit Floor(const Keys* maybe_keys) {
        if (maybe_keys != nullptr) {
            const int yes = 1;
            set(router_, ZMQ_CURVE_SERVER, &yes, sizeof yes);
            set(router_, ZMQ_CURVE_SECRETKEY, maybe_keys->core.secret_key.reveal());
            set(dealer_, ZMQ_CURVE_SECRETKEY, maybe_keys->edge.secret_key.reveal());
            set(dealer_, ZMQ_CURVE_PUBLICKEY, maybe_keys->edge.public_key);
            set(dealer_, ZMQ_CURVE_SERVERKEY, maybe_keys->core.public_key);
        }
        std::array<char, 256> address{};
        std::size_t size = address.size();
        require(zmq_bind(router_, "tcp://127.0.0.1:*") == 0, "bind");
        require(zmq_getsockopt(router_, ZMQ_LAST_ENDPOINT, address.data(), &size) == 0, "address");
        require(zmq_connect(dealer_, address.data()) == 0, "connect");
    }

    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

    ~Floor() {
        zmq_close(dealer_);
        zmq_close(router_);
        zmq_ctx_term(dealers_);
        zmq_ctx_term(routers_);
    }

    double round() {
        const double begun = wall();
        std::jthread sender{[this] {
            const std::string frame(kInFrame * (kPayload + kHead), 'x');
            int answers = 0;
            zmq_msg_t answer;
            zmq_msg_init(&answer);
            const auto take = [&](int flags) { return zmq_msg_recv(&answer, dealer_, flags) >= 0; };
            for (int i = 0; i < kFrames; ++i) {
                require(zmq_send(dealer_, frame.data(), frame.size(), 0) >= 0, "send");
                while (take(ZMQ_DONTWAIT)) {
                    ++answers;
                }
            }
            for (; answers < kFrames; ++answers) {
                require(take(0), "receive");
            }
            zmq_msg_close(&answer);
        }};
        const std::string answer(kAnswer, 'x');
        zmq_msg_t from;
        zmq_msg_t frame;
        zmq_msg_init(&from);
        zmq_msg_init(&frame);
        for (int i = 0; i < kFrames; ++i) {
            require(zmq_msg_recv(&from, router_, 0) >= 0, "receive");
            require(zmq_msg_recv(&frame, router_, 0) >= 0, "receive");
            require(zmq_msg_send(&from, router_, ZMQ_SNDMORE) >= 0, "send");
            require(zmq_send(router_, answer.data(), answer.size(), 0) >= 0, "send");
        }
        zmq_msg_close(&frame);
        zmq_msg_close(&from);
        sender.join();
        return kRecords / (wall() - begun);
    }

private:
    static constexpr int kFrames = kRecords / kInFrame;
    static constexpr std::size_t kHead = 30;    // of a record
    static constexpr std::size_t kAnswer = 32;  // outcomes of a frame

    static void set(void* socket, int option, const void* value, std::size_t size) {
        require(zmq_setsockopt(socket, option, value, size) == 0, "option");
    }

    static void set(void* socket, int option, std::string_view value) {
        set(socket, option, value.data(), value.size());
    }

    // One each, as two workers have.
    void* routers_ = zmq_ctx_new();
    void* dealers_ = zmq_ctx_new();
    void* router_ = zmq_socket(routers_, ZMQ_ROUTER);
    void* dealer_ = zmq_socket(dealers_, ZMQ_DEALER);
};

}  // namespace

int main(int argc, char** argv) {
    // As the command sets them (core/app/main.cpp); for the floor, too.
    ::mallopt(M_ARENA_MAX, 4);
    ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
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
    rounds.print(
        {has_curve ? "link_curve" : "link_plain",
         0.8,
         false,
         "records/s",
         "records of 1 KiB over a link, settled, against the same frames over bare libzmq"});
    return 0;
}
