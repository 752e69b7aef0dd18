// Two workers with real sockets, for the tests of endpoints.
#pragma once

#include "base/crypto.hpp"
#include "transport/endpoint.hpp"
#include "transport/tests/samples.hpp"

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aorta::transport {

/// A folder with mode 0700 that goes with the test.
class PrivateFolder {
public:
    PrivateFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "aorta-link-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }

    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;

    ~PrivateFolder() { std::filesystem::remove_all(path); }

    std::filesystem::path path;
};

/// Waits for what other threads bring about. False after 20 s.
inline bool eventually(const std::function<bool()>& claim) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!claim()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
}

class QuietLog final : public base::Log {
public:
    using base::Log::Log;

private:
    void emit(std::string_view /*line*/) override {}
};

/// A pipeline that keeps what comes, or delivers it at once.
class SamplePipeline final : public LinkOwner {
public:
    bool has_room(std::uint64_t /*bytes*/) override { return has_room_now; }

    void arrived(std::uint32_t /*edge*/, message::RecordPtr record) override {
        const std::scoped_lock lock(mutex_);
        payloads_.emplace_back(record->bytes());
        if (delivers) {
            record->settle(message::Fate::delivered(1));
        } else {
            kept_.push_back(std::move(record));
        }
    }

    void may_offer() override { ++offers; }

    std::size_t count() const {
        const std::scoped_lock lock(mutex_);
        return payloads_.size();
    }

    std::vector<std::string> payloads() const {
        const std::scoped_lock lock(mutex_);
        return payloads_;
    }

    void deliver_kept() {
        const std::scoped_lock lock(mutex_);
        for (const auto& record : kept_) {
            record->settle(message::Fate::delivered(1));
        }
        kept_.clear();
    }

    std::atomic<bool> delivers{true};
    std::atomic<bool> has_room_now{true};
    std::atomic<int> offers{0};

private:
    mutable std::mutex mutex_;
    std::vector<std::string> payloads_;
    std::vector<message::RecordPtr> kept_;
};

/// Counts fates from the link's thread.
class FateCounter final : public message::Settler {
public:
    void on_after(message::Receipt& /*receipt*/) override {}

    void on_required_settled(message::Receipt& /*receipt*/) override { ++required; }

    void on_settled(message::Receipt& receipt) override {
        ++(receipt.fate().kind == message::FateKind::Delivered ? delivered : others);
    }

    bool sender_keeps_failures() const override { return false; }

    std::atomic<int> required{0};
    std::atomic<int> delivered{0};
    std::atomic<int> others{0};
};

/// One process, but for its process.
class Worker {
public:
    Worker(std::string self, std::string other, EndpointConfig endpoint_config)
        : self_(std::move(self)), other_(std::move(other)), config_(std::move(endpoint_config)) {
        PeerConfig config;
        config.dials = !config_.listens;
        config.self = self_;
        config.other = other_;
        config.pipeline = "results";
        config.instance = base::random_u64();
        config.heartbeat = std::chrono::milliseconds{200};
        link = std::make_unique<Link>(config, names, budget, pipeline);
        endpoint = std::make_unique<Endpoint>(
            config_, std::vector{link.get()}, EndpointServices{context, zap, clock, log});
    }

    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    ~Worker() {
        endpoint.reset();
        pipeline.deliver_kept();
    }

    bool offer(std::string_view payload) {
        message::RecordPtr record = sample_record(budget, payload);
        record->share = message::Share{new message::Receipt(fates, 0, ++offered_)};
        record->id[0] = offered_;
        while (!link->offer(0, record)) {
            const int offers = pipeline.offers;
            if (!eventually([&] { return pipeline.offers != offers || !link->status().is_up; })) {
                return false;
            }
        }
        return true;
    }

    base::SystemClock clock;
    QuietLog log{clock};
    message::Interner names;
    message::Budget budget{1U << 30U};
    zmq::SocketContext context;
    zmq::Zap zap{context};
    FateCounter fates;
    SamplePipeline pipeline;
    std::unique_ptr<Link> link;
    std::unique_ptr<Endpoint> endpoint;

private:
    std::string self_;
    std::string other_;
    EndpointConfig config_;
    std::uint64_t offered_ = 0;
};

}  // namespace aorta::transport
