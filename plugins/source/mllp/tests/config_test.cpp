#include "source/mllp/config.hpp"

#include "common/net/tests/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Value;

std::vector<std::string> problems(const Value& options) {
    std::vector<std::string> found;
    read_config(options.options(),
                [&](Options, const std::string& message) { found.push_back(message); });
    return found;
}

Value listen(const char* address) {
    return Value::map().with("listen", Value::text(address));
}

Value plaintext(Value networks, const char* reason) {
    return Value::map().with("from", std::move(networks)).with("reason", Value::text(reason));
}

TEST(Config, LoopbackNeedsNoPermission) {
    for (const char* address : {"127.0.0.1:0", "[::1]:2575", "localhost:2575"}) {
        EXPECT_THAT(problems(listen(address)), IsEmpty()) << address;
    }
}

TEST(Config, OffLoopbackIsRefusedWithoutPermission) {
    for (const char* address : {"0.0.0.0:2575", "[::]:2575", "10.0.0.1:2575"}) {
        EXPECT_THAT(problems(listen(address)), ElementsAre(HasSubstr("without TLS"))) << address;
    }
}

TEST(Config, PermissionNeedsNetworksAndAReason) {
    const auto off_loopback = [](Value permission) {
        return problems(listen("0.0.0.0:0").with("plaintext", std::move(permission)));
    };
    EXPECT_THAT(off_loopback(plaintext(Value::list(Value::text("10.1.2.0/24")), "lab network")),
                IsEmpty());
    EXPECT_THAT(off_loopback(plaintext(Value::list(Value::text("10.1.2.0/24")), "")),
                ElementsAre(HasSubstr("reason")));
    EXPECT_THAT(off_loopback(plaintext(Value::list(), "lab network")),
                ElementsAre(HasSubstr("no networks")));
    EXPECT_THAT(off_loopback(plaintext(Value::list(Value::text("10.1.2.0/99")), "lab")),
                ElementsAre(HasSubstr("10.1.2.0/99")));
}

Value with_tls(const char* address, Value tls) {
    return listen(address).with("tls", std::move(tls));
}

Value tls() {
    return Value::map().with("certificate", Value::text("a.pem")).with("key", Value::text("a.key"));
}

TEST(Config, TlsOffLoopbackSaysWhoMaySend) {
    EXPECT_THAT(problems(with_tls("127.0.0.1:0", tls())), IsEmpty());
    EXPECT_THAT(problems(with_tls("0.0.0.0:0", tls())), ElementsAre(HasSubstr("any program")));
    EXPECT_THAT(
        problems(with_tls(
            "0.0.0.0:0",
            tls().with("clients", Value::map().with("authorities", Value::text("ca.pem"))))),
        IsEmpty());
    EXPECT_THAT(
        problems(with_tls("0.0.0.0:0",
                          tls().with("clients", Value::map().with("required", Value::integer(0))))),
        IsEmpty());
}

TEST(Config, TlsAndPlaintextExcludeEachOther) {
    EXPECT_THAT(
        problems(with_tls("127.0.0.1:0", tls())
                     .with("plaintext", plaintext(Value::list(Value::text("10.0.0.0/8")), "lab"))),
        ElementsAre(HasSubstr("drop one of")));
}

TEST(Config, NamesAnAddressThatIsNone) {
    EXPECT_THAT(problems(listen("ehr:2575")), ElementsAre(HasSubstr("ehr:2575")));
}

TEST(Config, ReadsWhatToAccept) {
    const Value options =
        listen("127.0.0.1:0")
            .with("max_message", Value::integer(1024))
            .with("frame_timeout", Value::integer(30'000'000'000))
            .with("accept",
                  Value::map().with("types",
                                    Value::list(Value::text("ADT"), Value::text("ORU^R01"))));
    const ListenerConfig config = read_config(options.options(), [](Options, const auto&) {});
    EXPECT_EQ(config.max_message_bytes, 1024U);
    EXPECT_EQ(config.frame_timeout, std::chrono::seconds{30});
    EXPECT_THAT(config.accept.types, ElementsAre("ADT", "ORU^R01"));
    EXPECT_FALSE(config.listen.has_plaintext);
}

TEST(Config, ReadsTheBytesOfAFrame) {
    const auto frame = [](Value options) {
        return listen("127.0.0.1:0").with("frame", std::move(options));
    };
    const Value stx_etx = frame(
        Value::map().with("start", Value::integer(2)).with("end", Value::list(Value::integer(3))));
    EXPECT_THAT(problems(stx_etx), IsEmpty());
    EXPECT_EQ(read_config(stx_etx.options(), [](Options, const auto&) {}).frame,
              (hl7::FrameBytes{'\x02', '\x03', std::nullopt}));
    EXPECT_EQ(read_config(listen("127.0.0.1:0").options(), [](Options, const auto&) {}).frame,
              hl7::FrameBytes{});
    EXPECT_THAT(problems(frame(Value::map().with("start", Value::integer(13)))),
                ElementsAre(HasSubstr("CR, LF and TAB")));
    EXPECT_THAT(problems(frame(Value::map().with("end", Value::list()))),
                ElementsAre(HasSubstr("one or two bytes")));
}

TEST(Config, ReadsLimitsAndDuplicates) {
    const Value options = listen("127.0.0.1:0")
                              .with("max_connections_from",
                                    Value::list(Value::map()
                                                    .with("network", Value::text("10.0.0.0/8"))
                                                    .with("max", Value::integer(7))))
                              .with("duplicates",
                                    Value::map()
                                        .with("window", Value::integer(60'000'000'000))
                                        .with("max", Value::integer(5))
                                        .with("action", Value::text("reject")))
                              .with("sequence", Value::map().with("file", Value::text("numbers")))
                              .with("zone", Value::text("Europe/Berlin"));
    const ListenerConfig config = read_config(options.options(), [](Options, const auto&) {});
    ASSERT_EQ(config.network_limits.size(), 1U);
    EXPECT_EQ(config.network_limits[0].max, 7U);
    ASSERT_TRUE(config.duplicates);
    EXPECT_EQ(config.duplicates->window, std::chrono::seconds{60});
    EXPECT_EQ(config.duplicates->max, 5U);
    EXPECT_EQ(config.duplicates->action, OnDuplicate::Reject);
    EXPECT_EQ(config.sequence_file, "numbers");
    const Value bad = listen("127.0.0.1:0")
                          .with("max_connections_from",
                                Value::list(Value::map().with("network", Value::text("ten"))));
    EXPECT_THAT(problems(bad), ElementsAre(HasSubstr("ten")));
}

}  // namespace
}  // namespace aorta::plugins::mllp
