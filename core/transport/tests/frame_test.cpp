#include "transport/frame.hpp"

#include "transport/wire.hpp"

namespace aorta::transport {
namespace {

template <class T>
T there_and_back(T body) {
    const std::string bytes = encode({.session = 7, .body = std::move(body)});
    const auto frame = decode(bytes);
    EXPECT_TRUE(frame.ok());
    EXPECT_EQ(frame->session, 7);
    return std::get<T>(frame->body);
}

Hello sample_hello() {
    Hello hello;
    hello.from = "edge";
    hello.to = "core";
    hello.pipeline = "results";
    hello.fingerprint = {1, 2, 3};
    hello.instance = 0xFFFF'FFFF'FFFF'FFFF;
    hello.dictionary = 5;
    hello.credit = 1U << 22U;
    hello.max_record = 1U << 30U;
    hello.resume = {11, 12, 13};
    return hello;
}

Outcome settled(std::uint64_t sequence, message::FateKind kind, std::string reason = {}) {
    return {.sequence = sequence, .fate = {kind, ErrorCode::Ok, std::move(reason), {}, 3}};
}

TEST(LinkFrame, HelloKeepsEveryField) {
    const Hello hello = there_and_back(sample_hello());
    EXPECT_EQ(hello.from, "edge");
    EXPECT_EQ(hello.to, "core");
    EXPECT_EQ(hello.pipeline, "results");
    EXPECT_EQ(hello.fingerprint, sample_hello().fingerprint);
    EXPECT_EQ(hello.instance, sample_hello().instance);
    EXPECT_EQ(hello.dictionary, 5);
    EXPECT_EQ(hello.credit, 1U << 22U);
    EXPECT_EQ(hello.max_record, 1U << 30U);
    EXPECT_EQ(hello.resume.instance, 11);
    EXPECT_EQ(hello.resume.received, 12);
    EXPECT_EQ(hello.resume.outcomes, 13);
}

TEST(LinkFrame, EqualFatesOfARunTakeTheBytesOfOne) {
    Outcomes one{.first = 1, .list = {settled(1, message::FateKind::Delivered)}};
    Outcomes many = one;
    many.list[0].count = 1'000;
    EXPECT_LE(encode({.body = many}).size(), encode({.body = one}).size() + 1);
    const Outcomes back = there_and_back(many);
    ASSERT_EQ(back.list.size(), 1);
    EXPECT_EQ(back.list[0].count, 1'000);
}

TEST(LinkFrame, OutcomesKeepEventFateAndReply) {
    Outcomes outcomes{.first = 5};
    outcomes.list.push_back({.sequence = 9, .event = Event::Passed});
    outcomes.list.push_back({.sequence = 9, .event = Event::Reply, .reply = "answer"});
    outcomes.list.push_back(settled(9, message::FateKind::DeadLettered, "hl7.bad"));
    outcomes.list.push_back(settled(4, message::FateKind::DeadLettered, "hl7.bad"));
    outcomes.list.push_back({.sequence = 5, .is_parked = true});
    const Outcomes back = there_and_back(outcomes);
    ASSERT_EQ(back.list.size(), 5);
    EXPECT_EQ(back.first, 5);
    EXPECT_EQ(back.list[0].event, Event::Passed);
    EXPECT_EQ(back.list[1].reply, "answer");
    EXPECT_EQ(back.list[2].fate.reason, "hl7.bad");
    EXPECT_EQ(back.list[2].fate.kind, message::FateKind::DeadLettered);
    EXPECT_EQ(back.list[3].sequence, 4);
    EXPECT_TRUE(back.list[4].is_parked);
}

TEST(LinkFrame, LongReasonsAreCut) {
    const Outcomes back = there_and_back(Outcomes{
        .first = 1, .list = {settled(1, message::FateKind::Failed, std::string(999, 'r'))}});
    EXPECT_EQ(back.list[0].fate.reason.size(), kMaxReason);
}

TEST(LinkFrame, EveryCutOfAFrameIsRefused) {
    const std::string bytes = encode({.body = sample_hello()});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode(bytes.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(decode(bytes + "x").ok());
}

TEST(LinkFrame, RefusesWhatBreaksABound) {
    Hello nameless = sample_hello();
    nameless.from = "";
    EXPECT_FALSE(decode(encode({.body = nameless})).ok());
    Hello long_name = sample_hello();
    long_name.from = std::string(65, 'w');
    EXPECT_FALSE(decode(encode({.body = long_name})).ok());
    Hello nobody = sample_hello();
    nobody.instance = 0;
    EXPECT_FALSE(decode(encode({.body = nobody})).ok());
    EXPECT_FALSE(decode(encode({.body = Outcomes{.first = 1}})).ok());
    EXPECT_FALSE(decode(encode({.body = Data{}})).ok());
}

TEST(LinkFrame, ARunOfMoreOutcomesThanAFrameMayHaveIsRefused) {
    WireWriter out;
    out.byte(5);
    out.byte(kVersion);
    out.fixed(1);
    out.varint(1);
    out.varint(1);
    out.difference(1, 0);
    out.varint(kMaxOutcomes + 1);
    out.byte(static_cast<std::uint8_t>(Event::Passed));
    EXPECT_FALSE(decode(out.take()).ok());
}

TEST(LinkFrame, OnlyAHelloAndARefusalMayHaveAnotherVersion) {
    EXPECT_TRUE(decode(encode({.version = 9, .body = sample_hello()})).ok());
    EXPECT_TRUE(decode(encode({.version = 9, .body = Refuse{Refusal::Version}})).ok());
    EXPECT_FALSE(decode(encode({.version = 9, .body = Credit{}})).ok());
}

TEST(LinkWire, NumbersOfMoreThan64BitsAreRefused) {
    EXPECT_EQ(WireReader{std::string(9, '\xFF') + '\x01'}.varint(), ~std::uint64_t{0});
    for (const std::string& bytes : {std::string(9, '\xFF') + '\x02', std::string(11, '\x80')}) {
        WireReader in{bytes};
        EXPECT_EQ(in.varint(), 0);
        EXPECT_FALSE(in.is_good());
    }
}

TEST(LinkWire, DifferencesWrapAround) {
    for (const std::uint64_t from : {0ULL, 1ULL, ~0ULL, 1ULL << 63U}) {
        for (const std::uint64_t to : {0ULL, 1ULL, ~0ULL, 1ULL << 63U, (1ULL << 63U) - 1}) {
            WireWriter out;
            out.difference(to, from);
            const std::string bytes = out.take();
            EXPECT_EQ(WireReader{bytes}.difference(from), to);
        }
    }
}

}  // namespace
}  // namespace aorta::transport
