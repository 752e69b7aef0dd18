// What a node's plugin gets from its host, and what the engine gets of it.
#include "host/node_host.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace aorta::host {
namespace {

aorta_str str(std::string_view text) {
    return {text.data(), text.size()};
}

struct Services final : NodeServices {
    void complete(aorta_record* /*record*/, Completion completion) override {
        completions.push_back(std::move(completion));
    }

    void refuse(const aorta_draft& /*draft*/, const Completion& why) override {
        completions.push_back(why);
    }

    void misbehaved(std::string_view what) override { complaints.emplace_back(what); }

    std::vector<Completion> completions;
    std::vector<std::string> complaints;
};

struct NodeHostTest : testing::Test {
    message::Budget budget{1 << 20};
    message::Interner names;
    base::SystemClock clock;
    base::Log log{clock};
    metrics::Registry metrics;
    NodeContext context{budget, names, clock, log, metrics, "p", {}};
    Services services;
    NodeHost host{context, "send", services};
    const aorta_host* abi = host.abi();
};

TEST_F(NodeHostTest, WithoutMemoryThereIsNoBufferAndNothingIsCharged) {
    constexpr std::uint64_t kNoMachineHasIt = std::uint64_t{1} << 50U;
    const message::RecordPtr record =
        make_record(context, aorta_draft{.size = sizeof(aorta_draft)}, nullptr);
    const std::uint64_t before = budget.used();
    EXPECT_EQ(abi->buffer_new(abi, kNoMachineHasIt), nullptr);
    EXPECT_EQ(abi->try_buffer(abi, kNoMachineHasIt), nullptr);
    EXPECT_EQ(abi->new_view(abi, record.get(), abi->intern(abi, str("v/1")), kNoMachineHasIt),
              nullptr);
    EXPECT_EQ(budget.used(), before);
}

TEST_F(NodeHostTest, KeepsReasonsToThoseThatThePluginDeclares) {
    services.declare(Reasons{{{.id = "peer.refused"}}});
    abi->complete(abi, nullptr, AORTA_DENIED, str("peer.refused"), str("MSA-1"), 7);
    abi->complete(abi, nullptr, AORTA_DENIED, str("Jane Roe is unknown"), {}, -7);
    abi->complete(abi, nullptr, AORTA_OK, {}, {}, 0);
    ASSERT_EQ(services.completions.size(), 3U);
    EXPECT_EQ(services.completions[0].reason, "peer.refused");
    EXPECT_EQ(services.completions[0].where, "MSA-1");
    EXPECT_EQ(services.completions[0].retry_after.count(), 7);
    EXPECT_EQ(services.completions[1].reason, "plugin.undeclared_reason");
    EXPECT_EQ(services.completions[1].retry_after.count(), 0);
    EXPECT_EQ(services.completions[2].reason, "");
}

}  // namespace
}  // namespace aorta::host
