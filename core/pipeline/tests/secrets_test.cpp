#include "config/json.hpp"
#include "fake_catalog.hpp"
#include "folder.hpp"
#include "pipeline/load.hpp"
#include "pipeline/show.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Loaded load_with(const Folder& folder, std::string_view secret, Unset unset = Unset::Error) {
    LoadOptions options;
    options.unset = unset;
    options.environment.set_text("TOKEN", "from-environment", config::Origin::Kind::Environment);
    options.environment.set_text("NOTHING", "", config::Origin::Kind::Environment);
    const std::string text =
        "aorta: 1\npipeline: p\nvars: { where: secrets }\nnodes:\n"
        "  a: { source: mllp, ack: none, with: { listen: x, password: " +
        std::string(secret) + " } }\n  z: { sink: stdout, from: a }\n";
    return load(folder.write("p.yaml", text), fake_catalog(), options);
}

TEST(Secrets, AreReadFromFilesAndTheEnvironment) {
    const Folder folder;
    folder.write("secrets/key", "hunter2\n", 0400);

    struct Case {
        std::string_view reference;
        std::string_view secret;
    };

    for (const Case& c : {Case{"!secret file:secrets/key", "hunter2"},
                          {"!secret \"file:${where}/key\"", "hunter2"},
                          {"!secret env:TOKEN", "from-environment"}}) {
        const Loaded loaded = load_with(folder, c.reference);
        ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        const config::Value& password = *loaded.spec->nodes[0].with.find("password");
        EXPECT_EQ(password.secret.reveal(), c.secret);
        EXPECT_THAT(show(loaded.resolved), Not(HasSubstr(std::string(c.secret))));
        EXPECT_THAT(config::to_json(loaded.resolved), Not(HasSubstr(std::string(c.secret))));
    }
}

TEST(Secrets, AreRefusedWhenOthersMayReadThem) {
    for (const unsigned mode : {0440U, 0404U, 0644U, 0420U}) {
        const Folder folder;
        folder.write("key", "hunter2", mode);
        const Loaded loaded = load_with(folder, "!secret file:key");
        EXPECT_FALSE(loaded.spec);
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("can be read by others (mode 0"));
        EXPECT_THAT(loaded.diagnostics.to_text(),
                    HasSubstr("chmod 0400 the file; in Kubernetes set defaultMode: 0400"));
        EXPECT_THAT(loaded.diagnostics.to_text(), Not(HasSubstr("hunter2")));
    }
}

TEST(Secrets, ThatAreMissingAreNamed) {
    const Folder folder;
    folder.write("empty", "\n", 0400);
    folder.write("large", std::string(70'000, 'x'), 0400);

    struct Case {
        std::string_view reference;
        std::string_view report;
    };

    for (const Case& c :
         {Case{"!secret file:absent", "absent: No such file or directory"},
          {"!secret env:ABSENT", "p.yaml:5:62: error: secret: the environment has no `ABSENT`"},
          {"!secret env:where", "the environment has no `where`"},
          {"!secret env:NOTHING", "the secret is empty"},
          {"!secret file:empty", "the secret is empty"},
          {"!secret file:large", "is larger than 65536 bytes"},
          {"!secret file:.", "is no regular file"},
          {"!secret hunter2", "not a reference to a secret"}}) {
        const Loaded loaded = load_with(folder, c.reference);
        EXPECT_FALSE(loaded.spec);
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(c.report));
        EXPECT_THAT(loaded.diagnostics.to_text(), Not(HasSubstr("hunter2")));
    }
}

TEST(Secrets, MayBeMissingWithoutAnEnvironment) {
    const Folder folder;
    for (const std::string_view reference : {"!secret file:absent", "!secret env:ABSENT"}) {
        const Loaded loaded = load_with(folder, reference, Unset::Warning);
        EXPECT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        EXPECT_EQ(loaded.diagnostics.warning_count(), 2U) << "and of `where`, which is not used";
    }
}

TEST(Secrets, DoNotGoIntoOptionsThatCouldBePrinted) {
    const Loaded loaded = load_text(
        "aorta: 1\npipeline: p\nnodes:\n  a: { source: file, with: { path: !secret env:X } }\n",
        "p.yaml",
        fake_catalog(),
        {.unset = Unset::Warning});
    EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr("`path` is no option for secrets"));
}

}  // namespace
}  // namespace aorta::pipeline
