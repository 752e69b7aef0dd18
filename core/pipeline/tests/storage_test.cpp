#include "pipeline/storage.hpp"

#include "fake_catalog.hpp"
#include "folder.hpp"
#include "pipeline/load.hpp"
#include "pipeline/show.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kKey = "0123456789abcdef0123456789abcdef";

/// A pipeline with this storage, beside a good key, a former one and a short one.
Loaded load_with(const std::string& storage, Unset unset = Unset::Error) {
    const Folder folder;
    folder.write("good", kKey + "\n");
    folder.write("former", std::string(32, 'f') + "\n");
    folder.write("short", "hunter2\n");
    LoadOptions options;
    options.unset = unset;
    return load(folder.write("p.yaml",
                             "aorta: 1\npipeline: p\nstorage: { " + storage +
                                 " }\nnodes:\n"
                                 "  a: { source: mllp, ack: none, with: { listen: x } }\n"
                                 "  z: { sink: stdout, from: a }\n"),
                fake_catalog(),
                options);
}

TEST(Storage, ReadsAllOfIt) {
    const Loaded loaded = load_with(
        "path: state, key: !secret file:good, former_keys: [ !secret file:former ], max: 2GiB, "
        "keep: { dead_letters: 7d }");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), IsEmpty());
    const StorageSpec& storage = loaded.spec->storage;
    EXPECT_EQ(storage.path, "state");
    EXPECT_EQ(storage.key.reveal(), kKey);
    ASSERT_EQ(storage.former_keys.size(), 1U);
    EXPECT_EQ(storage.former_keys[0].reveal(), std::string(32, 'f'));
    EXPECT_TRUE(storage.is_sealed);
    EXPECT_FALSE(storage.is_plaintext);
    EXPECT_EQ(storage.max_bytes, 2LL << 30);
    EXPECT_EQ(storage.keep_dead_letters, std::chrono::hours(24 * 7));
    const std::string shown = show(loaded.resolved);
    EXPECT_THAT(shown, HasSubstr("max: 2GiB"));
    EXPECT_THAT(shown, HasSubstr("!secret \"file:former\""));
    EXPECT_THAT(shown, Not(HasSubstr(kKey)));
}

TEST(Storage, SaysWhatIsWrong) {
    const std::pair<std::string, std::string> cases[] = {
        {"path: state, key: !secret file:short",
         "p.yaml:3:30: error: the storage key has 7 bytes, 32 are the fewest\n    openssl rand "
         "-hex "
         "32 > storage.key && chmod 600 storage.key"},
        {"path: state, key: !secret file:good, former_keys: [ !secret file:short ]",
         "p.yaml:3:64: error: the storage key has 7 bytes"},
        {"path: state, key: !secret file:good, plaintext: true",
         "error: `plaintext: true` and `key` contradict each other"},
        {"path: state, key: " + kKey, "error: `key` takes a secret"},
        {"path: state, plaintext: true, max: 1KiB", "error: `max` is too low"},
        {"path: state, plaintext: maybe", "error: `plaintext` takes"},
    };
    for (const auto& [storage, report] : cases) {
        const Loaded loaded = load_with(storage);
        EXPECT_FALSE(loaded.spec) << storage;
        EXPECT_THAT(loaded.diagnostics.to_text(), HasSubstr(report));
        EXPECT_THAT(loaded.diagnostics.to_text(), Not(HasSubstr("hunter2")));
        EXPECT_THAT(loaded.diagnostics.to_text(), Not(HasSubstr(kKey.substr(24))));
    }
}

TEST(Storage, WarnsOfDeadLettersThatAreNotSealed) {
    const std::pair<std::string, bool> cases[] = {
        {"path: state", true},
        {"path: state, former_keys: [ !secret file:former ]", true},
        {"path: state, plaintext: true", false},
        {"path: state, key: !secret file:good", false},
    };
    for (const auto& [storage, warns] : cases) {
        const Loaded loaded = load_with(storage);
        EXPECT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        EXPECT_EQ(loaded.diagnostics.to_text().find("3:10: warning: `storage` has no `key`") !=
                      std::string::npos,
                  warns)
            << loaded.diagnostics.to_text();
    }
}

TEST(Storage, AKeyThatIsNotHereYetIsAKey) {
    const Loaded loaded = load_with("path: state, key: !secret env:KEY", Unset::Warning);
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_TRUE(loaded.spec->storage.is_sealed);
    EXPECT_THAT(loaded.diagnostics.to_text(), Not(HasSubstr("has no `key`")));
}

TEST(Storage, AJournalOrAnOutboxNeedsAKeyOrAWord) {
    const NodeSpec keepers[] = {{.name = "intake", .ack = {.level = AckLevel::Durable}},
                                {.name = "send", .kind = config::Kind::Sink, .has_outbox = true}};
    for (const NodeSpec& keeper : keepers) {
        PipelineSpec spec;
        spec.nodes.push_back(keeper);
        const auto report = [&] {
            config::Diagnostics diagnostics;
            check_storage(spec, diagnostics);
            return diagnostics.to_text();
        };
        EXPECT_THAT(report(),
                    HasSubstr("error: `" + keeper.name +
                              "` keeps records on disk, and `storage` has no `key`"));
        EXPECT_THAT(report(), HasSubstr("openssl rand -hex 32 > storage.key"));
        EXPECT_THAT(report(), HasSubstr("`plaintext: true`"));
        spec.storage.is_plaintext = true;
        EXPECT_THAT(report(), IsEmpty());
        spec.storage = {.is_sealed = true};
        EXPECT_THAT(report(), IsEmpty());
    }
}

}  // namespace
}  // namespace aorta::pipeline
