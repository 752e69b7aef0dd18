// Two peers, a network that misbehaves, a pipeline behind one of them and a durable source behind
// the other.
#pragma once

#include "transport/peer.hpp"
#include "transport/tests/samples.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace aorta::transport {

/// `edge` dials and sends, `core` listens and receives. Time stands still until `advance`.
class World {
public:
    explicit World(std::uint64_t seed = 1) : chance(seed) {
        start_edge();
        start_core();
    }

    void start_edge() {
        edge.reset();
        to_core.clear();
        to_edge.clear();
        settler = std::make_unique<SampleSettler>();
        edge = std::make_unique<Peer>(config(true), names, budget);
    }

    void start_core() {
        core.reset();
        to_core.clear();
        to_edge.clear();
        in_pipeline.clear();
        entered.clear();
        core = std::make_unique<Peer>(config(false), names, budget);
    }

    /// A record whose payload is its number.
    void offer(std::uint64_t number, std::uint32_t edge_number = 0) {
        message::RecordPtr record = sample_record(budget, std::to_string(number));
        record->id[0] = number;
        record->share = settler->open(number);
        if (share_is_optional) {
            record->share.make_optional();
        }
        edge->outgoing().offer(edge_number, std::move(record));
    }

    /// All frames that the peers have to send are on their way.
    void flush() {
        if (edge->takes_new_connection()) {
            cut();
        }
        while (auto frame = edge->next_frame(now)) {
            to_core.push_back(std::move(*frame));
        }
        while (auto frame = core->next_frame(now)) {
            to_edge.push_back(std::move(*frame));
        }
    }

    bool deliver(std::deque<std::string>& line, Peer& to) {
        if (line.empty()) {
            return false;
        }
        const std::string frame = std::move(line.front());
        line.pop_front();
        to.on_frame(frame, now);
        return true;
    }

    /// Until nobody has anything to say.
    void settle_down() {
        do {
            flush();
        } while (deliver(to_core, *core) || deliver(to_edge, *edge));
    }

    void cut() {
        to_core.clear();
        to_edge.clear();
    }

    void advance(base::Nanoseconds by) {
        now += by;
        edge->on_time(now);
        core->on_time(now);
    }

    /// The pipeline of `core` takes a record.
    std::optional<std::uint64_t> take_one() {
        const WireRecord* record = core->incoming().front();
        if (record == nullptr) {
            return {};
        }
        const std::uint64_t number = record->id[0];
        entered.push_back(number);
        in_pipeline.emplace_back(core->incoming().pop(), number);
        return number;
    }

    void settle(std::size_t index, message::FateKind kind = message::FateKind::Delivered) {
        const auto [ticket, number] = in_pipeline[index];
        in_pipeline.erase(in_pipeline.begin() + static_cast<std::ptrdiff_t>(index));
        last_fate[number] = kind;
        core->incoming().happened(ticket, {.fate = {kind, ErrorCode::Ok, "r", {}, 1}});
    }

    PeerConfig config(bool is_edge) {
        PeerConfig made = base_config;
        made.dials = is_edge;
        made.self = is_edge ? "edge" : "core";
        made.other = is_edge ? "core" : "edge";
        made.pipeline = "results";
        made.instance = ++last_instance;
        return made;
    }

    std::mt19937_64 chance;
    PeerConfig base_config = {};
    bool share_is_optional = false;
    std::uint64_t last_instance = 0;
    base::Nanoseconds now{std::chrono::seconds{1}};
    message::Interner names;
    message::Budget budget{1U << 30U};
    std::unique_ptr<SampleSettler> settler;
    std::unique_ptr<Peer> edge;
    std::unique_ptr<Peer> core;
    std::deque<std::string> to_core;
    std::deque<std::string> to_edge;
    std::vector<std::pair<Incoming::Ticket, std::uint64_t>> in_pipeline;
    std::vector<std::uint64_t> entered;  ///< this instance of `core`'s pipeline
    std::map<std::uint64_t, message::FateKind> last_fate;
};

}  // namespace aorta::transport
