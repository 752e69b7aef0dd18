// Where records go when they leave a node: its ports' edges, copied at fan-outs, split into lanes.
#pragma once

#include "delivery/dead_letters.hpp"
#include "graph/lane.hpp"
#include "pipeline/spec.hpp"
#include "spool/spool.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aorta::graph {

/// The records of the past that a way needs for the state that lies on it: of each journal (its
/// stream) those from a sequence on.
using PastNeed = std::map<spool::StreamId, std::uint64_t>;

/// Ends the records of the past that nobody needs behind here. True when there were any.
bool end_past(const PastNeed& need, message::Batch& batch);

/// One edge: the lanes of a node (records of a key always take the same one).
struct Target {
    std::vector<Lane*> lanes;
    bool is_required = true;            ///< false: a sink that the sender does not wait for
    std::optional<PastNeed> past = {};  ///< none: all go that way, as nothing is of the past
};

/// The edges of a pipeline. Filled before the start, then only read. [any thread]
class Router {
public:
    explicit Router(delivery::DeadLetters& dead_letters) : dead_letters_(dead_letters) {}

    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// Adds an edge. Ports are numbered; kRejected is the port of refused records.
    static constexpr std::uint32_t kRejected = 0xffffffff;
    void connect(std::uint32_t node, std::uint32_t port, Target target);
    void name(std::uint32_t node, std::string name);

    /// Told of what is about to leave by a port (node, port, records), but for port 0 inside a
    /// segment. Set it before the start; nobody is told unless it is. [any thread]
    using Observer = std::function<void(std::uint32_t, std::uint32_t, const message::Batch&)>;

    void observe(Observer observer) { observer_ = std::move(observer); }

    const std::string& name_of(std::uint32_t node) const { return nodes_[node].name; }

    /// Sends records (moved out) on by a port. What nobody listens to is filtered(unrouted).
    void deliver(std::uint32_t node,
                 std::uint32_t port,
                 message::Batch& batch,
                 Runner& runner) const;
    /// Along one edge: a record goes to the lane of its key, or of its connection.
    static void send(const Target& target, message::Batch& batch, Runner& runner);
    /// A refused record: to the `rejected` port, else to the dead letters. Its rejection is set.
    void reject(message::RecordPtr record, Runner& runner) const;
    /// To the pipeline's dead letters.
    void dead_letter(message::RecordPtr record,
                     std::uint32_t node,
                     ErrorCode code,
                     std::string reason,
                     std::string where) const;

    /// A record that a node could not work on, for good: what `action` says, else to those who keep
    /// it, else to the dead letters.
    void fail(message::RecordPtr record, pipeline::OnError action, message::Fate failed) const;

    /// Called with the reason when a failure is to stop the pipeline. Set it before the start.
    void on_stop(std::function<void(const std::string&)> stop) { stop_ = std::move(stop); }

private:
    struct Node {
        std::string name;
        std::vector<std::vector<Target>> ports;
        std::vector<Target> rejected;
    };

    const std::vector<Target>* targets(std::uint32_t node, std::uint32_t port) const;

    void note(std::uint32_t node, std::uint32_t port, const message::Batch& batch) const {
        if (observer_) {
            observer_(node, port, batch);
        }
    }

    delivery::DeadLetters& dead_letters_;
    Observer observer_;
    std::function<void(const std::string&)> stop_ = [](const std::string&) {};
    std::vector<Node> nodes_;
};

/// The id of a record's child: the same after a replay, different for each branch.
void set_child_id(message::Record& child,
                  const message::Record& parent,
                  std::uint32_t node,
                  std::uint32_t port,
                  std::uint64_t index);

}  // namespace aorta::graph
