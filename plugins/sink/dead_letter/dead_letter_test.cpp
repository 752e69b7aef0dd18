#include "common/testing_host/fake_host.hpp"
#include "common/testing_host/load_plugin.hpp"

#include <aorta/ext/dead_letters.h>

#include <gtest/gtest.h>

namespace aorta {
namespace {

using testing_host::FakeHost;

void ignore(const aorta_diagnostics* /*self*/, const aorta_value* /*at*/, aorta_str /*message*/) {}

constexpr aorta_diagnostics kErrors{sizeof(aorta_diagnostics), nullptr, ignore, ignore};

aorta_batch batch_of(std::vector<aorta_record*>& records) {
    return {sizeof(aorta_batch),
            static_cast<std::uint32_t>(records.size()),
            records.data(),
            nullptr,
            nullptr};
}

class DeadLetterTest : public ::testing::Test {
protected:
    void SetUp() override {
        entry_ = testing_host::load_plugin(AORTA_BUILD_DIR, "sink_dead_letter");
        ASSERT_NE(entry_, nullptr);
    }

    FakeHost host_;
    const aorta_plugin_entry* entry_ = nullptr;
};

TEST_F(DeadLetterTest, StoresEveryRecordAndLeavesTheCompletionToTheHost) {
    aorta_instance* sink = entry_->create(host_.host().abi(), nullptr, &kErrors);
    ASSERT_EQ(sink->start(sink, &kErrors), std::uint32_t{AORTA_OK});
    std::vector<aorta_record*> records = {host_.make_record({"a"}), host_.make_record({"b"})};
    const aorta_batch batch = batch_of(records);

    sink->consume(sink, &batch);

    EXPECT_EQ(host_.dead_letters(), 2U);
    EXPECT_TRUE(host_.completed().empty());
    sink->destroy(sink);
}

TEST_F(DeadLetterTest, AHostWithoutDeadLettersFailsTheStart) {
    host_.hide_extension(AORTA_EXT_DEAD_LETTERS);
    aorta_instance* sink = entry_->create(host_.host().abi(), nullptr, &kErrors);
    EXPECT_EQ(sink->start(sink, &kErrors), std::uint32_t{AORTA_UNAVAILABLE});
    sink->destroy(sink);
}

}  // namespace
}  // namespace aorta
