#include "transport/numbered.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace aorta::transport {
namespace {

std::vector<std::uint64_t> numbers_behind(Numbered<int>& things, std::uint64_t number) {
    std::vector<std::uint64_t> found;
    things.each_behind(number, [&](std::uint64_t one, int /*thing*/) {
        found.push_back(one);
        return true;
    });
    return found;
}

TEST(Numbered, FindsAndTakesWhateverTheOrder) {
    Numbered<int> things;
    for (const std::uint64_t number : {3U, 4U, 7U, 9U}) {
        things.put(number, static_cast<int>(number) * 10);
    }
    EXPECT_EQ(*things.find(7), 70);
    EXPECT_EQ(things.find(5), nullptr);
    EXPECT_EQ(things.find(2), nullptr);
    EXPECT_EQ(things.find(10), nullptr);
    EXPECT_EQ(things.take(4), 40);
    EXPECT_EQ(things.take(4), std::nullopt);
    EXPECT_EQ(things.take(3), 30);
    EXPECT_EQ(things.front(), 70);
    EXPECT_EQ(things.size(), 2);
    EXPECT_EQ(numbers_behind(things, 0), (std::vector<std::uint64_t>{7, 9}));
    EXPECT_EQ(numbers_behind(things, 7), (std::vector<std::uint64_t>{9}));
    EXPECT_TRUE(things.has_behind(8));
    EXPECT_FALSE(things.has_behind(9));
    things.take(9);
    EXPECT_FALSE(things.has_behind(7));
}

TEST(Numbered, DoesWhatAMapDoes) {
    std::mt19937_64 chance{11};
    Numbered<int> things;
    std::map<std::uint64_t, int> model;
    std::uint64_t last = 0;
    for (int step = 0; step < 50'000; ++step) {
        if (chance() % 2 == 0 || model.empty()) {
            last += chance() % 16 == 0 ? 3 : 1;
            things.put(last, step);
            model[last] = step;
        } else {
            // Mostly from the front, and the first few stay for long.
            const std::uint64_t number = 5 + chance() % (last + 1);
            const auto found = model.find(number);
            const auto taken = things.take(number);
            ASSERT_EQ(taken.has_value(), found != model.end());
            if (taken) {
                ASSERT_EQ(*taken, found->second);
                model.erase(found);
            }
        }
        ASSERT_EQ(things.size(), model.size());
    }
    for (const auto& [number, thing] : model) {
        ASSERT_EQ(*things.find(number), thing);
    }
}

}  // namespace
}  // namespace aorta::transport
