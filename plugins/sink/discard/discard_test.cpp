#include "common/testing_host/fake_host.hpp"
#include "common/testing_host/load_plugin.hpp"

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

TEST(Discard, CompletesEveryRecord) {
    const auto* entry = testing_host::load_plugin(AORTA_BUILD_DIR, "sink_discard");
    ASSERT_NE(entry, nullptr);
    FakeHost host;
    aorta_instance* sink = entry->create(host.host().abi(), nullptr, &kErrors);
    ASSERT_NE(sink, nullptr);
    std::vector<aorta_record*> records = {host.make_record({"a"}), host.make_record({"b"})};
    const aorta_batch batch = batch_of(records);

    sink->consume(sink, &batch);

    ASSERT_EQ(host.completed().size(), 2U);
    EXPECT_EQ(host.completed()[1].code, AORTA_OK);
    sink->destroy(sink);
}

}  // namespace
}  // namespace aorta
