#include "pipeline/show.hpp"

#include "fake_catalog.hpp"
#include "pipeline/load.hpp"
#include "pipeline/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

Loaded example() {
    LoadOptions options;
    options.environment.set_text("PORT", "2575", config::Origin::Kind::Environment);
    options.environment.set_text("dir", "a b", config::Origin::Kind::Set);
    options.environment.set_text("TOKEN", "hunter2", config::Origin::Kind::EnvFile);
    return load_text(R"(aorta: 1
pipeline: p
nodes:
  a: { source: mllp, ack: none, with: { listen: "x:${PORT}", password: !secret env:TOKEN } }
  r: { process: route, from: a, with: { cases: { f: "PID-8 == 'F'" } } }
  w: { process: alert, from: a, with: { rules: [ { when: x }, { when: y } ] } }
  z: { sink: file, from: [ r, r.f, w, w.alerts ], with: { path: "${dir}" } }
)",
                     "p.yaml",
                     fake_catalog(),
                     options);
}

TEST(Show, NamesTheOriginOfEachValue) {
    const Loaded loaded = example();
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_EQ(show(loaded.resolved), R"(aorta: 1  # p.yaml:1
pipeline: p  # p.yaml:2
nodes:
  a:
    source: mllp  # p.yaml:4
    ack:
      level: none  # p.yaml:4
      on_invalid: AE  # default
      timeout: 30s  # default
    with:
      listen: "x:2575"  # env PORT
      password: !secret "env:TOKEN"  # p.yaml:4
      connections: 64  # default
      idle: 60s  # default
  r:
    process: route  # p.yaml:5
    from:
      - a  # p.yaml:5
    with:
      cases:
        f: "PID-8 == 'F'"  # p.yaml:5
  w:
    process: alert  # p.yaml:6
    from:
      - a  # p.yaml:6
    with:
      rules:
        - when: x  # p.yaml:6
        - when: y  # p.yaml:6
  z:
    sink: file  # p.yaml:7
    from:
      - r  # p.yaml:7
      - r.f  # p.yaml:7
      - w  # p.yaml:7
      - w.alerts  # p.yaml:7
    with:
      path: "a b"  # --set dir
    required: true  # default
budget: 64MiB  # default
start_deadline: 30s  # default
shutdown_grace: 25s  # default
storage:
  plaintext: false  # default
  max: 10GiB  # default
  keep:
    dead_letters: 30d  # default
)");
}

TEST(Show, IsAPipelineThatLoadsToTheSame) {
    const Loaded first = example();
    LoadOptions options;
    options.environment.set_text("TOKEN", "hunter2", config::Origin::Kind::Environment);
    const Loaded again = load_text(show(first.resolved), "shown.yaml", fake_catalog(), options);
    ASSERT_TRUE(again.spec) << again.diagnostics.to_text();
    EXPECT_EQ(again.resolved, first.resolved);
}

TEST(Show, IsAPipelineWhateverItWasMadeOf) {
    LoadOptions options;
    options.environment.set_text("port", "3", config::Origin::Kind::EnvFile);
    const Loaded first = load_text(R"(aorta: 1
pipeline: p
vars: { port: 2575 }
nodes:
  a: { source: mllp, ack: none, with: { listen: "${HOST:-localhost}", connections: "${port}" } }
  z: { sink: file, from: a, with: { path: "cost $$ and $${this}" } }
)",
                                   "p.yaml",
                                   fake_catalog(),
                                   options);
    const std::string shown = show(first.resolved);
    EXPECT_THAT(shown, testing::HasSubstr("  port: 3  # env-file port\n"));
    EXPECT_THAT(shown, testing::HasSubstr("listen: localhost  # p.yaml:5, the default of HOST\n"));
    const Loaded again = load_text(shown, "shown.yaml", fake_catalog());
    ASSERT_TRUE(again.spec) << again.diagnostics.to_text();
    EXPECT_EQ(again.spec->find("z")->with, first.spec->find("z")->with);
}

}  // namespace
}  // namespace aorta::pipeline
