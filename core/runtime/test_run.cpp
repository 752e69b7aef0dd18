#include "runtime/test_run.hpp"

#include "runtime/test_split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace aorta::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_days kDefaultNow{std::chrono::year{2026} / 1 / 1};
constexpr std::size_t kMaxInjected = std::size_t{64} << 20U;
// A timer that is due again at once, for ever, would hang the test.
constexpr int kMostRounds = 100'000;

base::Nanoseconds start_of(const pipeline::TestSpec& test) {
    return test.now ? test.now->time_since_epoch()
                    : base::Nanoseconds{kDefaultNow.time_since_epoch()};
}

Result<std::string> read_whole(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? std::streamoff{file.tellg()} : -1;
    if (size < 0 || static_cast<std::size_t>(size) > kMaxInjected) {
        return Error{ErrorCode::NotFound,
                     size < 0 ? "the file cannot be read" : "the file is larger than 64 MiB",
                     path.native()};
    }
    std::string bytes(static_cast<std::size_t>(size), '\0');
    file.seekg(0);
    file.read(bytes.data(), size);
    return bytes;
}

std::string_view content_type(const pipeline::NodeSpec& source, TestFormat format) {
    const bool is_declared = !source.ports.empty() && !source.ports.front().content_types.empty() &&
                             source.ports.front().content_types.front() != "*";
    if (is_declared) {
        return source.ports.front().content_types.front();
    }
    return format == TestFormat::Lines ? "text" : format == TestFormat::Ndjson ? "json" : "bytes";
}

/// Keys must be the same in each run, also without a secret in the file.
pipeline::PipelineSpec repeatable(pipeline::PipelineSpec spec) {
    if (spec.key.empty()) {
        spec.key = config::Secret{std::string{"key of pipeline tests"}};
    }
    return spec;
}

}  // namespace

TestRun::TestRun(const pipeline::PipelineSpec& spec,
                 const pipeline::TestSpec& test,
                 base::Log& log,
                 TestCoverage& coverage)
    : spec_(spec),
      test_(test),
      log_(log),
      coverage_(coverage),
      result_{test.name, test.at, {}, {}, {}},
      clock_(start_of(test)) {}

TestRun::~TestRun() {
    if (pipeline_) {
        // Before the sources go, which are told of what the sinks still hold.
        static_cast<void>(pipeline_->stop_sinks());
        runner_.run();
    }
}

TestResult TestRun::take_result() {
    return std::move(result_);
}

void TestRun::fail(const config::Position& at, std::string message) {
    result_.failures.push_back({at, std::move(message)});
}

Surroundings TestRun::surroundings() {
    Surroundings around{clock_, log_, metrics_, names_, dead_letters_, runner_, active_, nullptr};
    around.epoch = 1;
    around.source_stub = [this](const pipeline::NodeSpec&, graph::SourceNode&) {
        return std::make_unique<SourceStub>(answers_);
    };
    around.sink_stub = [this](const pipeline::NodeSpec& node, graph::SinkLane& lane) {
        return std::make_unique<SinkStub>(
            node, script_of(node.name), stubbed_[node.name], lane, payloads_[node.name]);
    };
    around.on_settled = [this](std::uint64_t, const message::Fate& fate) {
        if (fate.kind == message::FateKind::Delivered) {
            return;
        }
        ++fates_[fmt::format("{} at `{}`: {}{}{}",
                             message::to_string(fate.kind),
                             spec_.nodes[fate.node].name,
                             fate.reason,
                             fate.where.empty() ? "" : " ",
                             fate.where)];
    };
    around.on_routed = [this](std::uint32_t node, std::uint32_t port, const message::Batch& batch) {
        coverage_.note_port(node, port, batch.size());
    };
    return around;
}

std::vector<StubStep> TestRun::script_of(const std::string& node) {
    std::vector<StubStep> script;
    for (const pipeline::TestStub& stub : test_.stub) {
        if (stub.node != node) {
            continue;
        }
        for (const pipeline::StubOutcome& outcome : stub.outcomes) {
            StubStep& step = script.emplace_back(StubStep{outcome.kind, {}});
            if (!outcome.reply.empty()) {
                auto read = read_whole(spec_.file.parent_path() / outcome.reply);
                if (!read.ok()) {
                    fail(stub.at, fmt::format("{}: {}", read.error().where, read.error().message));
                    continue;
                }
                step.reply = std::move(*read);
            }
        }
    }
    return script;
}

bool TestRun::build() {
    config::Diagnostics diagnostics;
    auto made = Pipeline::create(repeatable(spec_), surroundings(), diagnostics);
    if (made.ok()) {
        pipeline_ = std::move(*made);
        if (pipeline_->start(diagnostics).ok()) {
            return true;
        }
    }
    for (const config::Diagnostic& each : diagnostics.sorted()) {
        fail(each.at, each.message);
    }
    if (result_.failures.empty()) {
        fail(test_.at, "the pipeline did not start");
    }
    return false;
}

void TestRun::run() {
    if (!build()) {
        return;
    }
    for (const pipeline::TestInject& step : test_.inject) {
        if (step.at.empty()) {
            advance(step.advance);
        } else {
            inject(step);
        }
    }
    end();
    coverage_.note_counters(*pipeline_);
    for (const auto& [node, payloads] : payloads_) {
        for (const std::string& payload : payloads) {
            coverage_.note_payload(payload);
        }
    }
}

void TestRun::inject(const pipeline::TestInject& step) {
    std::string bytes = step.text.value_or(std::string{});
    if (!step.file.empty()) {
        auto read = read_whole(spec_.file.parent_path() / step.file);
        if (!read.ok()) {
            fail(step.position, fmt::format("{}: {}", read.error().where, read.error().message));
            return;
        }
        bytes = std::move(*read);
    }
    const pipeline::NodeSpec& source = *spec_.find(step.at);
    const config::Value* option = source.with.find("format");
    const TestFormat format =
        test_format(option == nullptr ? "" : option->text, step.file.native(), bytes);
    for (const std::string& record : split_records(format, bytes)) {
        push(pipeline_->source(step.at),
             pipeline_->context(),
             {record, content_type(source, format), step.file.native()},
             ++injected_);
        settle();
    }
}

/// Runs the lanes, and alarms that are due, until nothing more happens.
void TestRun::settle() {
    runner_.run();
    for (int round = 0; pipeline_->timers().next() <= clock_.steady(); ++round) {
        if (round == kMostRounds) {
            fail(test_.at, "a timer is due again and again at the same time");
            return;
        }
        pipeline_->timers().run_due();
        runner_.run();
    }
}

/// Moves the clock from alarm to alarm, so that each finds the time that it was set to.
void TestRun::advance(base::Nanoseconds time) {
    const base::Nanoseconds until = clock_.steady() + time;
    settle();
    while (result_.failures.empty()) {
        const base::Nanoseconds next =
            std::min({pipeline_->timers().next(), pipeline_->expire_answers(), until});
        clock_.advance(std::max(next - clock_.steady(), 0ns));
        static_cast<void>(pipeline_->expire_answers());
        settle();
        if (next >= until) {
            return;
        }
    }
}

void TestRun::end() {
    for (graph::SegmentLane* lane : pipeline_->segments()) {
        // The lane runs on this thread: it is done when the runner is.
        static_cast<void>(lane->stop());
        settle();
    }
    const delivery::LedgerCounts counts = pipeline_->ledger().counts();
    if (counts.held != 0) {
        std::string where;
        for (const SinkStatus& sink : pipeline_->status().sinks) {
            if (sink.health.waiting != 0) {
                fmt::format_to(std::back_inserter(where),
                               ", {} at `{}`{}",
                               sink.health.waiting,
                               sink.node,
                               sink.health.is_down ? " (" + sink.health.reason + ")" : "");
            }
        }
        fail(test_.at,
             fmt::format("{} of {} records are still held at the end of the test{}",
                         counts.held,
                         counts.in,
                         where));
    }
    if (!counts.balances()) {
        fail(test_.at, "the ledger does not balance; please report this");
    }
}

}  // namespace aorta::runtime
