#include "pipeline/load.hpp"

#include "fake_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Loaded load_with(std::string_view text, const LoadOptions& options = {}) {
    return load_text(text, "p.yaml", fake_catalog(), options);
}

constexpr std::string_view kWhole = R"(aorta: 1
pipeline: results-to-research
lanes: 2
budget: 1MiB
shutdown_grace: 10s
storage: { path: state, plaintext: true, keep: { dead_letters: 7d } }
nodes:
  intake: { source: mllp, ack: { level: delivered, after: check, on_invalid: AR, timeout: 5s }, with: { listen: "x" } }
  check: { process: check, from: intake }
  split: { process: route, from: check, with: { cases: { women: "PID-8 == 'F'", men: "PID-8 == 'M'" } } }
  fhir: { process: to_fhir, from: [ split, split.women ], on_error: drop, lanes: 4 }
  send: { sink: http, from: fhir, with: { url: "http://x" } }
  keep: { sink: file, from: [ check.rejected, split.men ], required: false, on_error: stop, with: { path: out/x } }
)";

TEST(Load, ReadsWhatASenderIsToldOfInvalidData) {
    const std::pair<std::string, OnInvalid> cases[] = {
        {"AE", OnInvalid::Error}, {"AR", OnInvalid::Refuse}, {"AA", OnInvalid::Accept}};
    for (const auto& [text, expected] : cases) {
        std::string pipeline{kWhole};
        pipeline.replace(pipeline.find("on_invalid: AR") + 12, 2, text);
        const Loaded loaded = load_with(pipeline);
        ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        EXPECT_EQ(loaded.spec->nodes[0].ack.on_invalid, expected);
    }
}

TEST(Load, GivesTheWholeSpec) {
    const Loaded loaded = load_with(kWhole);
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), IsEmpty());
    const PipelineSpec& spec = *loaded.spec;
    EXPECT_EQ(spec.name, "results-to-research");
    EXPECT_EQ(spec.lanes, 2);
    EXPECT_EQ(spec.budget_bytes, 1 << 20);
    EXPECT_EQ(spec.start_deadline, std::chrono::seconds(30));
    EXPECT_EQ(spec.shutdown_grace, std::chrono::seconds(10));
    EXPECT_EQ(spec.storage.path, "state");
    EXPECT_EQ(spec.storage.keep_dead_letters, std::chrono::hours(24 * 7));
    ASSERT_EQ(spec.nodes.size(), 6U);

    const NodeSpec& intake = spec.nodes[0];
    EXPECT_EQ(intake.name, "intake");
    EXPECT_EQ(intake.kind, config::Kind::Source);
    EXPECT_EQ(intake.descriptor.id, "mllp");
    EXPECT_EQ(intake.plugin_path, "mllp.so");
    EXPECT_EQ(intake.ack.level, AckLevel::Delivered);
    EXPECT_EQ(intake.ack.after, "check");
    EXPECT_EQ(intake.ack.on_invalid, OnInvalid::Refuse);
    EXPECT_EQ(intake.ack.timeout, std::chrono::seconds(5));
    EXPECT_EQ(intake.with.find("connections")->integer, 64);
    EXPECT_EQ(intake.at.line, 8U);

    const NodeSpec& split = *spec.find("split");
    EXPECT_EQ(split.lanes, 2);
    ASSERT_EQ(split.ports.size(), 3U);
    EXPECT_EQ(split.ports[1].name, "women");
    EXPECT_EQ(split.ports[2].content_types, std::vector<std::string>{"hl7v2"});

    const NodeSpec& fhir = *spec.find("fhir");
    EXPECT_EQ(fhir.lanes, 4);
    EXPECT_EQ(fhir.on_error, OnError::Drop);
    ASSERT_EQ(fhir.from.size(), 2U);
    EXPECT_EQ(fhir.from[0].port, "out");
    EXPECT_EQ(fhir.from[1].node, "split");
    EXPECT_EQ(fhir.from[1].port, "women");

    EXPECT_EQ(spec.find("send")->on_error, OnError::Default);
    EXPECT_TRUE(spec.find("send")->required);
    EXPECT_EQ(spec.find("keep")->on_error, OnError::Stop);
    EXPECT_FALSE(spec.find("keep")->required);
    EXPECT_EQ(spec.find("keep")->lanes, 1);
    EXPECT_EQ(spec.find("nobody"), nullptr);
}

TEST(Load, TakesShortForms) {
    const Loaded loaded = load_with(
        "aorta: 1\npipeline: p\nnodes:\n"
        "  a: { source: mllp, ack: received, with: { listen: x } }\n"
        "  b: { sink: stdout, from: a }\n");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->nodes[0].ack.level, AckLevel::Received);
    EXPECT_EQ(loaded.spec->nodes[1].from[0].node, "a");
}

TEST(Load, ANetworkSourceAnswersWhenTheRecordIsDurable) {
    const Loaded loaded = load_with(
        "aorta: 1\npipeline: p\nstorage: { plaintext: true }\nnodes:\n"
        "  a: { source: mllp, with: { listen: x } }\n"
        "  b: { sink: stdout, from: a, buffer: disk }\n");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->nodes[0].ack.level, AckLevel::Durable);
    EXPECT_TRUE(loaded.spec->nodes[1].has_outbox);
}

TEST(Load, AReplyImpliesDelivery) {
    const Loaded loaded = load_text(
        "aorta: 1\npipeline: p\nnodes:\n"
        "  a: { source: mllp, ack: { reply: ehr }, with: { listen: x } }\n"
        "  ehr: { sink: mllp, from: a }\n",
        "p.yaml",
        fake_catalog());
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->nodes[0].ack.level, AckLevel::Delivered);
    EXPECT_EQ(loaded.spec->nodes[0].ack.reply, "ehr");
}

// Nodes that are in order: a (file source), c (check), z (stdout). Cases add theirs.
struct Fault {
    const char* name;
    const char* nodes;
    const char* report;
};

class LoadFault : public ::testing::TestWithParam<Fault> {};

TEST_P(LoadFault, IsReportedWithItsPlace) {
    const std::string text = std::string("aorta: 1\npipeline: p\nnodes:\n") + GetParam().nodes;
    const Loaded loaded = load_with(text);
    EXPECT_FALSE(loaded.spec);
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(GetParam().report));
}

INSTANTIATE_TEST_SUITE_P(
    Nodes,
    LoadFault,
    ::testing::Values(
        Fault{"UnknownPlugin",
              "  a: { source: mlpl, with: { listen: x } }\n  z: { sink: stdout, from: a }\n",
              "p.yaml:4:16: error: there is no source plugin `mlpl`\n    did you mean `mllp`?"},
        Fault{"PluginOfAnotherKind",
              "  a: { source: stdout }\n",
              "4:16: error: there is no source plugin `stdout`\n    `stdout` is a sink"},
        Fault{"UnknownOption",
              "  a: { source: file, with: { pth: x } }\n  z: { sink: stdout, from: a }\n",
              "p.yaml:4:30: error: unknown key `pth`\n    did you mean `path`?"},
        Fault{"MissingOption",
              "  a: { source: file }\n  z: { sink: stdout, from: a }\n",
              "p.yaml:4:3: error: `path` is missing"},
        Fault{"OptionsForAPluginWithoutAny",
              "  a: { source: file, with: { path: x } }\n  z: { sink: stdout, from: a, with: { x: "
              "1 } }\n",
              "5:39: error: unknown key `x`\n    there are no options here"},
        Fault{"UnknownNodeKey",
              "  a: { source: file, wiht: { path: x } }\n  z: { sink: stdout, from: a }\n",
              "4:22: error: unknown key `wiht`\n    did you mean `with`?"},
        Fault{"SourceWithFrom",
              "  a: { source: file, from: z, with: { path: x } }\n",
              "4:22: error: a source has no `from`"},
        Fault{"SinkWithoutFrom", "  z: { sink: stdout }\n", "4:6: error: `from` is missing"},
        Fault{"SinkWithAck",
              "  z: { sink: stdout, from: a, ack: received }\n",
              "4:31: error: a sink has no `ack`"},
        Fault{
            "EmptyFrom", "  z: { sink: stdout, from: [] }\n", "4:28: error: `from` names no node"},
        Fault{"TwoPlugins",
              "  a: { source: file, sink: file }\n",
              "4:28: error: the node `a` names two plugins"},
        Fault{
            "NoPlugin",
            "  a: { from: b }\n",
            "4:3: error: the node `a` names no plugin\n    write source: …, process: … or sink: …"},
        Fault{"NodeIsNoMap", "  a: mllp\n", "4:3: error: the node `a` must be a map, and is text"},
        Fault{"BadNodeName",
              "  A-1: { sink: stdout, from: A-1 }\n",
              "4:3: error: `A-1` is no name for a node"},
        Fault{"ReservedNodeName",
              "  dead_letters: { sink: stdout, from: a }\n",
              "4:3: error: `dead_letters` names the dead letters"},
        Fault{"AnOutboxIsNotDelivery",
              "  a: { source: mllp, ack: delivered, with: { listen: x } }\n  z: { sink: "
              "stdout, from: a, buffer: disk }\n",
              "5:39: error: `a` promises its senders delivery, and an outbox is not delivery\n    "
              "write ack: durable at "
              "`a`, or required: false here"},
        Fault{"UnknownAckLevel",
              "  a: { source: mllp, ack: deliverd, with: { listen: x } }\n",
              "`level` does not take text `deliverd`\n    did you mean `delivered`?"},
        Fault{"AckAfterAnUnknownNode",
              "  a: { source: mllp, ack: { level: received, after: chek }, with: { listen: x } }\n"
              "  check: { process: check, from: a }\n",
              "4:53: error: `after` names a processor, and `chek` is none\n    did you mean "
              "`check`?"},
        Fault{"AckAfterASink",
              "  a: { source: mllp, ack: { level: received, after: z }, with: { listen: x } }\n  "
              "z: { sink: stdout, from: a }\n",
              "4:53: error: `after` names a processor, and `z` is none"},
        Fault{"AckAfterANodeOfAnotherSource",
              "  a: { source: mllp, ack: { level: received, after: c }, with: { listen: x } }\n  "
              "z: { sink: stdout, from: a }\n"
              "  b: { source: file, with: { path: x } }\n  c: { process: decode_hl7v2, from: b }\n",
              "4:53: error: no record of `a` comes to `c`"},
        Fault{"AckWithoutALevel",
              "  a: { source: mllp, ack: { timeout: 5s }, with: { listen: x } }\n  z: { sink: "
              "stdout, from: a }\n",
              "4:27: error: `ack` does not say what the sender is promised\n    write level: "
              "durable (it is in the journal), delivered (all required sinks have it), received "},
        Fault{"ReplyOfAnUnknownNode",
              "  a: { source: mllp, ack: { reply: er }, with: { listen: x } }\n  ehr: { sink: "
              "mllp, from: a }\n",
              "4:36: error: `reply` names a sink, and `er` is none\n    did you mean `ehr`?"},
        Fault{"ReplyOfAProcessor",
              "  a: { source: mllp, ack: { reply: c }, with: { listen: x } }\n  c: { process: "
              "decode_hl7v2, from: a }\n  z: { sink: stdout, from: c }\n",
              "4:36: error: `reply` names a sink, and `c` is none"},
        Fault{"ReplyOfASinkThatHasNone",
              "  a: { source: mllp, ack: { reply: z }, with: { listen: x } }\n  z: { sink: stdout, "
              "from: a }\n",
              "4:36: error: the peers of `z` give no answer that could be passed on\n    a sink "
              "whose plugin replies is due here, such as mllp"},
        Fault{"ReplyOfASinkOfAnotherSource",
              "  a: { source: mllp, ack: { reply: z }, with: { listen: x } }\n  b: { source: file, "
              "with: { path: x } }\n  y: { sink: stdout, from: a }\n  z: { sink: mllp, from: b }\n",
              "4:36: error: no record of `a` comes to `z`"},
        Fault{"ReplyOfASinkThatNobodyWaitsFor",
              "  a: { source: mllp, ack: { reply: z }, with: { listen: x } }\n  z: { sink: mllp, "
              "from: a, required: false }\n",
              "4:36: error: the answer waits for `z`, which says required: false"},
        Fault{
            "ReplyBeforeDelivery",
            "  a: { source: mllp, ack: { level: received, reply: z }, with: { listen: x } }\n  z: "
            "{ sink: mllp, from: a }\n",
            "4:36: error: `reply` goes with the level delivered"},
        Fault{"RetryOnAProcessor",
              "  a: { source: file, with: { path: x } }\n  c: { process: decode_hl7v2, from: a, "
              "on_error: retry }\n",
              "5:50: error: `on_error` does not take text `retry`\n    accepted: dead_letter, "
              "drop, stop"},
        Fault{"LanesOfASerialPlugin",
              "  a: { source: file, with: { path: x } }\n  c: { process: alert, from: a, lanes: 2, "
              "with: { rules: [] } }\n",
              "5:40: error: the plugin `alert` is serial: it cannot run in 2 lanes"},
        Fault{"TooManyLanes",
              "  c: { process: check, from: a, lanes: 100 }\n",
              "4:40: error: `lanes` is too high"},
        Fault{"RouteToAPortTwice",
              "  a: { source: file, with: { path: x } }\n  c: { process: route, from: a, with: { "
              "cases: { out: x, rejected: y } } }\n",
              "5:50: error: `out` cannot name a port of this node"}),
    [](const auto& fault) { return fault.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Edges,
    LoadFault,
    ::testing::Values(
        Fault{"UnknownNode",
              "  intake: { source: file, with: { path: x } }\n  z: { sink: stdout, from: intke }\n",
              "5:28: error: there is no node `intke`\n    did you mean `intake`?"},
        Fault{"UnknownPort",
              "  a: { source: file, with: { path: x } }\n  c: { process: alert, from: a, with: { "
              "rules: [] } }\n"
              "  z: { sink: stdout, from: c.alert }\n",
              "6:28: error: `c` has no port `alert`\n    its ports are: out, alerts, rejected"},
        Fault{"RejectedOfASource",
              "  a: { source: file, with: { path: x } }\n  z: { sink: stdout, from: a.rejected }\n",
              "5:28: error: `a` has no port `rejected`\n    its ports are: out"},
        Fault{"OutOfASink",
              "  a: { source: file, with: { path: x } }\n  y: { sink: stdout, from: a }\n  z: { "
              "sink: stdout, from: y }\n",
              "6:28: error: `y` is a sink: nothing comes out of it"},
        Fault{"SameEdgeTwice",
              "  a: { source: file, with: { path: x } }\n  z: { sink: stdout, from: [ a, a ] }\n",
              "5:33: error: `a` stands twice in `from`"},
        Fault{"Cycle",
              "  a: { source: file, with: { path: x } }\n  b: { process: route, from: [ a, d ], "
              "with: { cases: { x: y } } }\n"
              "  c: { process: route, from: b, with: { cases: { x: y } } }\n  d: { process: route, "
              "from: c, with: { cases: { x: y } } }\n"
              "  z: { sink: stdout, from: d }\n",
              "5:3: error: records would go round for ever: b -> c -> d -> b"},
        Fault{"CycleOfOne",
              "  b: { process: check, from: b }\n",
              "4:3: error: records would go round for ever: b -> b"},
        Fault{"ContentTypeThatDoesNotFit",
              "  a: { source: file, with: { path: x } }\n  c: { process: check, from: a }\n  z: { "
              "sink: stdout, from: c }\n",
              "5:30: error: `c` takes hl7v2, but `a.out` gives bytes"},
        Fault{"ContentTypeThroughSameAndPorts",
              "  a: { source: file, with: { path: x } }\n  c: { process: route, from: a, with: { "
              "cases: { y: x } } }\n"
              "  d: { process: alert, from: c.y, with: { rules: [] } }\n  e: { process: to_fhir, "
              "from: d }\n",
              "7:32: error: `e` takes hl7v2, but `d.out` gives bytes"},
        Fault{"ContentTypeOfARejectedRecord",
              "  a: { source: mllp, ack: none, with: { listen: x } }\n  c: { process: to_fhir, "
              "from: a }\n"
              "  z: { sink: http, from: c.rejected, with: { url: u } }\n",
              "6:26: error: `z` takes fhir, but `c.rejected` gives hl7v2"},
        Fault{"UnusedSource",
              "  a: { source: file, with: { path: x } }\n  b: { source: file, with: { path: x } "
              "}\n  z: { sink: stdout, from: b }\n",
              "4:3: error: nothing listens to the source `a`"},
        Fault{"NoSource",
              "  z: { sink: stdout, from: z }\n",
              "4:3: error: the pipeline has no source"}),
    [](const auto& fault) { return fault.param.name; });

TEST(Load, WarnsOfPortsThatNobodyListensTo) {
    const Loaded loaded = load_with(
        "aorta: 1\npipeline: p\nnodes:\n  a: { source: file, with: { path: x } }\n"
        "  b: { process: alert, from: a, with: { rules: [] } }\n  z: { sink: stdout, from: "
        "b }\n");
    ASSERT_TRUE(loaded.spec);
    EXPECT_EQ(
        loaded.diagnostics.to_text(),
        "p.yaml:5:3: warning: unrouted: nothing listens to `b.alerts`, its records end there\n");
}

TEST(Load, DoesNotWarnOfOutWhereAPortOfItsOwnIsAllThatIsWanted) {
    const Loaded loaded = load_with(
        "aorta: 1\npipeline: p\nnodes:\n  a: { source: file, with: { path: x } }\n"
        "  b: { process: alert, from: a, with: { rules: [] } }\n  z: { sink: stdout, from: "
        "b.alerts }\n");
    ASSERT_TRUE(loaded.spec);
    EXPECT_EQ(loaded.diagnostics.to_text(), "");
}

TEST(Load, WarnsOfRejectionsThatNoAnswerWaitsFor) {
    const auto report = [](const char* ack, const char* process) {
        const Loaded loaded = load_with(
            "aorta: 1\npipeline: p\nnodes:\n  a: { source: mllp, ack: " + std::string(ack) +
            ", with: { listen: x } }\n  b: { process: " + process +
            ", from: a }\n  z: { sink: stdout, from: b }\n");
        EXPECT_TRUE(loaded.spec);
        return loaded.diagnostics.to_text();
    };
    EXPECT_EQ(
        report("delivered", "check"),
        "p.yaml:4:3: warning: `a` answers AA to data that `b` rejects\n    add after: b, or the "
        "last node that checks, to its ack\n");
    EXPECT_EQ(report("{ level: delivered, after: b }", "check"), "");
    EXPECT_EQ(report("received", "check"), "");
    EXPECT_EQ(report("delivered", "decode_hl7v2"), "") << "it rejects nothing";
}

TEST(Load, ChecksThePipelinesOwnKeys) {
    struct Case {
        std::string_view text;
        std::string_view report;
    };

    for (const Case& c :
         {Case{"", "p.yaml:1:1: error: a pipeline is a map"},
          {"- a\n", "error: a pipeline is a map"},
          {"aorta: 1\npipeline: p\nnode: {}\n",
           "p.yaml:3:1: error: unknown key `node`\n    did you mean `nodes`?"},
          {"pipeline: p\nnodes: {}\n", "1:1: error: `aorta` is missing"},
          {"aorta: 2\npipeline: p\nnodes: {}\n", "1:8: error: `aorta` is too high"},
          {"aorta: 1\npipeline: P 1\nnodes: {}\n", "2:11: error: `P 1` is no name for a pipeline"},
          {"aorta: 1\npipeline: p\n", "error: `nodes` is missing"},
          {"aorta: 1\npipeline: p\nnodes: [a]\n", "3:8: error: `nodes` is a map, found a list"},
          {"aorta: 1\npipeline: p\nnodes:\n", "error: the pipeline has no source"},
          {"aorta: 1\npipeline: p\nbudget: 1\nnodes: {}\n", "3:9: error: `budget` is too low"},
          {"aorta: 1\npipeline: p\nstart_deadline: 5\nnodes: {}\n",
           "3:17: error: `start_deadline` takes a duration"},
          {"aorta: 1\npipeline: p\nkey: abc\nnodes: {}\n", "3:6: error: `key` takes a secret"},
          {"aorta: 1\npipeline: p\nstorage: { pth: x }\nnodes: {}\n",
           "3:12: error: unknown key `pth`"},
          {"aorta: 1\npipeline: p\nvars: [x]\nnodes: {}\n", "3:7: error: `vars` is a map"},
          {"aorta: 1\npipeline: p\nvars: { a: [] }\nnodes: {}\n",
           "3:12: error: the variable `a` is a list"}}) {
        const Loaded loaded = load_with(c.text);
        EXPECT_FALSE(loaded.spec);
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(c.report));
    }
}

TEST(Load, ReportsEverythingAtOnceInOrder) {
    const Loaded loaded = load_with(R"(aorta: 1
pipeline: p
bugdet: 1MiB
nodes:
  a: { source: mllp, with: { listen: x, idle: 5 } }
  b: { process: decode_hl7, from: a }
  c: { process: check, from: [ a, nobody ], on_error: retry }
  z: { sink: file, from: c.odd, with: { path: "${OUT}" } }
)");
    EXPECT_EQ(loaded.diagnostics.to_text(),
              R"(p.yaml:3:1: error: unknown key `bugdet`
    did you mean `budget`?
p.yaml:5:3: error: `a` keeps records on disk, and `storage` has no `key`: they would lie there unsealed
    openssl rand -hex 32 > storage.key && chmod 600 storage.key, then key: !secret file:storage.key; or say `plaintext: true` if the disk is encrypted by other means
p.yaml:5:47: error: `idle` takes a duration, found a whole number `5`
    not a duration: write a number with ns, us, ms, s, m, h or d, such as 5s or 1h30m
p.yaml:6:17: error: there is no processor plugin `decode_hl7`
    did you mean `decode_hl7v2`?
p.yaml:7:35: error: there is no node `nobody`
    known are: a, b, c, z
p.yaml:7:55: error: `on_error` does not take text `retry`
    accepted: dead_letter, drop, stop
p.yaml:8:26: error: `c` has no port `odd`
    its ports are: out, rejected
p.yaml:8:47: error: the variable `OUT` is not set
    set it in the environment, in --env-file or by --set OUT=…, or write ${OUT:-default}
)");
}

TEST(Load, PutsVariablesIn) {
    LoadOptions options;
    options.environment.set_text("CONNECTIONS", "7", config::Origin::Kind::Environment);
    options.environment.set_text("folder", "from_set", config::Origin::Kind::Set);
    const Loaded loaded = load_with(R"(aorta: 1
pipeline: p
vars: { host: lab, folder: out, path: "${folder}/${host}" }
nodes:
  a: { source: mllp, ack: none, with: { listen: "${host}:1", connections: "${CONNECTIONS}" } }
  z: { sink: file, from: a, with: { path: "${path}.hl7" } }
)",
                                    options);
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->nodes[0].with.find("listen")->text, "lab:1");
    EXPECT_EQ(loaded.spec->nodes[0].with.find("connections")->integer, 7);
    EXPECT_EQ(loaded.spec->nodes[1].with.find("path")->text, "from_set/lab.hl7");
}

TEST(Load, GoesOnWithoutAnEnvironment) {
    LoadOptions options;
    options.unset = Unset::Warning;
    const Loaded loaded = load_with(R"(aorta: 1
pipeline: p
lanes: ${LANES}
key: !secret env:KEY
nodes:
  a: { source: mllp, ack: "${LEVEL}", with: { listen: "${LISTEN}", connections: "${N}" } }
  r: { process: route, from: a, with: { cases: "${CASES}" } }
  z: { sink: stdout, from: [ r.any, r, "${MORE}" ] }
)",
                                    options);
    EXPECT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.to_text();
    for (const char* name : {"LANES", "KEY", "LEVEL", "LISTEN", "N", "CASES", "MORE"}) {
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(std::string("`") + name + "`"));
    }
    EXPECT_TRUE(loaded.spec);
}

TEST(Load, NamesAFileThatIsNotThere) {
    const Loaded loaded = load("/nonexistent/p.yaml", fake_catalog());
    EXPECT_EQ(loaded.diagnostics.to_text(),
              "/nonexistent/p.yaml: error: No such file or directory\n");
}

TEST(Load, KeepsTheSoundNodesOfAFileWithErrors) {
    const Loaded loaded = load_with(R"(aorta: 1
pipeline: p
nodes:
  a: { source: file, with: { path: x } }
  b: { process: route, from: ii, with: { cases: { f: "1 ==" } } }
  c: { process: check, from: b, with: { strict: 5 } }
  d: { process: nobody, from: c }
  z: { sink: http, from: d, with: { url: "${URL}" } }
)");
    EXPECT_FALSE(loaded.spec);
    std::vector<std::string> names;
    for (const NodeSpec& node : loaded.sound.nodes) {
        names.push_back(node.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"a", "b"})) << "what plugins can look at";
}

TEST(Load, DoesNotReportWhatFollowsFromAnotherError) {
    struct Case {
        std::string_view nodes;
        std::string_view report;
    };

    const std::string intake = "  a: { source: file, with: { path: x } }\n";
    const std::string store = "  z: { sink: stdout, from: d }\n";
    for (const Case& c :
         {Case{"  d: { proces: decode_hl7v2, from: a }\n",
               "p.yaml:5:8: error: unknown key `proces`\n    did you mean `process`?\n"},
          {"  d: { process: decode_hl7v2, form: a }\n",
           "p.yaml:5:31: error: unknown key `form`\n    did you mean `from`?\n"},
          {"  d: { process: decode_hl7v2, from: aa }\n",
           "p.yaml:5:37: error: there is no node `aa`\n    did you mean `a`?\n"},
          {"  d: { from: a }\n",
           "p.yaml:5:3: error: the node `d` names no plugin\n    write source: …, process: … or "
           "sink: …\n"},
          {"  d:\n",
           "p.yaml:5:3: error: the node `d` is empty\n    for example: { source: file, with: { … } "
           "}\n"}}) {
        const Loaded loaded =
            load_with("aorta: 1\npipeline: p\nnodes:\n" + intake + std::string(c.nodes) + store);
        EXPECT_EQ(loaded.diagnostics.to_text(), c.report);
    }
    const Loaded two = load_with(
        "aorta: 1\npipeline: p\nnodes:\n  d: { source: file, process: check, with: { path: x } "
        "}\n" +
        store);
    EXPECT_EQ(two.diagnostics.to_text(),
              "p.yaml:4:31: error: the node `d` names two plugins\n    make two nodes of it\n");
}

TEST(Load, ReportsMissingNodesOnceAndTheRestToo) {
    const Loaded loaded = load_with(
        "aorta: 1\npipeline: p\nbudget: 1\ntests: [ { name: t, inject: [ { at: a, text: x } ], "
        "expect: [ { at: z, count: 1 } ] } ]\n");
    EXPECT_EQ(loaded.diagnostics.error_count(), 2U) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("`nodes` is missing"));
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("`budget` is too low"));
}

constexpr std::string_view kWithVars = R"(aorta: 1
pipeline: p
vars: { site: "${SITE}", path: "${site}/x" }
nodes:
  a: { source: file, with: { path: "${path}" } }
  z: { sink: stdout, from: a }
)";

TEST(Load, DoesNotAskForWhatAnOverriddenVariableIsMadeOf) {
    LoadOptions options;
    options.environment.set_text("site", "x", config::Origin::Kind::Set);
    const Loaded loaded = load_text(kWithVars, "p.yaml", fake_catalog(), options);
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_TRUE(loaded.diagnostics.empty()) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->nodes[0].with.find("path")->text, "x/x");
    EXPECT_EQ(loaded.resolved.find("vars")->find("site")->text, "x") << "and shows what it has";
}

TEST(Load, WarnsWhenTheEnvironmentHappensToHaveAVariableOfTheFile) {
    const auto report = [](const char* name, config::Origin::Kind kind) {
        LoadOptions options;
        options.environment.set_text(name, "x", kind);
        const std::string text = "aorta: 1\npipeline: p\nvars: { " + std::string(name) +
                                 ": y }\nnodes:\n  a: { source: file, with: { path: \"${" + name +
                                 "}\" } }\n  z: { sink: stdout, from: a }\n";
        return load_text(text, "p.yaml", fake_catalog(), options).diagnostics.to_text();
    };
    using Kind = config::Origin::Kind;
    EXPECT_THAT(report("user", Kind::Environment),
                HasSubstr("p.yaml:3:9: warning: the environment has a variable `user`, too"));
    EXPECT_THAT(report("HOME", Kind::Environment), HasSubstr("warning"));
    EXPECT_EQ(report("LAB_SITE", Kind::Environment), "") << "meant so";
    EXPECT_EQ(report("user", Kind::EnvFile), "");
    EXPECT_EQ(report("user", Kind::Set), "");
}

TEST(Load, WarnsOfVariablesThatNothingUses) {
    LoadOptions options;
    config::Diagnostics problems;
    options.environment.set_text("prot", "1", config::Origin::Kind::Set);
    options.environment.add_file("SIET=lab\nOTHER_SERVICE=x\n", "site.env", problems);
    const Loaded loaded = load_text(R"(aorta: 1
pipeline: p
vars: { spare: 1 }
nodes:
  a: { source: mllp, ack: none, with: { listen: "127.0.0.1:${port:-2575}" } }
  z: { sink: file, from: a, with: { path: "${SITE:-here}" } }
)",
                                    "p.yaml",
                                    fake_catalog(),
                                    options);
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.diagnostics.to_text(),
              "p.yaml:3:9: warning: nothing uses the variable `spare`\n    remove it, or use it: "
              "${spare}\n");
    config::Diagnostics of_all;
    warn_of_unused(options.environment, loaded.asked, of_all);
    EXPECT_EQ(
        of_all.to_text(),
        "--set: warning: nothing uses the variable `prot`\n    did you mean `port`?\n"
        "site.env:1:1: warning: nothing uses the variable `SIET`\n    did you mean `SITE`?\n");
}

}  // namespace
}  // namespace aorta::pipeline
