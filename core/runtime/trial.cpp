#include "runtime/trial.hpp"

#include "message/interner.hpp"
#include "runtime/pipeline.hpp"
#include "runtime/test_stubs.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace aorta::runtime {
namespace {

// No node of a pipeline can have these names.
constexpr std::string_view kSource = "(before)";
constexpr std::string_view kSinkPrefix = "(after) ";

/// The processor between a source and a sink for each of its ports.
pipeline::PipelineSpec spec_of(const pipeline::PipelineSpec& whole,
                               const pipeline::NodeSpec& node) {
    pipeline::PipelineSpec spec{.name = whole.name, .file = whole.file, .tables = whole.tables};
    spec.key = whole.key.empty() ? config::Secret{std::string{"key of trials"}} : whole.key;
    spec.nodes.push_back(
        {.name = std::string{kSource}, .kind = config::Kind::Source, .ports = {{.name = "out"}}});
    pipeline::NodeSpec tried = node;
    tried.from = {{.node = std::string{kSource}, .port = "out"}};
    tried.lanes = 1;
    tried.on_error = pipeline::OnError::DeadLetter;
    spec.nodes.push_back(std::move(tried));
    for (const pipeline::PortSpec& port : node.ports) {
        spec.nodes.push_back({.name = std::string{kSinkPrefix} + port.name,
                              .kind = config::Kind::Sink,
                              .from = {{.node = node.name, .port = port.name}}});
    }
    return spec;
}

/// The first content type that the processor takes, with HL7 v2 before others.
std::string content_type_of(const pipeline::NodeSpec& node) {
    const std::vector<std::string>& inputs = node.descriptor.inputs;
    if (inputs.empty() || inputs.front() == "*" ||
        std::find(inputs.begin(), inputs.end(), "hl7v2") != inputs.end()) {
        return "hl7v2";
    }
    return inputs.front();
}

}  // namespace

struct Trial::State {
    State(base::Nanoseconds now, base::Log& used_log) : clock(now), log(used_log) {}

    Surroundings surroundings() {
        Surroundings around{clock, log, metrics, names, dead_letters, runner, active, nullptr};
        around.epoch = 1;
        around.source_stub = [this](const pipeline::NodeSpec&, graph::SourceNode&) {
            return std::make_unique<SourceStub>(answers);
        };
        around.sink_stub = [this](const pipeline::NodeSpec& sink, graph::SinkLane& lane) {
            return std::unique_ptr<graph::Body>(
                new SinkStub(sink, {}, steps, lane, payloads[sink.name]));
        };
        around.on_settled = [this](std::uint64_t, const message::Fate& settled) { fate = settled; };
        return around;
    }

    base::VirtualClock clock;
    base::Log& log;
    metrics::Registry metrics;
    message::Interner names;
    base::BusyCount active;
    SerialRunner runner;
    MemoryDeadLetters dead_letters;
    std::vector<TestAnswer> answers;
    std::map<std::string, std::vector<std::string>, std::less<>> payloads;  // by sink
    message::Fate fate;
    std::string content_type;
    std::uint64_t count = 0;
    std::size_t steps = 0;  // of the sinks, which have no script
    std::unique_ptr<Pipeline> pipeline;
};

Trial::Trial(std::unique_ptr<State> state) : state_(std::move(state)) {}

Trial::~Trial() {
    if (state_->pipeline) {
        for (graph::SegmentLane* lane : state_->pipeline->segments()) {
            static_cast<void>(lane->stop());
        }
        state_->runner.run();
        static_cast<void>(state_->pipeline->stop_sinks());
        state_->runner.run();
    }
}

Result<std::unique_ptr<Trial>> Trial::create(const pipeline::PipelineSpec& spec,
                                             const pipeline::NodeSpec& node,
                                             base::Nanoseconds now,
                                             base::Log& log,
                                             config::Diagnostics& diagnostics) {
    std::unique_ptr<Trial> trial{new Trial(std::make_unique<State>(now, log))};
    State& state = *trial->state_;
    state.content_type = content_type_of(node);
    auto made = Pipeline::create(spec_of(spec, node), state.surroundings(), diagnostics);
    if (!made.ok()) {
        return made.error();
    }
    state.pipeline = std::move(*made);
    if (const Result<void> started = state.pipeline->start(diagnostics); !started.ok()) {
        return started.error();
    }
    return trial;
}

TrialResult Trial::run(std::string_view payload, std::string_view file) {
    State& state = *state_;
    for (auto& [sink, payloads] : state.payloads) {
        payloads.clear();
    }
    state.fate = {};
    push(state.pipeline->source(kSource),
         state.pipeline->context(),
         {payload, state.content_type, file},
         ++state.count);
    state.runner.run();
    TrialResult result;
    for (auto& [sink, payloads] : state.payloads) {
        for (std::string& each : payloads) {
            result.records.push_back({sink.substr(kSinkPrefix.size()), std::move(each)});
        }
    }
    if (state.fate.kind != message::FateKind::Delivered) {
        result.fate = message::to_string(state.fate.kind);
        result.reason = state.fate.reason;
        result.where = state.fate.where;
    }
    return result;
}

}  // namespace aorta::runtime
