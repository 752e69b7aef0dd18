// Four connections as the engine's lanes use them, and a peer that fails at random: the messages of
// a key never overtake each other, and none is lost.
#include "client_rig.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <random>

namespace aorta::plugins::mllp::test {
namespace {

constexpr int kMessages = 5000;
constexpr int kKeys = 40;
constexpr std::size_t kConnections = 4;
constexpr std::size_t kBatch = 64;

/// Takes messages "KEY-NUMBER" on any number of connections; notes those that it accepts.
class UnreliablePeer {
public:
    explicit UnreliablePeer(net::Acceptor& acceptor) : acceptor_(acceptor) {}

    ~UnreliablePeer() {
        is_over_ = true;
        Peer::to(acceptor_.address());
    }

    UnreliablePeer(const UnreliablePeer&) = delete;
    UnreliablePeer& operator=(const UnreliablePeer&) = delete;

    std::map<int, std::vector<int>> accepted() {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }

    int faults() {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

private:
    void run() {
        std::vector<std::jthread> connections;
        while (!is_over_) {
            connections.emplace_back(
                [this, peer = aorta::testing::accept(acceptor_)]() mutable { serve(peer); });
        }
    }

    void serve(Peer& peer) {
        std::string frame = peer.receive_frame();
        while (!frame.empty() && answer_one(peer, frame)) {
            frame = peer.receive_frame();
        }
    }

    bool answer_one(Peer& peer, const std::string& frame) {
        const std::size_t at = frame.find("|ORU^R01|") + 9;
        const std::string id = frame.substr(at, frame.find('|', at) - at);
        const int fate = draw();
        if (fate == 0) {
            peer.send(answer("AE", id));
            return true;
        }
        if (fate == 1) {
            return false;  // before the answer
        }
        if (fate == 2) {
            peer.send(answer("AA", id + "x"));
            return true;
        }
        const std::lock_guard lock(mutex_);
        std::vector<int>& numbers = accepted_[std::stoi(id)];
        const int number = std::stoi(id.substr(id.find('-') + 1));
        if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
            numbers.push_back(number);  // not again when only the answer was lost
        }
        if (fate == 3) {
            peer.send(answer("AA", id).substr(0, 20));
            return false;
        }
        peer.send(answer("AA", id));
        return true;
    }

    /// 0 to 3 is a fault, one in twenty.
    int draw() {
        const std::lock_guard lock(mutex_);
        const int drawn = std::uniform_int_distribution<int>{0, 79}(random_);
        faults_ += drawn < 4 ? 1 : 0;
        return drawn;
    }

    net::Acceptor& acceptor_;
    std::mutex mutex_;  // guards what follows
    std::mt19937 random_{4711};
    std::map<int, std::vector<int>> accepted_;
    int faults_ = 0;
    std::atomic<bool> is_over_{false};
    std::jthread thread_{[this] { run(); }};
};

/// A lane of the engine: batches in order, what may succeed later goes to the front again.
void run_lane(FakeHost& host, Client& client, std::deque<Delivery> waiting) {
    while (!waiting.empty()) {
        const std::size_t count = std::min(waiting.size(), kBatch);
        const std::vector<Delivery> batch(waiting.begin(),
                                          waiting.begin() + static_cast<std::ptrdiff_t>(count));
        client.deliver(batch);
        std::deque<Delivery> again;
        for (const Delivery& delivery : batch) {
            const ErrorCode code = host.last_code(delivery);
            EXPECT_TRUE(code == ErrorCode::Ok || retryable(code));
            if (code != ErrorCode::Ok) {
                again.push_back(delivery);
            }
        }
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
        waiting.insert(waiting.begin(), again.begin(), again.end());
    }
}

TEST_F(ClientTest, MessagesOfAKeyKeepTheirOrderOverManyConnectionsAndFaults) {
    config_.policy[Cause::AE] = {Action::Hold, 0, Action::DeadLetter};
    make_client();
    std::mt19937 random{42};
    std::vector<std::deque<Delivery>> lanes(kConnections);
    std::map<int, int> sent;
    for (int i = 0; i < kMessages; ++i) {
        const int key = std::uniform_int_distribution<int>{1, kKeys}(random);
        const std::string id = std::to_string(key) + "-" + std::to_string(sent[key]++);
        lanes[static_cast<std::size_t>(key) % kConnections].push_back(host_.delivery(message(id)));
    }
    std::map<int, std::vector<int>> accepted;
    int faults = 0;
    {
        UnreliablePeer peer{acceptor_};
        {
            std::vector<std::jthread> threads;
            for (const std::deque<Delivery>& lane : lanes) {
                threads.emplace_back([&] {
                    Client client(host_.host(), config_);
                    run_lane(host_, client, lane);
                });
            }
        }
        accepted = peer.accepted();
        faults = peer.faults();
    }
    EXPECT_GT(faults, kMessages / 40);
    EXPECT_EQ(accepted.size(), sent.size());
    for (const auto& [key, numbers] : accepted) {
        EXPECT_EQ(numbers.size(), static_cast<std::size_t>(sent[key])) << "key " << key;
        EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << "key " << key;
    }
}

}  // namespace
}  // namespace aorta::plugins::mllp::test
