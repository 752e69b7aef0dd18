#include "config/value.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace aorta::config {
namespace {

using Type = Value::Type;

TEST(ResolvePlain, FollowsTheYaml12CoreSchema) {
    struct Case {
        std::string_view text;
        Type type;
    };

    for (const Case& c : {Case{"", Type::Null},    {"~", Type::Null},
                          {"null", Type::Null},    {"true", Type::Bool},
                          {"False", Type::Bool},   {"0", Type::Int},
                          {"-17", Type::Int},      {"+17", Type::Int},
                          {"0o17", Type::Int},     {"0xff", Type::Int},
                          {"1.5", Type::Real},     {"-.5", Type::Real},
                          {"1e3", Type::Real},     {"1.", Type::Real},
                          {"+1.5E-3", Type::Real}, {"yes", Type::String},
                          {"no", Type::String},    {"on", Type::String},
                          {"off", Type::String},   {"017", Type::String},
                          {"-007", Type::String},  {"1_000", Type::String},
                          {"10ms", Type::String},  {"0o18", Type::String},
                          {"0x", Type::String},    {"0x-1", Type::String},
                          {"1.2.3", Type::String}, {"1e", Type::String},
                          {".", Type::String},     {"-", Type::String},
                          {"+-1", Type::String},   {"1e999", Type::String},
                          {"nUll", Type::String},  {"99999999999999999999", Type::String}}) {
        EXPECT_EQ(resolve_plain(c.text).type, c.type) << c.text;
    }
    EXPECT_EQ(resolve_plain("0o17").integer, 15);
    EXPECT_EQ(resolve_plain("0xFF").integer, 255);
    EXPECT_EQ(resolve_plain("-9223372036854775808").integer, INT64_MIN);
    EXPECT_EQ(resolve_plain("+1.5E-1").real, 0.15);
    EXPECT_EQ(resolve_plain("1.50").text, "1.50");
}

TEST(Value, EqualityIgnoresPlaceAndSpelling) {
    Value left = resolve_plain("0x10");
    Value right = resolve_plain("16");
    left.at = {"a.yaml", 1, 2};
    EXPECT_EQ(left, right);
    EXPECT_NE(left, Value::of_text("16"));
    EXPECT_NE(Value::of_list({left}), Value::of_list({left, right}));
}

TEST(Value, MapsKeepTheirOrder) {
    Value map = Value::of_map();
    map.add("b", Value::of_int(1));
    map.add("a", Value::of_int(2));
    ASSERT_NE(map.find("a"), nullptr);
    EXPECT_EQ(map.find("a")->integer, 2);
    EXPECT_EQ(map.find("c"), nullptr);
    EXPECT_EQ(map.keys[0].name, "b");
    Value other = Value::of_map();
    other.add("a", Value::of_int(2));
    other.add("b", Value::of_int(1));
    EXPECT_NE(map, other);
}

TEST(Secret, WipesWhatItWasMadeOfAndIsShared) {
    std::string bytes = "a secret that is longer than a short string";
    const char* before = bytes.data();
    const Secret secret(std::move(bytes));
    EXPECT_TRUE(bytes.empty());  // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_EQ(before[0], '\0');
    const Secret copy = secret;
    EXPECT_EQ(copy.reveal(), "a secret that is longer than a short string");
    EXPECT_EQ(copy.reveal().data(), secret.reveal().data());
    EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace aorta::config
