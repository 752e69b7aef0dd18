#include "app/pipe_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::app {
namespace {

using ::testing::HasSubstr;

config::Catalog catalog() {
    config::Catalog all;
    for (const auto& [kind, id] : {std::pair{config::Kind::Source, "generate"},
                                   std::pair{config::Kind::Processor, "decode"},
                                   std::pair{config::Kind::Processor, "route"},
                                   std::pair{config::Kind::Sink, "discard"}}) {
        EXPECT_TRUE(all.add(id, {.id = id, .kind = kind}).ok());
    }
    return all;
}

std::string yaml(std::string_view expression, const PipeSettings& settings = {}) {
    const auto text = pipe_text(expression, catalog(), settings);
    return text.ok() ? text->yaml.substr(text->yaml.find("nodes:\n") + 7)
                     : "error: " + text.error().message;
}

TEST(PipeText, PutsStandardStreamsAroundProcessors) {
    EXPECT_EQ(yaml("decode"),
              "  stdin: { source: stdin, with: { format: hl7v2 } }\n"
              "  decode: { process: decode, from: stdin }\n"
              "  stdout: { sink: stdout, from: decode, on_error: stop }\n");
    EXPECT_EQ(yaml("  ", {.format = "lines", .for_terminal = true}),
              "  stdin: { source: stdin, with: { format: lines } }\n"
              "  stdout: { sink: stdout, from: stdin, on_error: stop, with: { line_ends: lf } }\n");
}

TEST(PipeText, TakesASourceAndASinkOfItsOwn) {
    EXPECT_EQ(yaml("generate{count: 5}|discard"),
              "  generate: { source: generate, with: {count: 5} }\n"
              "  discard: { sink: discard, from: generate }\n");
    EXPECT_FALSE(pipe_text("generate | decode", catalog(), {})->reads_input);
    EXPECT_TRUE(pipe_text("decode", catalog(), {})->reads_input);
}

TEST(PipeText, FollowsPortsAndNumbersRepeatedPlugins) {
    EXPECT_EQ(yaml("route{cases: {urgent: \"a | b\"}}.urgent | decode | decode | discard"),
              "  stdin: { source: stdin, with: { format: hl7v2 } }\n"
              "  route: { process: route, from: stdin, with: {cases: {urgent: \"a | b\"}} }\n"
              "  decode: { process: decode, from: route.urgent }\n"
              "  decode_2: { process: decode, from: decode }\n"
              "  discard: { sink: discard, from: decode_2 }\n");
}

TEST(PipeText, QuotesHideBracesAndBars) {
    EXPECT_THAT(yaml(R"(decode{a: "}|\"", b: '|{'})"), HasSubstr(R"(with: {a: "}|\"", b: '|{'})"));
}

TEST(PipeText, RefusesWhatHasNotTheForm) {
    EXPECT_THAT(yaml("decode | | decode"), HasSubstr("stage 2: a plugin's name is missing"));
    EXPECT_THAT(yaml("decode{a: 1"), HasSubstr("stage 1: a bracket or a quote is not closed"));
    EXPECT_THAT(yaml("decode{a: '"), HasSubstr("not closed"));
    EXPECT_THAT(yaml("decode x"), HasSubstr("stage 1: `x` is not understood"));
}

}  // namespace
}  // namespace aorta::app
