#include "base/suggest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aorta::base {
namespace {

const std::vector<std::string>& plugins() {
    static const std::vector<std::string> names = {
        "mllp", "file", "http", "decode_hl7v2", "deidentify"};
    return names;
}

TEST(Suggest, FindsTheNearestName) {
    EXPECT_EQ(suggest("mlpl", plugins()), "mllp");
    EXPECT_EQ(suggest("decode_hl7", plugins()), "decode_hl7v2");
    EXPECT_EQ(suggest("Decode-HL7v2", plugins()), "decode_hl7v2");
    EXPECT_EQ(suggest("deidentfy", plugins()), "deidentify");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
    EXPECT_EQ(suggest("kafka", plugins()), std::nullopt);
    EXPECT_EQ(suggest("", plugins()), std::nullopt);
    EXPECT_EQ(suggest(std::string(10'000, 'm'), plugins()), std::nullopt);
    EXPECT_EQ(suggest("a", std::vector<std::string>{"b"}), std::nullopt);
}

TEST(Suggest, HintNamesWhatIsKnown) {
    EXPECT_EQ(suggestion_hint("fil", plugins()), "did you mean `file`?");
    EXPECT_EQ(suggestion_hint("kafka", plugins()),
              "known are: mllp, file, http, decode_hl7v2, deidentify");
    EXPECT_EQ(suggestion_hint("x", {}), "");
}

}  // namespace
}  // namespace aorta::base
