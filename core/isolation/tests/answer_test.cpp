#include "isolation/answer.hpp"

#include "isolation/deeds.hpp"
#include "isolation/opening.hpp"
#include "isolation/restarts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::isolation {
namespace {

using namespace std::chrono_literals;

TEST(Answer, ComesBackAsItWasWritten) {
    std::string bytes;
    write(bytes,
          {.deed = Deed::Emit,
           .record = in_batch(3),
           .number = 1,
           .time_ns = -5,
           .has_bytes = true,
           .name = "hl7v2",
           .bytes = std::string_view{"\0x", 2},
           .pairs = {{"colour", "red"}}});
    write(bytes, {.deed = Deed::EmitHeld, .before = 2, .parents = {4, 5}});
    const auto acts = read_answer(bytes, 2);
    ASSERT_TRUE(acts.ok());
    ASSERT_EQ(acts->size(), 2U);
    EXPECT_EQ((*acts)[0].deed, Deed::Emit);
    EXPECT_EQ(number_of((*acts)[0].record), 3U);
    EXPECT_EQ((*acts)[0].time_ns, -5);
    EXPECT_EQ((*acts)[0].bytes, (std::string_view{"\0x", 2}));
    EXPECT_EQ((*acts)[0].pairs.front().second, "red");
    EXPECT_EQ((*acts)[1].parents, (std::vector<std::uint64_t>{4, 5}));
}

TEST(Answer, RefusesWhatIsCutOrTooMuch) {
    std::string bytes;
    write(bytes, {.deed = Deed::Drop, .name = "reason", .where = "PID-3"});
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        const auto acts = read_answer(std::string_view{bytes}.substr(0, size), 10);
        ASSERT_FALSE(acts.ok()) << size;
        EXPECT_EQ(acts.error().code, ErrorCode::Corrupt);
    }
    EXPECT_EQ(read_answer(bytes + bytes, 1).error().code, ErrorCode::ResourceExhausted);
    EXPECT_FALSE(read_answer(std::string(12, '\0'), 10).ok());
    EXPECT_FALSE(read_answer(std::string(12, '\xff'), 10).ok());
}

TEST(Opening, ComesBackAsItWasWritten) {
    config::Value options = config::Value::of_map();
    config::Value list = config::Value::of_list({config::Value::of_int(-7)});
    options.add("list", list);
    config::Value secret;
    secret.type = config::Value::Type::Secret;
    secret.secret = config::Secret{std::string{"hush"}};
    options.add("secret", secret).at = {"p.yaml", 3, 4};
    const auto read = read_opening(encode({.plugin = "/x.so",
                                           .options = options,
                                           .tables = {{.name = "t", .columns = {"a", "b"}}},
                                           .memory_bytes = 9}));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->plugin, "/x.so");
    EXPECT_EQ(read->options, options);
    EXPECT_EQ(read->options.find("secret")->at.line, 3U);
    EXPECT_EQ(read->tables.front().columns.back(), "b");
    EXPECT_EQ(read->memory_bytes, 9U);
    EXPECT_FALSE(read_opening("nonsense").ok());
}

TEST(Restarts, PausesDoubleUpToABoundAndBeginAgainAfterWork) {
    Restarts restarts;
    const Restarts::Time now{100s};
    EXPECT_LE(restarts.due(), now);
    for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
        restarts.failed(now);
        EXPECT_EQ(restarts.due() - now, pause);
    }
    restarts.worked();
    restarts.failed(now);
    EXPECT_EQ(restarts.due() - now, 100ms);
}

}  // namespace
}  // namespace aorta::isolation
