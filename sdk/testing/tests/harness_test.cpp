// The harness from the view of a plugin's author: a plugin in this very file, run and looked at.
#include <aorta/sdk.hpp>
#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

constexpr aorta::Reason kReasons[] = {{"test.empty", "nothing in it"}, {"test.broken", "broken"}};
constexpr aorta::Port kPorts[] = {{}, {.name = "words", .content_type = "text"}};
constexpr aorta::Option kOptions[] = {
    {.name = "hold", .type = aorta::Type::Duration, .default_value = "5s"}};
constexpr aorta::Descriptor kDescriptor = {.id = "test",
                                           .kind = aorta::Kind::Processor,
                                           .summary = "Does one of everything",
                                           .inputs = "text",
                                           .outputs = kPorts,
                                           .concurrency = aorta::Concurrency::Serial,
                                           .reasons = kReasons,
                                           .options = kOptions};

/// Does what the payload says.
class Test final : public aorta::Processor {
public:
    Test(const aorta::Options& options, aorta::Host host)
        : host_(host), hold_(options["hold"].duration()), note_(host.intern("note")) {}

    aorta::Verdict process(aorta::Record& record, aorta::Out& out) override {
        const std::string_view text = record.payload();
        if (text.empty()) {
            return aorta::Verdict::drop("test.empty");
        }
        if (text == "fail") {
            return aorta::Verdict::fail(aorta::ErrorCode::Unavailable, "test.broken", "byte 0");
        }
        if (text == "hold") {
            held_ = out.absorb();
            host_.set_timer(host_.steady() + hold_);
            return aorta::Verdict::absorbed();
        }
        if (text == "emit") {
            aorta::Draft draft;
            draft.payload = host_.buffer("word");
            out.emit(1, std::move(draft));
            return aorta::Verdict::emitted();
        }
        record.set_attribute(note_, "seen");
        record.set_payload(host_.buffer("<" + std::string(text) + ">"));
        return aorta::Verdict::pass();
    }

    void on_timer(aorta::Out& out, aorta::Nanoseconds /*steady*/) override { drain(out); }

    void drain(aorta::Out& out) override {
        if (held_) {
            out.resolve(*std::exchange(held_, std::nullopt), aorta::Verdict::pass());
        }
    }

private:
    aorta::Host host_;
    aorta::Nanoseconds hold_;
    std::uint32_t note_;
    std::optional<aorta::Record> held_;
};

}  // namespace

AORTA_PLUGIN(Test, kDescriptor);

namespace aorta::testing {
namespace {

std::unique_ptr<Harness> open(std::string_view options = "{}") {
    auto harness = Harness::open(aorta_plugin, options);
    EXPECT_TRUE(harness.ok()) << harness.error().message;
    return std::move(harness).value();
}

TEST(Harness, ShowsWhatAProcessorMadeOfARecord) {
    auto harness = open();
    const Outcome outcome = harness->process("x");

    EXPECT_EQ(outcome.verdict, std::uint32_t{AORTA_PASS});
    EXPECT_EQ(outcome.record.port, "out");
    EXPECT_EQ(outcome.record.payload, "<x>");
    EXPECT_EQ(outcome.record.content_type, "text");
    EXPECT_EQ(outcome.record.attributes.at("note"), "seen");
    EXPECT_TRUE(harness->close().empty());
}

TEST(Harness, ShowsReasonsAndCodes) {
    auto harness = open();
    const auto outcomes = harness->process({Record{}, Record{.payload = "fail"}});

    EXPECT_EQ(outcomes[0].verdict, std::uint32_t{AORTA_DROP});
    EXPECT_EQ(outcomes[0].reason, "test.empty");
    EXPECT_EQ(outcomes[1].code, ErrorCode::Unavailable);
    EXPECT_EQ(outcomes[1].where, "byte 0");
    EXPECT_TRUE(harness->close().empty());
}

TEST(Harness, ShowsChildrenWithTheirPort) {
    auto harness = open();
    const Outcome outcome = harness->process("emit");

    ASSERT_EQ(outcome.emitted.size(), 1U);
    EXPECT_EQ(outcome.emitted[0].payload, "word");
    EXPECT_EQ(outcome.emitted[0].port, "words");
    EXPECT_TRUE(harness->close().empty());
}

TEST(Harness, MovesTheClockForTimers) {
    auto harness = open("{ hold: 10s }");

    EXPECT_EQ(harness->process("hold").verdict, std::uint32_t{AORTA_ABSORB});
    EXPECT_TRUE(harness->advance(std::chrono::seconds{9}).empty());
    const auto resolved = harness->advance(std::chrono::seconds{1});
    ASSERT_EQ(resolved.size(), 1U);
    EXPECT_EQ(resolved[0].verdict, std::uint32_t{AORTA_PASS});
    EXPECT_EQ(resolved[0].record.payload, "hold");
    EXPECT_TRUE(harness->close().empty());
}

TEST(Harness, GetsHeldRecordsBackAtStop) {
    auto harness = open();
    harness->process("hold");

    EXPECT_EQ(harness->stop().size(), 1U);
    EXPECT_TRUE(harness->close().empty());
}

TEST(Harness, RefusesOptionsThatTheDescriptorDoesNotKnow) {
    const auto harness = Harness::open(aorta_plugin, "{ hld: 10s }");

    ASSERT_FALSE(harness.ok());
    EXPECT_EQ(harness.error().code, ErrorCode::InvalidConfig);
    EXPECT_EQ(harness.error().where, "hld");
}

}  // namespace
}  // namespace aorta::testing
