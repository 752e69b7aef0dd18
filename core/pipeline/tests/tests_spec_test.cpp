#include "fake_catalog.hpp"
#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = StubOutcome::Kind;

Loaded load_tests(std::string_view tests) {
    return load_text(
        "aorta: 1\npipeline: p\nnodes:\n  intake: { source: file, with: { path: x } }\n"
        "  page: { sink: stdout, from: intake }\ntests:\n" +
            std::string(tests),
        "p.yaml",
        fake_catalog());
}

TEST(TestsSpec, IsReadWhole) {
    const Loaded loaded = load_tests(R"(  - name: a refused message is sent again
    now: 2026-03-29T01:30:00Z
    stub: { page: [ fail, timeout, { reply: samples/aa.hl7 } ] }
    inject: [ { at: intake, file: samples/x.hl7 }, { advance: 5m }, { at: intake, text: "MSH|" } ]
    expect:
      - { ack: AA, contains: MSA }
      - { at: page, count: 1, absent: [ DOE ], contains: [ MSH ], golden: expected/x.hl7, ignore: [ MSH-7 ] }
      - { at: dead_letters, count: 0 }
  - { name: second, stub: { page: ok }, inject: [ { advance: 1s } ], expect: [ { ack: none } ] }
)");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    ASSERT_EQ(loaded.spec->tests.size(), 2U);
    const TestSpec& test = loaded.spec->tests[0];
    EXPECT_EQ(test.name, "a refused message is sent again");
    ASSERT_TRUE(test.now);
    EXPECT_EQ(test.now->time_since_epoch(), std::chrono::seconds(1'774'747'800));
    ASSERT_EQ(test.stub.size(), 1U);
    EXPECT_EQ(test.stub[0].node, "page");
    EXPECT_THAT(test.stub[0].outcomes,
                ElementsAre(StubOutcome{Kind::Fail},
                            StubOutcome{Kind::Timeout},
                            StubOutcome{Kind::Ok, "samples/aa.hl7"}));
    ASSERT_EQ(test.inject.size(), 3U);
    EXPECT_EQ(test.inject[0].file, "samples/x.hl7");
    EXPECT_EQ(test.inject[1].advance, std::chrono::minutes(5));
    EXPECT_EQ(test.inject[2].text, "MSH|");
    ASSERT_EQ(test.expect.size(), 3U);
    EXPECT_EQ(test.expect[0].ack, "AA");
    EXPECT_THAT(test.expect[0].contains, ElementsAre("MSA"));
    EXPECT_EQ(test.expect[1].count, 1);
    EXPECT_THAT(test.expect[1].absent, ElementsAre("DOE"));
    EXPECT_THAT(test.expect[1].ignore, ElementsAre("MSH-7"));
    EXPECT_EQ(test.expect[2].at, "dead_letters");
    EXPECT_THAT(loaded.spec->tests[1].stub[0].outcomes, ElementsAre(StubOutcome{}));
}

TEST(TestsSpec, FaultsAreReportedWithTheirPlace) {
    struct Case {
        std::string_view test;
        std::string_view report;
    };

    for (const Case& c :
         {Case{"  {}", "`tests` is a list"},
          {"- { inject: [], expect: [] }", "p.yaml:7:3: error: `name` is missing"},
          {"- { name: a, inject: [ { at: intak, text: x } ], expect: [] }",
           "p.yaml:7:30: error: there is no source `intak`\n    did you mean `intake`?"},
          {"- { name: a, inject: [ { at: intake } ], expect: [] }",
           "p.yaml:7:24: error: a step is bytes at a source"},
          {"- { name: a, inject: [ { text: x } ], expect: [] }", "a step is bytes at a source"},
          {"- { name: a, inject: [ { at: intake, advance: 5m } ], expect: [] }",
           "a step is bytes at a source"},
          {"- { name: a, inject: [ { at: intake, text: x, file: y } ], expect: [] }",
           "a step is bytes at a source"},
          {"- { name: a, inject: [ { advance: 5 } ], expect: [] }", "`advance` takes a duration"},
          {"- { name: a, inject: [], expect: [ {} ] }",
           "an expectation is an answer, or records at a sink"},
          {"- { name: a, inject: [], expect: [ { at: page } ] }", "an expectation is an answer"},
          {"- { name: a, inject: [], expect: [ { ack: AA, at: page, count: 1 } ] }",
           "an expectation is an answer"},
          {"- { name: a, inject: [], expect: [ { ack: OK } ] }", "`ack` does not take text `OK`"},
          {"- { name: a, inject: [], expect: [ { at: intake, count: 1 } ] }",
           "there is no sink `intake`"},
          {"- { name: a, inject: [], expect: [ { at: page, count: 1, ignore: [ x ] } ] }",
           "`ignore` goes with `golden`"},
          {"- { name: a, now: yesterday, inject: [], expect: [] }", "`now` takes a time in UTC"},
          {"- { name: a, now: 2026-02-30T00:00:00Z, inject: [], expect: [] }",
           "`now` takes a time in UTC"},
          {"- { name: a, now: 2026-02-20T24:00:00Z, inject: [], expect: [] }",
           "`now` takes a time in UTC"},
          {"- { name: a, stub: { page: [ later ] }, inject: [], expect: [] }",
           "a stub answers ok, fail, timeout, refuse or { reply: FILE }"},
          {"- { name: a, stub: { pag: [ ok ] }, inject: [], expect: [] }",
           "there is no sink `pag`"},
          {"- { name: a, stub: { page: [] }, inject: [], expect: [] }", "the stub has no answers"},
          {"- { name: a, inject: [], expect: [] }\n- { name: a, inject: [], expect: [] }",
           "a test named `a` exists already"}}) {
        const Loaded loaded = load_tests(c.test);
        EXPECT_FALSE(loaded.spec) << c.test;
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(c.report)) << c.test;
    }
}

TEST(TestsSpec, AFaultHasNoFaultsThatFollowFromIt) {
    EXPECT_EQ(load_tests("  - { name: t, inject: [ { advance: 5 } ], expect: [ { ack: AA } ] }\n")
                  .diagnostics.error_count(),
              1U);
    EXPECT_EQ(load_tests("  - { nam: t, inject: [ { advance: 5s } ], expect: [ { ack: AA } ] }\n")
                  .diagnostics.to_text(),
              "p.yaml:7:7: error: unknown key `nam`\n    did you mean `name`?\n");
    EXPECT_EQ(load_tests("  - { name: t, inject: [ { advance: 5s } ], expect: [ { at: page, count: "
                         "x } ] }\n")
                  .diagnostics.error_count(),
              1U);
}

}  // namespace
}  // namespace aorta::pipeline
