#include "host/options.hpp"

#include <aorta/sdk.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace aorta::host {
namespace {

config::Value at(config::Value value, std::uint32_t line) {
    value.at = {"p.yaml", line, 7};
    return value;
}

TEST(AbiOptions, KeepTypesTextsAndPositions) {
    config::Value map = config::Value::of_map();
    map.add("name", at(config::Value::of_text("x"), 3));
    map.add("on", config::Value::of_bool(true));
    map.add("ratio", config::Value::of_real(0.5));
    map.add("list", config::Value::of_list({config::Value::of_int(1), config::Value::of_int(2)}));
    const AbiOptions abi(map);
    const Options options{abi.root()};

    EXPECT_EQ(options.size(), 4U);
    EXPECT_EQ(options["name"].text(), "x");
    EXPECT_EQ(options["name"].abi()->line, 3U);
    EXPECT_EQ(options["name"].abi()->column, 7U);
    EXPECT_EQ(from_abi(options["name"].abi()->file), "p.yaml");
    EXPECT_TRUE(options["on"].flag());
    EXPECT_EQ(options["ratio"].real(), 0.5);
    EXPECT_EQ(options["list"].item(1).integer(), 2);
    EXPECT_FALSE(options["none"].exists());
}

TEST(AbiOptions, GiveSecretsAsTextsOnceResolved) {
    config::Value secret;
    secret.type = config::Value::Type::Secret;
    secret.text = "file:/run/secrets/key";
    config::Value map = config::Value::of_map();
    map.add("unresolved", secret);
    secret.secret = config::Secret(std::string("hush"));
    map.add("resolved", secret);
    const AbiOptions abi(map);
    const Options options{abi.root()};

    EXPECT_FALSE(options["unresolved"].exists());
    EXPECT_EQ(options["unresolved"].text(), "");
    EXPECT_EQ(options["resolved"].text(), "hush");
}

TEST(AbiOptions, GiveDefaultsNoLine) {
    config::Value value = at(config::Value::of_int(5), 9);
    value.origin.kind = config::Origin::Kind::Default;
    const AbiOptions abi(value);

    EXPECT_EQ(abi.root()->line, 0U);
}

TEST(AbiDiagnostics, PlaceFindingsAtTheValueOrTheNode) {
    const AbiOptions options(at(config::Value::of_text("x"), 3));
    config::Diagnostics found;
    const AbiDiagnostics abi(found, {"p.yaml", 1, 1});
    Diagnostics report(abi.abi());
    report.error(Options{options.root()}, "bad value");
    report.warning(Options{}, "bad node");

    const auto all = found.sorted();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].at, (config::Position{"p.yaml", 1, 1}));
    EXPECT_EQ(all[0].severity, config::Severity::Warning);
    EXPECT_EQ(all[1].at, (config::Position{"p.yaml", 3, 7}));
    EXPECT_EQ(all[1].message, "bad value");
}

TEST(AbiDiagnostics, BoundWhatAPluginSays) {
    config::Diagnostics found;
    const AbiDiagnostics abi(found, {});
    const std::string novel(1U << 20U, 'x');
    abi.abi()->error(abi.abi(), nullptr, to_abi(novel));

    EXPECT_EQ(found.sorted()[0].message.size(), 4096U);
}

}  // namespace
}  // namespace aorta::host
