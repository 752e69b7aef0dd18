// PipelineSpec: a pipeline file, checked and resolved. Plain values, not changed once loaded.
#pragma once

#include "config/descriptor.hpp"
#include "config/secret.hpp"
#include "config/value.hpp"
#include "tables/table.hpp"

#include <aorta/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// The name of the port by which a processor's rejected records leave.
inline constexpr std::string_view kRejectedPort = "rejected";

/// An incoming edge: records of port `port` of node `node`.
struct Edge {
    std::string node;
    std::string port;
    config::Position at = {};
};

enum class AckLevel { None, Received, Durable, Delivered };

/// What a sender is told of invalid data: AE (keep it), AR (sending again will not help), or AA (it
/// has become a dead letter, and that is our business).
enum class OnInvalid { Error, Refuse, Accept };

struct AckSpec {
    AckLevel level = AckLevel::None;
    std::string after = {};  // processor whose verdict the answer waits for; empty: none
    std::string reply = {};  // sink whose peer's answer the sender gets; empty: none
    OnInvalid on_invalid = OnInvalid::Error;
    std::chrono::nanoseconds timeout = std::chrono::seconds(30);
};

/// What happens to a record that a node failed on. Default: what may succeed later is tried again,
/// the rest becomes a dead letter.
enum class OnError { Default, DeadLetter, Drop, Stop, Retry, HoldKey };

/// How a sink tries again. What `attempts` does not name follows from `on_error`.
struct RetrySpec {
    static constexpr std::uint32_t kForever = 0xffffffff;

    std::chrono::nanoseconds first = std::chrono::milliseconds(100);  // pause; then twice as long …
    std::chrono::nanoseconds longest = std::chrono::seconds(30);      // … up to this
    std::uint32_t jitter_percent = 25;                                // less, by chance
    std::map<ErrorCode, std::uint32_t> attempts = {};                 // before a record is given up
    std::uint32_t breaker_after = 0;  // failures in a row that open the breaker; 0: none do
    std::chrono::nanoseconds breaker_pause = std::chrono::seconds(30);  // between probes
};

/// A process of its own for a processor's plugin, and its bounds.
struct IsolationSpec {
    std::int64_t memory_bytes = 512LL << 20;
    std::chrono::nanoseconds deadline = std::chrono::seconds(10);  // of a call
    std::uint32_t attempts = 3;  // so often a record alone may end the process
    config::Position at = {};
};

/// A port of a node, with the content types that may come by it ("*": not known).
struct PortSpec {
    std::string name;
    std::vector<std::string> content_types = {};
};

struct NodeSpec {
    std::string name;
    config::Kind kind = config::Kind::Processor;
    config::Descriptor descriptor = {};  // of its plugin
    std::filesystem::path plugin_path = {};
    std::vector<Edge> from = {};  // empty for sources
    config::Value with = {};      // a map, defaults filled in
    std::vector<PortSpec> ports =
        {};            // by port number, those of `ports_from` included; not `rejected`
    AckSpec ack = {};  // sources
    OnError on_error = OnError::Default;
    bool required = true;                         // sinks
    bool has_outbox = false;                      // sinks: `buffer: disk`
    RetrySpec retry = {};                         // sinks
    std::optional<IsolationSpec> isolation = {};  // processors; none: in the worker itself
    int lanes = 1;
    std::string worker = {};  // that it runs in; empty: the pipeline is not cut
    config::Position at = {};
};

struct WorkerSpec {
    std::string name;
    config::Position at = {};
};

enum class LinkCompression { Adaptive, On, Off };

/// Records go from one worker to another.
struct LinkSpec {
    std::string from;
    std::string to;
    std::string dial;                 // one of them
    std::string address = {};         // where it dials
    std::string listen = {};          // where the other one listens
    bool has_outbox = false;          // `buffer: disk`
    std::filesystem::path keys = {};  // of CURVE, relative to the pipeline's folder; empty: none
    bool is_plaintext = false;
    std::vector<std::string> plaintext_from = {};
    std::string plaintext_reason = {};
    LinkCompression compression = LinkCompression::Adaptive;
    std::chrono::nanoseconds heartbeat = std::chrono::seconds(5);
    config::Position at = {};
};

struct StorageSpec {
    std::filesystem::path path =
        {};                   // relative to the pipeline's folder unless absolute; empty: none
    config::Secret key = {};  // at least 32 bytes; empty: not sealed, or not known (`validate`)
    std::vector<config::Secret> former_keys = {};  // still read what they sealed
    bool is_sealed = false;                        // `key` is given
    bool is_plaintext = false;                     // said, not by omission
    std::int64_t max_bytes = 10LL << 30;           // of journals and outboxes
    std::chrono::nanoseconds keep_dead_letters = std::chrono::hours(24 * 30);
    std::chrono::nanoseconds snapshot_interval{0};  // of plugins' state; 0: none is kept
    config::Position at = {};
};

/// What a stubbed peer answers.
struct StubOutcome {
    enum class Kind { Ok, Fail, Timeout, Refuse };

    Kind kind = Kind::Ok;
    std::filesystem::path reply = {};  // its answer, relative to the pipeline's folder; empty: none

    bool operator==(const StubOutcome&) const = default;
};

struct TestStub {
    std::string node;
    std::vector<StubOutcome> outcomes = {};  // one after the other; the last holds on
    config::Position at = {};
};

/// One step of a test: bytes at a source (from a file or given), or time that passes.
struct TestInject {
    std::string at = {};              // the source; empty: only advance
    std::filesystem::path file = {};  // relative to the pipeline's folder
    std::optional<std::string> text = {};
    std::chrono::nanoseconds advance{0};
    config::Position position = {};
};

/// One expectation: an answer to the sender, or what arrived at a sink (or at "dead_letters").
struct TestExpect {
    std::optional<std::string> ack = {};  // AA, AE, AR, CA, CE, CR, none
    std::string at = {};
    std::optional<std::int64_t> count = {};
    std::vector<std::string> absent = {};  // in the records, or in the reply to the sender
    std::vector<std::string> contains = {};
    std::filesystem::path golden = {};     // relative to the pipeline's folder
    std::vector<std::string> ignore = {};  // paths that the comparison leaves out
    config::Position position = {};
};

struct TestSpec {
    std::string name;
    std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> now = {};
    std::vector<TestStub> stub = {};
    std::vector<TestInject> inject = {};
    std::vector<TestExpect> expect = {};
    config::Position at = {};
};

struct PipelineSpec {
    std::string name;
    std::filesystem::path file = {};
    std::vector<NodeSpec> nodes = {};  // in file order, included ones where they were included
    int lanes = 1;
    std::int64_t budget_bytes = 64LL << 20;
    std::chrono::nanoseconds start_deadline = std::chrono::seconds(30);
    std::chrono::nanoseconds shutdown_grace = std::chrono::seconds(25);
    config::Secret key = {};  // of the keyed hash of patient ids; empty: not given
    StorageSpec storage = {};
    std::vector<tables::TableSpec> tables = {};
    std::vector<TestSpec> tests = {};
    std::vector<WorkerSpec> workers = {};  // empty: the pipeline is not cut
    std::vector<LinkSpec> links = {};
    std::string part = {};  // the worker to be run; empty: all of them in one process

    /// Whether a node runs in the part that is to be run.
    bool is_here(const NodeSpec& node) const { return part.empty() || node.worker == part; }

    /// The link between two workers; null when there is none.
    const LinkSpec* link(std::string_view from, std::string_view to) const;

    /// Null when there is no such node.
    const NodeSpec* find(std::string_view node) const;
};

std::string_view to_string(AckLevel level);
std::string_view to_string(OnError action);

}  // namespace aorta::pipeline
