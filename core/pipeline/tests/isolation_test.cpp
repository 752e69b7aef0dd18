// `isolation` of a processor: what is read, what is refused and where.
#include "fake_catalog.hpp"
#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace aorta::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

Loaded load_node(std::string_view node) {
    std::string text =
        "aorta: 1\npipeline: p\nnodes:\n  in: { source: file, with: { path: x } }\n"
        "  a: { process: decode_hl7v2, from: in }\n  z: ";
    text += node;
    return load_text(text + "\n", "p.yaml", fake_catalog(), {});
}

Loaded load_isolated(std::string_view isolation) {
    std::string text = "{ process: check, from: a, isolation: ";
    text += isolation;
    return load_node(text + " }\n  k: { sink: file, from: z, with: { path: out/x } }");
}

TEST(LoadIsolation, AWordIsEnough) {
    const Loaded loaded = load_isolated("process");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), IsEmpty());
    const auto& isolation = loaded.spec->find("z")->isolation;
    ASSERT_TRUE(isolation);
    EXPECT_EQ(isolation->memory_bytes, 512LL << 20);
    EXPECT_EQ(isolation->deadline, 10s);
    EXPECT_EQ(isolation->attempts, 3U);
    EXPECT_EQ(isolation->at.line, 6U);
    EXPECT_FALSE(loaded.spec->find("a")->isolation);
}

TEST(LoadIsolation, ReadsBounds) {
    const Loaded loaded = load_isolated("{ memory: 1GiB, deadline: 250ms, attempts: 1 }");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    const auto& isolation = loaded.spec->find("z")->isolation;
    ASSERT_TRUE(isolation);
    EXPECT_EQ(isolation->memory_bytes, 1LL << 30);
    EXPECT_EQ(isolation->deadline, 250ms);
    EXPECT_EQ(isolation->attempts, 1U);
}

TEST(LoadIsolation, NoneIsNone) {
    for (const char* word : {"none", "{ mode: none, memory: 1GiB }"}) {
        const Loaded loaded = load_isolated(word);
        ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        EXPECT_FALSE(loaded.spec->find("z")->isolation) << word;
    }
}

TEST(LoadIsolation, RefusesWhatItIsNot) {
    const std::pair<const char*, const char*> cases[] = {
        {"thread", "p.yaml:6:44: error: "},
        {"{ memory: 1MiB }", "p.yaml:6:54: error: "},
        {"{ attempts: 0 }", "p.yaml:6:56: error: "},
        {"{ memori: 1GiB }", "unknown key `memori`"}};
    for (const auto& [given, wanted] : cases) {
        const Loaded loaded = load_isolated(given);
        EXPECT_FALSE(loaded.spec) << given;
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(wanted));
    }
}

TEST(LoadIsolation, IsForProcessors) {
    const Loaded loaded =
        load_node("{ sink: file, from: a, isolation: process, with: { path: out/x } }");
    EXPECT_FALSE(loaded.spec);
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("a sink has no `isolation`"));
}

}  // namespace
}  // namespace aorta::pipeline
