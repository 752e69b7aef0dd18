#include "pipeline/workers.hpp"

#include "fake_catalog.hpp"
#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kNodes =
    "  intake: { source: mllp, ack: { level: durable }, with: { listen: x } }\n"
    "  decode: { process: decode_hl7v2, from: intake }\n"
    "  check: { process: check, from: decode }\n"
    "  store: { sink: file, from: check, with: { path: out } }\n";
const std::string kWorkers =
    "{ edge: { nodes: [ intake, decode ] }, core: { nodes: [ check, store ] } }";
const std::string kLink = "from: edge, to: core, dial: edge, address: \"tcp://core:7401\"";

Loaded load_cut(const std::string& workers,
                const std::string& links,
                const std::string& nodes = kNodes) {
    return load_text("aorta: 1\npipeline: p\nstorage: { plaintext: true }\nworkers: " + workers +
                         "\nlinks: [ " + links + " ]\nnodes:\n" + nodes,
                     "p.yaml",
                     fake_catalog());
}

std::string braced(const std::string& link) {
    return "{ " + link + " }";
}

TEST(Workers, AreReadWithTheirLinks) {
    const Loaded loaded = load_cut(
        kWorkers,
        braced(kLink +
               ", listen: \"tcp://10.0.0.7:7401\", buffer: disk, compression: on, heartbeat: 2s"));
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), IsEmpty());
    const PipelineSpec& spec = *loaded.spec;
    EXPECT_EQ(spec.find("decode")->worker, "edge");
    EXPECT_EQ(spec.find("check")->worker, "core");
    ASSERT_EQ(spec.links.size(), 1U);
    const LinkSpec& link = *spec.link("edge", "core");
    EXPECT_EQ(link.dial, "edge");
    EXPECT_EQ(link.address, "tcp://core:7401");
    EXPECT_EQ(link.listen, "tcp://10.0.0.7:7401");
    EXPECT_TRUE(link.has_outbox);
    EXPECT_EQ(link.compression, LinkCompression::On);
    EXPECT_EQ(link.heartbeat, std::chrono::seconds(2));
    EXPECT_EQ(link.keys, "keys");
    EXPECT_FALSE(link.is_plaintext);
}

TEST(Workers, TalkInPlainTextOnlyWhenTheySayWhy) {
    const Loaded said = load_cut(
        kWorkers, braced(kLink + ", plaintext: { from: [ 10.1.2.0/24 ], reason: a tunnel }"));
    ASSERT_TRUE(said.spec) << said.diagnostics.to_text();
    EXPECT_THAT(said.diagnostics.to_text(),
                HasSubstr("warning: the link from `edge` to `core` goes in plain text because: a "
                          "tunnel"));
    EXPECT_TRUE(said.spec->links[0].keys.empty());
    const Loaded unsaid =
        load_cut(kWorkers, braced(kLink + ", plaintext: { from: [ 10.1.2.0/24 ] }"));
    EXPECT_FALSE(unsaid.spec);
    EXPECT_THAT(unsaid.diagnostics.to_text(), HasSubstr("`reason`"));
}

TEST(Workers, ASocketOfThisMachineNeedsNoKeys) {
    const Loaded loaded = load_cut(
        kWorkers, "{ from: edge, to: core, dial: core, address: \"ipc:///run/aorta/core\" }");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_TRUE(loaded.spec->links[0].keys.empty());
}

struct Refusal {
    std::string workers;
    std::string links;
    std::string report;
};

TEST(Workers, RefuseACutAndSayWhy) {
    const Refusal cases[] = {
        {"{ edge: { nodes: [ intake, decode ] }, core: { nodes: [ check ] } }",
         braced(kLink),
         "p.yaml:10:3: error: `store` is in no worker\n    add it to the nodes of one of them: "
         "edge, "
         "core"},
        {"{ edge: { nodes: [ intake, decode ] }, core: { nodes: [ check, store, decode ] } }",
         braced(kLink),
         "error: `decode` is in the worker `edge` already"},
        {"{ edge: { nodes: [ intake, decod ] }, core: { nodes: [ check, store, decode ] } }",
         braced(kLink),
         "error: there is no node `decod`\n    did you mean `decode`?"},
        {"{ edge: { nodes: [] }, core: { nodes: [ intake, decode, check, store ] } }",
         "",
         "error: the worker `edge` has no nodes"},
        {"{ edge: { node: [ intake ] } }", "", "unknown key `node`"},
        {"{ Edge: { nodes: [ intake, decode, check, store ] } }",
         "",
         "error: `Edge` is no name for a worker"},
        {kWorkers,
         "",
         "error: `check` in the worker `core` listens to `decode` in `edge`, and there is no link "
         "from `edge` to `core`\n    add to links: { from: edge, to: core, dial: edge, address: "
         "\"tcp://HOST:7401\" }"},
        {kWorkers,
         "{ from: edge, to: cora, dial: edge, address: \"tcp://core:7401\" }",
         "error: there is no worker `cora`\n    did you mean `core`?"},
        {kWorkers,
         braced(kLink) + ", { from: core, to: edge, dial: edge, address: \"tcp://core:7402\" }",
         "error: no edge goes from `core` to `edge`\n    records go the other way"},
        {kWorkers,
         braced(kLink) + ", { from: edge, to: core, dial: edge, address: \"tcp://core:7402\" }",
         "records of one key could overtake each other on two"},
        {kWorkers,
         "{ from: edge, to: core, dial: hospital, address: \"tcp://core:7401\" }",
         "error: `hospital` is not at this link, and cannot dial\n    write dial: edge, or dial: "
         "core"},
        {kWorkers,
         "{ from: edge, to: core, dial: edge, address: \"core:7401\" }",
         "error: `address` is no address"},
        {kWorkers,
         braced(kLink + ", curve: { keys: k }, plaintext: { reason: x }"),
         "error: `plaintext` and `curve` contradict each other"},
        {kWorkers, braced(kLink + ", compresion: on"), "did you mean `compression`?"},
        {"{ edge: { nodes: [ intake, check ] }, core: { nodes: [ decode, store ] } }",
         braced(kLink) + ", { from: core, to: edge, dial: edge, address: \"tcp://core:7402\" }",
         "error: records would come back to a worker: edge -> core -> edge"},
    };
    for (const Refusal& one : cases) {
        const Loaded loaded = load_cut(one.workers, one.links);
        EXPECT_FALSE(loaded.spec) << one.report;
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(one.report));
    }
}

std::string with_ack(const std::string& ack) {
    return "  intake: { source: mllp, ack: " + ack + ", with: { listen: x } }\n" +
           kNodes.substr(kNodes.find("  decode"));
}

TEST(Workers, KeepThePromisesOfTheirSources) {
    const std::string outbox = braced(kLink + ", buffer: disk");
    const std::pair<std::string, std::string> cases[] = {
        {with_ack("{ level: delivered, after: check }"),
         "error: `intake` promises its senders delivery, and an outbox is not delivery"},
        {with_ack("{ level: durable, after: check }"),
         "error: `intake` answers when `check` has looked at a record, and that lies behind this "
         "outbox"},
    };
    for (const auto& [nodes, report] : cases) {
        EXPECT_THAT(load_cut(kWorkers, outbox, nodes).diagnostics.to_text(), HasSubstr(report));
        EXPECT_THAT(load_cut(kWorkers, braced(kLink), nodes).diagnostics.to_text(),
                    Not(HasSubstr("error")));
    }
}

TEST(Workers, ASinkBehindALinkHasNoOutbox) {
    const std::string nodes =
        kNodes.substr(0, kNodes.find("  store")) +
        "  store: { sink: file, from: check, buffer: disk, with: { path: out } }\n";
    EXPECT_THAT(load_cut(kWorkers, braced(kLink), nodes).diagnostics.to_text(),
                HasSubstr("error: `store` has an outbox, and its records come over a link"));
}

TEST(Workers, OneOutboxOnTheWayIsEnough) {
    const std::string workers =
        "{ edge: { nodes: [ intake, decode ] }, core: { nodes: [ check ] }, far: { nodes: [ store "
        "] } }";
    const std::string first = braced(kLink + ", buffer: disk");
    const std::string second = "from: core, to: far, dial: core, address: \"tcp://far:7401\"";
    EXPECT_TRUE(load_cut(workers, first + ", " + braced(second)).spec);
    EXPECT_THAT(
        load_cut(workers, first + ", " + braced(second + ", buffer: disk")).diagnostics.to_text(),
        HasSubstr("error: this link has an outbox, and its records come over a link"));
}

TEST(Workers, SourcesBehindOneLinkWaitForTheSameNode) {
    const std::string workers =
        "{ edge: { nodes: [ intake, other, decode ] }, core: { nodes: [ check, store ] } }";
    const auto nodes = [](const std::string& first, const std::string& second) {
        return "  intake: { source: mllp, ack: { level: delivered" + first +
               " }, with: { listen: x } }\n  other: { source: mllp, ack: { level: delivered" +
               second +
               " }, with: { listen: y } }\n  decode: { process: decode_hl7v2, from: [ "
               "intake, other ] }\n" +
               kNodes.substr(kNodes.find("  check"));
    };
    EXPECT_THAT(
        load_cut(workers, braced(kLink), nodes(", after: check", ", after: decode"))
            .diagnostics.to_text(),
        HasSubstr("the answers of `intake` and `other` wait for different nodes, and `check`"));
    EXPECT_THAT(load_cut(workers, braced(kLink), nodes(", after: check", ", after: check"))
                    .diagnostics.to_text(),
                Not(HasSubstr("error")));
    EXPECT_THAT(load_cut(workers, braced(kLink), nodes(", after: decode", ", after: decode"))
                    .diagnostics.to_text(),
                Not(HasSubstr("error")));
}

TEST(Workers, LanesBehindALinkNeedAKeyThatLasts) {
    const std::string nodes = kNodes.substr(0, kNodes.find("  check")) +
                              "  check: { process: check, from: decode, lanes: 2 }\n" +
                              kNodes.substr(kNodes.find("  store"));
    EXPECT_THAT(
        load_cut(kWorkers, braced(kLink), nodes).diagnostics.to_text(),
        HasSubstr("error: `check` runs in 2 lanes behind a link, and the pipeline has no `key`"));
    const std::string all_there =
        "{ edge: { nodes: [ intake, decode, check ] }, core: { nodes: [ store ] } }";
    EXPECT_TRUE(load_cut(all_there, braced(kLink), nodes).spec) << "it keys its records itself";
}

TEST(Workers, LinksWithoutWorkersJoinNothing) {
    const Loaded loaded =
        load_text("aorta: 1\npipeline: p\nstorage: { plaintext: true }\nlinks: [ { " + kLink +
                      " } ]\nnodes:\n" + kNodes,
                  "p.yaml",
                  fake_catalog());
    EXPECT_THAT(loaded.diagnostics.to_text(),
                HasSubstr("p.yaml:4:8: error: `links` join workers, and there are none"));
}

}  // namespace
}  // namespace aorta::pipeline
