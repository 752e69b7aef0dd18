#include "admin/status.hpp"

#include "config/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::admin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

Status with_a_sink_down() {
    runtime::PipelineStatus pipeline;
    pipeline.name = "results";
    pipeline.ledger.in = 10;
    pipeline.ledger.delivered = 7;
    pipeline.ledger.held = 3;
    pipeline.sinks = {{"store", {}},
                      {"ehr",
                       {.is_down = true,
                        .is_breaker_open = true,
                        .reason = "refused",
                        .waiting = 3,
                        .oldest = seconds(1'000)}}};
    pipeline.dead_letters_trouble = "the disk is full";
    pipeline.budget_used = 4096;
    pipeline.budget_limit = 1 << 20;
    Status status;
    status.phase = Phase::Ready;
    status.heartbeat_age = milliseconds(150);
    status.now = seconds(1'012) + milliseconds(500);
    status.pipelines = {pipeline};
    return status;
}

TEST(AdminStatus, TellsEverySinkAndTheLedgerAsJson) {
    const Result<config::Value> parsed = config::parse_json(status_json(with_a_sink_down()));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->find("phase")->text, "ready");
    EXPECT_DOUBLE_EQ(parsed->find("heartbeat_age_seconds")->real, 0.15);

    const config::Value& pipeline = parsed->find("pipelines")->items.at(0);
    EXPECT_EQ(pipeline.find("name")->text, "results");
    EXPECT_EQ(pipeline.find("ledger")->find("in")->integer, 10);
    EXPECT_EQ(pipeline.find("ledger")->find("held")->integer, 3);
    EXPECT_EQ(pipeline.find("dead_letters_trouble")->text, "the disk is full");
    EXPECT_EQ(pipeline.find("budget")->find("used_bytes")->integer, 4096);

    const config::Value& up = pipeline.find("sinks")->items.at(0);
    EXPECT_EQ(up.find("node")->text, "store");
    EXPECT_EQ(up.find("up")->integer, 1);
    EXPECT_DOUBLE_EQ(up.find("oldest_unsent_seconds")->real, 0);
    const config::Value& down = pipeline.find("sinks")->items.at(1);
    EXPECT_EQ(down.find("up")->integer, 0);
    EXPECT_EQ(down.find("breaker_open")->integer, 1);
    EXPECT_EQ(up.find("breaker_open")->integer, 0);
    EXPECT_EQ(down.find("reason")->text, "refused");
    EXPECT_EQ(down.find("waiting")->integer, 3);
    EXPECT_DOUBLE_EQ(down.find("oldest_unsent_seconds")->real, 12.5);
}

TEST(AdminStatus, AClockThatWentBackMakesNoNegativeAge) {
    EXPECT_DOUBLE_EQ(oldest_unsent_seconds({.oldest = seconds(20)}, seconds(10)), 0);
}

TEST(AdminPage, ShowsWhichSinkIsDownAndWhy) {
    const std::string page = status_page(with_a_sink_down());
    EXPECT_THAT(page, HasSubstr(R"(<li class="up"><b>store</b> up</li>)"));
    EXPECT_THAT(page, HasSubstr(R"(<li class="down"><b>ehr</b> down: refused)"));
    EXPECT_THAT(page, HasSubstr("one record tries it now and then"));
    EXPECT_THAT(page, HasSubstr("3 waiting, oldest 12.5 s"));
    EXPECT_THAT(page, HasSubstr("Dead letters cannot be stored: the disk is full"));
    EXPECT_THAT(page, HasSubstr(R"(http-equiv="refresh")"));
}

TEST(AdminPage, EscapesTextsAndHasNoScripts) {
    Status status = with_a_sink_down();
    status.pipelines[0].dead_letters_trouble = R"(<script>alert("1&2'")</script>)";
    const std::string page = status_page(status);
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&amp;2&#39;&quot;)&lt;/script&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("style=")));
}

}  // namespace
}  // namespace aorta::admin
