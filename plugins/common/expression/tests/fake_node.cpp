#include "common/expression/tests/fake_node.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace aorta::expression::testing {

namespace {

std::string joined(std::string_view word, aorta_str reason) {
    return std::string{word} + " " + std::string{from_abi(reason)};
}

}  // namespace

FakeNode::FakeNode(const aorta_value* options) {
    fill_host();
    fill_out();
    Reports reports;
    const aorta_diagnostics abi = reports.abi();
    instance_ = aorta_plugin.create(&host_, options, &abi);
    for (const Report& error : reports.errors) {
        ADD_FAILURE() << error.message;
    }
}

Deeds FakeNode::process(Input input) {
    Stored& stored = records_.emplace_back(Stored{.input = std::move(input)});
    const std::string& payload = stored.input.payload;
    stored.record = {.size = sizeof(aorta_record),
                     .content_type = intern(stored.input.content_type),
                     .data = reinterpret_cast<const std::uint8_t*>(payload.data()),
                     .length = payload.size(),
                     .key = stored.input.key,
                     .id = {0, records_.size()}};
    hl7::IndexBuilder builder;
    if (stored.input.is_decoded && builder.build(payload)) {
        stored.block.resize(builder.block_size() / 8 + 1);
        builder.copy_to(stored.block.data());
        stored.view = {
            sizeof(aorta_view), intern(hl7::kIndexView), stored.block.data(), builder.block_size()};
        stored.record.view = &stored.view;
    }
    deeds_.clear();
    current_ = &stored.record;
    std::uint8_t verdict = AORTA_NO_VERDICT;
    const aorta_batch batch{sizeof(aorta_batch), 1, &current_, &verdict, &out_};
    instance_->process(instance_, &batch);
    if (verdict == AORTA_PASS) {
        tell("pass 0");
    } else if (verdict == AORTA_EMITTED) {
        tell("emitted");
    } else if (verdict == AORTA_ABSORB) {
        tell("absorbed");
    }
    return deeds_;
}

Deeds FakeNode::advance(Nanoseconds by) {
    deeds_.clear();
    now_ns_ += by.count();
    if (timer_ns_ <= now_ns_) {
        timer_ns_ = INT64_MAX;
        instance_->on_timer(instance_, &out_, now_ns_);
    }
    return deeds_;
}

Deeds FakeNode::stop() {
    deeds_.clear();
    instance_->stop(instance_, &out_);
    return deeds_;
}

void FakeNode::fill_host() {
    static const aorta_clock kClock{sizeof(aorta_clock),
                                    [](const aorta_host* host) { return of(host).now_ns_; },
                                    [](const aorta_host* host) { return of(host).now_ns_; }};
    static const aorta_timer kTimer{
        sizeof(aorta_timer), [](const aorta_host* host, int64_t at) { of(host).timer_ns_ = at; }};
    static const aorta_metrics kMetrics{
        sizeof(aorta_metrics),
        [](const aorta_host* host, aorta_str name) { return of(host).intern(from_abi(name)); },
        [](const aorta_host* host, uint32_t counter, uint64_t n) {
            of(host).counters_[counter] += n;
        }};
    host_.size = sizeof(aorta_host);
    host_.data = this;
    host_.get_extension = [](const aorta_host*, const char* id) -> const void* {
        const std::string_view name{id};
        if (name == AORTA_EXT_CLOCK) {
            return &kClock;
        }
        if (name == AORTA_EXT_TIMER) {
            return &kTimer;
        }
        return name == AORTA_EXT_METRICS ? &kMetrics : nullptr;
    };
    host_.intern = [](const aorta_host* host, aorta_str name) {
        return of(host).intern(from_abi(name));
    };
    host_.buffer_new = [](const aorta_host*, uint64_t capacity) {
        return new aorta_buffer{new std::uint8_t[capacity + AORTA_PADDING]{}, 0, capacity};
    };
    host_.buffer_free = [](const aorta_host*, aorta_buffer* buffer) {
        delete[] buffer->data;
        delete buffer;
    };
    host_.attribute = [](const aorta_host* host, const aorta_record*, uint32_t name) {
        const auto found = of(host).attributes.find(name);
        return found == of(host).attributes.end() ? aorta_str{} : to_abi(found->second);
    };
}

void FakeNode::tell_draft(const char* word, std::uint32_t port, const aorta_draft& draft) {
    std::string deed = std::string{word} + " " + std::to_string(port);
    if (draft.payload != nullptr) {
        EXPECT_EQ(draft.content_type, intern("alert"));
        deed += " ";
        deed.append(reinterpret_cast<const char*>(draft.payload->data), draft.payload->length);
        host_.buffer_free(&host_, draft.payload);
    }
    tell(std::move(deed));
}

void FakeNode::fill_out() {
    out_.size = sizeof(aorta_out);
    out_.data = this;
    out_.pass = [](const aorta_out* out, uint32_t, uint32_t port) {
        of(out).tell("pass " + std::to_string(port));
    };
    out_.drop = [](const aorta_out* out, uint32_t, aorta_str reason, aorta_str) {
        of(out).tell(joined("drop", reason));
    };
    out_.reject = [](const aorta_out* out, uint32_t, aorta_str reason, aorta_str) {
        of(out).tell(joined("reject", reason));
    };
    out_.fail = [](const aorta_out* out, uint32_t, uint32_t, aorta_str reason, aorta_str) {
        of(out).tell(joined("fail", reason));
    };
    out_.absorb = [](const aorta_out* out, uint32_t) { return of(out).current_; };
    out_.emit = [](const aorta_out* out, uint32_t, uint32_t port, const aorta_draft* draft) {
        of(out).tell_draft("emit", port, *draft);
    };
    out_.emit_held = [](const aorta_out* out,
                        aorta_record* const* parents,
                        uint32_t,
                        uint32_t port,
                        const aorta_draft* draft) {
        of(out).tell_draft(
            ("emit from " + std::to_string(parents[0]->id[1]) + " by").c_str(), port, *draft);
    };
    out_.resolve = [](const aorta_out* out,
                      aorta_record* held,
                      uint32_t verdict,
                      uint32_t,
                      aorta_str,
                      aorta_str) {
        EXPECT_EQ(verdict, AORTA_EMITTED);
        of(out).tell("resolve " + std::to_string(held->id[1]));
    };
}

}  // namespace aorta::expression::testing
