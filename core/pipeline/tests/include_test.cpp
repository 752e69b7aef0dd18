#include "fake_catalog.hpp"
#include "folder.hpp"
#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kLab = R"(summary: A laboratory
parameters:
  port:
  dir: { default: "out/${SITE:-here}", text: Folder }
  cases: { default: { x: "y" } }
nodes:
  intake: { source: mllp, ack: { level: received, after: decode }, with: { listen: "127.0.0.1:${port}", connections: "${port}" } }
  decode: { process: decode_hl7v2, from: intake }
  split: { process: route, from: [ decode ], with: { cases: "${cases}" } }
  store: { sink: file, from: [ decode.rejected, split ], with: { path: "${dir}/{date}.hl7" } }
)";

std::vector<std::string> names(const PipelineSpec& spec) {
    std::vector<std::string> out;
    for (const NodeSpec& node : spec.nodes) {
        out.push_back(node.name);
    }
    return out;
}

Loaded load_main(const Folder& folder, std::string_view text, const LoadOptions& options = {}) {
    return load(folder.write("p.yaml", "aorta: 1\npipeline: p\n" + std::string(text)),
                fake_catalog(),
                options);
}

TEST(Include, AddsTheNodesOfAFragmentUnderAPrefix) {
    const Folder folder;
    folder.write("fragments/lab.yaml", kLab);
    const Loaded loaded = load_main(folder, R"(include:
  - { file: fragments/lab.yaml, as: lab_a, with: { port: 2601, dir: out/a, cases: { f: "1", m: "2" } } }
  - { file: fragments/lab.yaml, as: lab_b, with: { port: 2602 } }
nodes:
  more: { sink: stdout, from: [ lab_a_decode, lab_a_split.f, lab_a_split.m, lab_b_split.x ] }
)");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_TRUE(loaded.diagnostics.empty()) << loaded.diagnostics.to_text();
    EXPECT_THAT(names(*loaded.spec),
                ElementsAre("lab_a_intake",
                            "lab_a_decode",
                            "lab_a_split",
                            "lab_a_store",
                            "lab_b_intake",
                            "lab_b_decode",
                            "lab_b_split",
                            "lab_b_store",
                            "more"));
    const NodeSpec& intake = *loaded.spec->find("lab_a_intake");
    EXPECT_EQ(intake.ack.after, "lab_a_decode");
    EXPECT_EQ(intake.with.find("listen")->text, "127.0.0.1:2601");
    EXPECT_EQ(intake.with.find("connections")->integer, 2601);
    EXPECT_EQ(loaded.spec->find("lab_a_store")->from[0].node, "lab_a_decode");
    EXPECT_EQ(loaded.spec->find("lab_a_store")->with.find("path")->text, "out/a/{date}.hl7");
    EXPECT_EQ(loaded.spec->find("lab_b_store")->with.find("path")->text, "out/here/{date}.hl7");
    EXPECT_EQ(loaded.spec->find("lab_a_decode")->at.file,
              (folder.path() / "fragments/lab.yaml").string());
}

TEST(Include, FragmentsMayIncludeOthersAndListenToNodesOutside) {
    const Folder folder;
    folder.write("inner.yaml",
                 "parameters: { input: }\nnodes:\n  out: { sink: stdout, from: \"${input}\" }\n");
    folder.write("outer.yaml",
                 "parameters: { source: }\ninclude:\n  - { file: inner.yaml, as: in, with: { "
                 "input: check } }\n"
                 "nodes:\n  check: { process: decode_hl7v2, from: \"${source}\" }\n  out: { sink: "
                 "stdout, from: check }\n");
    const Loaded loaded =
        load_main(folder, R"(include: [ { file: outer.yaml, as: o, with: { source: check } } ]
nodes:
  check: { source: file, with: { path: x } }
)");
    // `check` as a parameter of the outer fragment is the node of the main file. The inner one's
    // `input` is written in the outer fragment, but it came by a parameter too.
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->find("o_check")->from[0].node, "check");
    EXPECT_EQ(loaded.spec->find("o_out")->from[0].node, "o_check");
    EXPECT_EQ(loaded.spec->find("o_in_out")->from[0].node, "o_check");
}

TEST(Include, DoesNotReadVariablesTwice) {
    const Folder folder;
    folder.write("f.yaml",
                 "parameters: { path: }\nnodes:\n  out: { sink: file, from: \"a\", with: { path: "
                 "\"${path}\" } }\n");
    LoadOptions options;
    options.environment.set_text("TRICK", "${HOME}", config::Origin::Kind::Environment);
    options.environment.set_text("HOME", "leaked", config::Origin::Kind::Environment);
    const Loaded loaded =
        load_main(folder,
                  R"(include: [ { file: f.yaml, as: f, with: { path: "${TRICK}" } } ]
nodes: { a: { source: file, with: { path: x } } }
)",
                  options);
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->find("f_out")->with.find("path")->text, "${HOME}");
}

TEST(Include, ReportsWhatIsWrong) {
    const Folder folder;
    folder.write("lab.yaml", kLab);
    folder.write("loop.yaml", "include: [ { file: loop.yaml, as: x } ]\nnodes: {}\n");
    folder.write("bad.yaml", "nodes:\n  a: { source: \"\n");
    folder.write("odd.yaml", "parameters: { a: 5, b: { deflt: 1 } }\nnode: {}\nnodes: {}\n");
    std::filesystem::create_symlink("/etc/hostname", folder.path() / "link.yaml");

    struct Case {
        std::string_view include;
        std::string_view report;
    };

    for (const Case& c :
         {Case{"- { file: lab.yaml, as: a }", "p.yaml:4:3: error: the parameter `port` is missing"},
          {"- { file: lab.yaml, as: a, with: { prt: 1, port: 1 } }",
           "p.yaml:4:36: error: the fragment has no parameter `prt`\n    did you mean `port`?"},
          {"- { file: lab.yaml, with: { port: 1 } }", "p.yaml:4:3: error: `as` is missing"},
          {"- { file: lab.yaml, as: A b, with: { port: 1 } }",
           "p.yaml:4:25: error: `as` is a name of a-z, 0-9 and _"},
          {"- { file: lab.yaml, as: a, with: [ 1 ] }", "error: `with` is a map of parameters"},
          {"- { fil: lab.yaml, as: a }", "error: unknown key `fil`"},
          {"- { file: absent.yaml, as: a }", "p.yaml:4:11: error: fragment: "},
          {"- { file: ../lab.yaml, as: a }",
           "p.yaml:4:11: error: the fragment lies outside of the pipeline's folder"},
          {"- { file: /etc/hostname, as: a }",
           "error: the fragment lies outside of the pipeline's folder"},
          {"- { file: link.yaml, as: a }",
           "error: the fragment lies outside of the pipeline's folder"},
          {"- { file: ., as: a }", "error: "},
          {"- { file: loop.yaml, as: a }",
           "loop.yaml:1:12: error: fragments are included too deep"},
          {"- { file: bad.yaml, as: a }", "bad.yaml:2:16: error: this quote is never closed"},
          {"- { file: odd.yaml, as: a }", "odd.yaml:2:1: error: unknown key `node`"},
          {"- { file: lab.yaml, as: a, with: { port: 1 } }\n- { file: lab.yaml, as: a, with: { "
           "port: 1 } }",
           "lab.yaml:7:3: error: a node named `intake` exists already"},
          {"{}", "`include` is a list"}}) {
        const Loaded loaded =
            load_main(folder, "include:\n" + std::string(c.include) + "\nnodes: {}\n");
        EXPECT_FALSE(loaded.spec);
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(c.report)) << c.include;
    }
}

TEST(Include, IsEnoughWithoutNodesOfItsOwn) {
    const Folder folder;
    folder.write("lab.yaml", kLab);
    const Loaded loaded = load_main(
        folder,
        "include: [ { file: lab.yaml, as: a, with: { port: 1, cases: {} } } ]\ntests: [ { name: t, "
        "inject: [ { at: a_intake, text: x } ], expect: [ { at: a_store, count: 1 } ] } ]\n");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(loaded.spec->nodes.size(), 4U);
    EXPECT_EQ(loaded.resolved.find("include"), nullptr) << "its nodes are there in its place";
}

TEST(Include, ReportsAFaultOfAFragmentOnceWithThePlacesThatIncludeIt) {
    const Folder folder;
    const std::string fragment = folder.write("lab.yaml", R"(parameters: { port: }
nodes:
  intake: { source: mllp, ack: none, with: { listen: x, connections: "${port}" } }
  decode: { process: decode_hl7v2, from: intkae }
  store: { sink: file, from: decode }
)");
    const Loaded loaded = load_main(folder, R"(include:
  - { file: lab.yaml, as: a, with: { port: 1 } }
  - { file: lab.yaml, as: b, with: { port: 99999 } }
)");
    const std::string main = (folder.path() / "p.yaml").string();
    const std::string both = "included as a (" + main + ":4), b (" + main + ":5)\n";
    EXPECT_EQ(loaded.diagnostics.to_text(),
              fragment +
                  ":3:70: error: `connections` is too high: the value of `port`\n    "
                  "accepted: 1 to 4096; included as b (" +
                  main + ":5)\n" + fragment +
                  ":4:42: error: there is no node `intkae`\n    did you mean `intake`?; " + both +
                  fragment + ":5:3: error: `path` is missing\n    " + both);
}

TEST(Include, AFragmentThatCannotBeReadHidesNothingAndAddsNothing) {
    const Folder folder;
    const Loaded loaded = load_main(folder, R"(include: [ { file: absent.yaml, as: a } ]
nodes:
  z: { sink: stdout, from: a_decode }
  y: { sink: file, from: a_decode }
)");
    EXPECT_EQ(loaded.diagnostics.error_count(), 2U) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("fragment: "));
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("`path` is missing"));
}

}  // namespace
}  // namespace aorta::pipeline
