#include "runtime/test_stubs.hpp"

#include "base/check.hpp"
#include "message/buffer.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::runtime {

using Step = pipeline::StubOutcome::Kind;

void SerialRunner::run() {
    while (!ready_.empty()) {
        graph::Lane& lane = *ready_.front();
        ready_.pop_front();
        if (lane.run(*this)) {
            ready_.push_back(&lane);
        }
    }
}

void MemoryDeadLetters::store(delivery::Letter letter) {
    letters_.push_back(
        {std::string{letter.record->bytes()}, letter.node, letter.reason, letter.where});
    letter.record->settle(letter.fate());
}

void SourceStub::on_ack(std::uint64_t, const aorta_outcome& outcome) {
    constexpr std::string_view kCodes = "AER-";
    AORTA_CHECK(outcome.kind < kCodes.size());
    answers_.push_back({kCodes[outcome.kind],
                        {outcome.reason.data, outcome.reason.size},
                        {outcome.where.data, outcome.where.size},
                        {outcome.reply.data, outcome.reply.size}});
}

SinkStub::SinkStub(const pipeline::NodeSpec& node,
                   std::vector<StubStep> script,
                   std::size_t& used,
                   graph::SinkLane& lane,
                   std::vector<std::string>& payloads)
    : is_dead_letter_(node.descriptor.id == "dead_letter"),
      script_(std::move(script)),
      used_(used),
      lane_(lane),
      payloads_(payloads) {}

StubStep SinkStub::next() {
    return script_.empty() ? StubStep{} : script_[std::min(used_++, script_.size() - 1)];
}

Result<void> SinkStub::consume(const aorta_batch& batch) {
    for (std::uint32_t i = 0; i < batch.count; ++i) {
        aorta_record* record = batch.records[i];
        const StubStep step = next();
        if (!step.reply.empty()) {
            lane_.reply(record, step.reply);
        }
        switch (step.kind) {
            case Step::Ok:
                payloads_.emplace_back(message::Record::from_abi(record)->bytes());
                if (is_dead_letter_) {
                    lane_.store_dead_letter(record);
                } else {
                    lane_.complete(record, {});
                }
                break;
            case Step::Fail:
                lane_.complete(record, {ErrorCode::Unavailable, "stub.fail"});
                break;
            case Step::Timeout:
                lane_.complete(record, {ErrorCode::Timeout, "stub.timeout"});
                break;
            case Step::Refuse:
                lane_.complete(record, {ErrorCode::InvalidData, "stub.refuse"});
                break;
        }
    }
    return {};
}

void push(graph::SourceNode& source,
          host::NodeContext& context,
          const TestRecord& record,
          std::uint64_t number) {
    message::BufferBlock* payload = message::copy_of(record.payload, context.budget);
    const aorta_attribute file{
        context.names.intern("file"), 0, {record.file.data(), record.file.size()}};
    const aorta_draft draft{.size = sizeof(aorta_draft),
                            .content_type = context.names.intern(record.content_type),
                            .payload = payload,
                            .event_time_ns = 0,
                            .attributes = &file,
                            .attribute_count = record.file.empty() ? 0U : 1U,
                            .position = number,
                            .connection = 1,
                            .cookie = number};
    const aorta_draft* const drafts[] = {&draft};
    source.push(drafts, 1);
}

}  // namespace aorta::runtime
