#include "transport/records.hpp"

#include "transport/tests/samples.hpp"

#include <cstring>

namespace aorta::transport {
namespace {

class LinkRecords : public testing::Test {
protected:
    message::RecordPtr record(std::string_view payload) { return sample_record(budget, payload); }

    message::RecordPtr full_record() {
        message::RecordPtr made = record("MSH|payload");
        made->id[0] = 0xA1;
        made->id[1] = 0xB2;
        made->key = 77;
        made->event_time_ns = -5;
        made->ingest_time_ns = 1'800'000'000'000'000'000;
        made->position = 12;
        made->connection = ~std::uint64_t{0};
        made->children = 3;
        made->content_type = names.intern("hl7v2");
        made->set_attribute(names.intern("peer"), "10.0.0.1:5");
        made->set_attribute(names.intern("file"), "");
        made->rejection = std::make_unique<message::Rejection>(
            message::Rejection{ErrorCode::InvalidData, "hl7.bad", "PID-3", 4});
        message::ViewBlock* view = message::new_view(names.intern("hl7v2.index/1"), 4, &budget);
        std::memcpy(view->data, "view", 4);
        made->set_view(message::ViewRef{view});
        return made;
    }

    message::Budget budget{1U << 30U};
    message::Interner names;
};

TEST_F(LinkRecords, KeepEverythingThatARecordCarries) {
    BodyWriter out{names, 4};
    const Lineage lineage{.is_required = true, .keeps_failures = true, .reply_from = 6};
    const auto bytes = out.add(*full_record(), 9, 65'535, lineage);
    const std::string body = out.take();
    const auto back = read_body(body, 4, 1'000);
    ASSERT_TRUE(back.ok());
    const WireRecord& wire = back->front();
    EXPECT_EQ(wire.sequence, 9);
    EXPECT_EQ(wire.edge, 65'535);
    EXPECT_EQ(wire.lineage, lineage);
    EXPECT_EQ(wire.view_type, "hl7v2.index/1");
    EXPECT_EQ(wire.view, "view");
    EXPECT_EQ(wire.bytes, bytes);

    message::Interner other_names;
    const message::RecordPtr made = make_record(wire, other_names, budget);
    EXPECT_EQ(made->id[0], 0xA1);
    EXPECT_EQ(made->id[1], 0xB2);
    EXPECT_EQ(made->key, 77);
    EXPECT_EQ(made->event_time_ns, -5);
    EXPECT_EQ(made->ingest_time_ns, 1'800'000'000'000'000'000);
    EXPECT_EQ(made->position, 12);
    EXPECT_EQ(made->connection, ~std::uint64_t{0});
    EXPECT_EQ(made->children, 3);
    EXPECT_EQ(other_names.name(made->content_type), "hl7v2");
    EXPECT_EQ(made->attribute(other_names.intern("peer")), "10.0.0.1:5");
    EXPECT_NE(made->attribute(other_names.intern("file")).data(), nullptr);
    ASSERT_TRUE(made->rejection);
    EXPECT_EQ(made->rejection->reason, "hl7.bad");
    EXPECT_EQ(made->rejection->where, "PID-3");
    EXPECT_EQ(made->rejection->node, 4);
    EXPECT_EQ(made->bytes(), "MSH|payload");
}

TEST_F(LinkRecords, SmallOnesOfOnePatientTakeFewBytesBesideIdAndPayload) {
    BodyWriter out{names, 0};
    std::uint64_t last = 0;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        const message::RecordPtr one = record("");
        one->key = 0x1234'5678'9ABC'DEF0;
        one->ingest_time_ns = 1'800'000'000'000'000'000 + static_cast<std::int64_t>(i) * 1'000;
        one->content_type = names.intern("fhir");
        last = *out.add(*one, i, 2, {});
    }
    EXPECT_LE(last, 16 + 12);
}

TEST_F(LinkRecords, EveryCutOfABodyIsRefused) {
    BodyWriter out{names, 0};
    out.add(*full_record(), 1, 0, {});
    const std::string body = out.take();
    for (std::size_t size = 0; size < body.size(); ++size) {
        EXPECT_FALSE(read_body(body.substr(0, size), 0, 1'000).ok()) << size;
    }
    EXPECT_FALSE(read_body(body + "x", 0, 1'000).ok());
}

TEST_F(LinkRecords, LargerThanAllowedIsRefused) {
    BodyWriter out{names, 0};
    const auto bytes = out.add(*record("payload"), 1, 0, {});
    const std::string body = out.take();
    EXPECT_TRUE(read_body(body, 0, *bytes).ok());
    EXPECT_FALSE(read_body(body, 0, *bytes - 1).ok());
}

TEST_F(LinkRecords, ABodyTakesNoMoreThanItsBounds) {
    BodyWriter out{names, 0};
    const message::RecordPtr one = record("");
    std::uint64_t taken = 0;
    while (out.add(*one, taken + 1, 0, {})) {
        ++taken;
    }
    EXPECT_EQ(taken, kMaxRecords);

    BodyWriter named{names, 0};
    for (std::uint64_t i = 0;; ++i) {
        const message::RecordPtr two = record("");
        two->set_attribute(names.intern("name" + std::to_string(i)), "");
        if (!named.add(*two, i + 1, 0, {})) {
            break;
        }
    }
    EXPECT_TRUE(read_body(named.take(), 0, 1'000).ok());
}

}  // namespace
}  // namespace aorta::transport
