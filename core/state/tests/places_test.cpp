#include "state/places.hpp"

#include "delivery/tests/fake_spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::state {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Place kAlarms{"alarms", "alarms", "alert", 1, 2, "00ff"};
const Place kOnce{"once", "once", "dedupe", 1, 1, ""};
const Place kNew{"new", "", "dedupe", 1, 1, "", {{1, 77}, {4, 0}}};

class StatePlaces : public testing::Test {
protected:
    delivery::test::FakeSpool::Disk disk;
    delivery::test::FakeSpool spool{disk, [](spool::StreamId, std::uint64_t) {}};
};

TEST_F(StatePlaces, AreReadBack) {
    EXPECT_THAT(read_places(spool), IsEmpty());
    write_places(spool, {kAlarms, kOnce, kNew});
    EXPECT_THAT(read_places(spool), ElementsAre(kAlarms, kOnce, kNew));
}

TEST_F(StatePlaces, AreGivenToAnotherNode) {
    write_places(spool, {kAlarms, kOnce});
    EXPECT_TRUE(adopt(spool, "alarms", "bells"));
    EXPECT_FALSE(adopt(spool, "nobody", "bells"));
    Place bells = kAlarms;
    bells.node = "bells";
    EXPECT_THAT(read_places(spool), ElementsAre(bells, kOnce));
}

TEST_F(StatePlaces, AreForgottenWhenTheyAreToldTo) {
    write_places(spool, {kAlarms, kOnce});
    EXPECT_TRUE(discard(spool, "alarms"));
    EXPECT_FALSE(discard(spool, "alarms"));
    EXPECT_THAT(read_places(spool), ElementsAre(kOnce));
}

TEST_F(StatePlaces, SayWhatHasChanged) {
    const auto changed = [](auto change) {
        Place present = kAlarms;
        change(present);
        return why_not(kAlarms, present);
    };
    EXPECT_EQ(changed([](Place& place) { place.version = 2; }), "");
    EXPECT_THAT(changed([](Place& place) { place.version = 0; }), HasSubstr("newer version"));
    EXPECT_THAT(changed([](Place& place) { place.plugin = "dedupe"; }), HasSubstr("`alert`"));
    EXPECT_THAT(changed([](Place& place) { place.lanes = 4; }), HasSubstr("2 lanes"));
    EXPECT_THAT(changed([](Place& place) { place.keys = "1"; }), HasSubstr("`key`"));
}

}  // namespace
}  // namespace aorta::state
