// What a pipeline test runs in: lanes on this thread, sources and sinks that note what they see.
#pragma once

#include "delivery/dead_letters.hpp"
#include "graph/lane.hpp"
#include "graph/sink_lane.hpp"
#include "graph/source_node.hpp"
#include "pipeline/spec.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::runtime {

/// Runs lanes one after the other on the thread that calls `run`. One thread.
class SerialRunner final : public graph::Runner {
public:
    void post(graph::Lane& lane) override { ready_.push_back(&lane); }

    /// Until no lane has work.
    void run();

private:
    std::deque<graph::Lane*> ready_;
};

/// A letter that a test looks at.
struct TestLetter {
    std::string payload;
    std::string node;
    std::string reason;
    std::string where;
};

/// Keeps letters in memory and settles them at once.
class MemoryDeadLetters final : public delivery::DeadLetters {
public:
    void store(delivery::Letter letter) override;

    std::string trouble() const override { return {}; }

    const std::vector<TestLetter>& letters() const { return letters_; }

private:
    std::vector<TestLetter> letters_;
};

/// An answer that a sender got.
struct TestAnswer {
    char code = 'A';  // A, E, R, or '-' for none
    std::string reason;
    std::string where;
    std::string reply;  // of a sink's peer; empty: none
};

class SourceStub final : public graph::SourceBody {
public:
    explicit SourceStub(std::vector<TestAnswer>& answers) : answers_(answers) {}

    void on_credit() override {}

    void on_ack(std::uint64_t cookie, const aorta_outcome& outcome) override;

    void on_settled(std::uint64_t, const aorta_outcome&) override {}

private:
    std::vector<TestAnswer>& answers_;
};

/// What a stubbed peer does with a record.
struct StubStep {
    pipeline::StubOutcome::Kind kind = pipeline::StubOutcome::Kind::Ok;
    std::string reply;  // its answer; empty: none
};

/// Takes the steps of the script one after the other, the last for ever; notes the payloads of
/// what went well. A dead_letter sink stores what it gets.
class SinkStub final : public graph::Body {
public:
    SinkStub(const pipeline::NodeSpec& node,
             std::vector<StubStep> script,
             std::size_t& used,
             graph::SinkLane& lane,
             std::vector<std::string>& payloads);

    Result<void> consume(const aorta_batch& batch) override;

private:
    StubStep next();

    const bool is_dead_letter_;
    const std::vector<StubStep> script_;
    std::size_t& used_;  // steps taken, by all lanes of the node
    graph::SinkLane& lane_;
    std::vector<std::string>& payloads_;
};

/// What a test pushes into a source.
struct TestRecord {
    std::string_view payload;
    std::string_view content_type;
    std::string_view file;  // attribute `file`; empty: none
};

/// Pushes one record as the source's plugin would.
void push(graph::SourceNode& source,
          host::NodeContext& context,
          const TestRecord& record,
          std::uint64_t number);

}  // namespace aorta::runtime
