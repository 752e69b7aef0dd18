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
    EXPECT_FALSE(config.has_plaintext);
}

}  // namespace
}  // namespace aorta::plugins::mllp
