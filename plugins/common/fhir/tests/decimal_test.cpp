#include "common/fhir/decimal.hpp"

#include <gtest/gtest.h>

namespace aorta::fhir {
namespace {

TEST(Decimal, OrdersWithoutLosingADigit) {
    const char* ascending[] = {"-1e400",
                               "-10",
                               "-9.99",
                               "-0.001",
                               "0",
                               "1e-400",
                               "0.0009",
                               "0.001",
                               "0.5",
                               "1",
                               "1.0000000000000000000000000001",
                               "9.99",
                               "10",
                               "123456789012345678901234567890",
                               "123456789012345678901234567891",
                               "1e400"};
    for (std::size_t i = 0; i < std::size(ascending); ++i) {
        for (std::size_t j = 0; j < std::size(ascending); ++j) {
            const int order = compare_decimals(ascending[i], ascending[j]);
            EXPECT_EQ(order < 0, i < j) << ascending[i] << " " << ascending[j];
            EXPECT_EQ(order > 0, i > j) << ascending[i] << " " << ascending[j];
        }
    }
}

TEST(Decimal, KnowsTheSameNumberInEveryForm) {
    const char* groups[][4] = {{"0", "-0", "0.000", "0e9"},
                               {"1.5", "1.50", "15e-1", "0.15E+1"},
                               {"-1200", "-1.2e3", "-1200.0", "-0.0012e6"},
                               {"1", "10e-1", "0.1e1", "1.000"}};
    for (const auto& group : groups) {
        for (const char* left : group) {
            for (const char* right : group) {
                EXPECT_EQ(compare_decimals(left, right), 0) << left << " " << right;
            }
        }
    }
    EXPECT_NE(compare_decimals("1e99999999999999999999", "1"), 0);
}

TEST(Decimal, RoundsToTheLessPrecise) {
    EXPECT_TRUE(are_equivalent_decimals("1.24", "1.2"));
    EXPECT_TRUE(are_equivalent_decimals("1", "1.4"));
    EXPECT_FALSE(are_equivalent_decimals("1.26", "1.2"));
}

}  // namespace
}  // namespace aorta::fhir
