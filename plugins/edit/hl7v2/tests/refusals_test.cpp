// What `check` refuses, and the record behind the plugin.
#include "common/hl7/message.hpp"
#include "edit_harness.hpp"

#include <gmock/gmock.h>

namespace aorta::testing {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view operations) {
    const auto harness =
        Harness::open(std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_edit.so",
                      "{ do: " + std::string{operations} + " }",
                      test_tables());
    return harness.ok() ? "accepted" : harness.error().message;
}

TEST(EditCheck, SaysWhatIsWrongAndWhatWouldBeAccepted) {
    const std::pair<const char*, const char*> cases[] = {
        {"[ x ]", "an operation is a map"},
        {"[ { to: X } ]", "names no operation: known are set, copy, move"},
        {"[ { set: PID-8, copy: PID-1, to: X } ]", "two operations"},
        {"[ { set: PID-8, too: X } ]", "`set` has no key `too`: it has when, to, raw, on_missing"},
        {"[ { set: PID-8 } ]", "`set` needs `to` or `raw`"},
        {"[ { set: PID, to: X } ]", "a segment is no value"},
        {"[ { set: pid-8, to: X } ]", "a path looks like"},
        {"[ { set: PID-0, to: X } ]", "a path looks like"},
        {"[ { set: MSH-2, to: X } ]", "the delimiters of a message cannot be changed"},
        {"[ { move: MSH-1, to: PID-1 } ]", "the delimiters"},
        {"[ { set: PID-3.1, to: X } ]",
         "PID-3 may repeat: write PID-3[1].1, PID-3[last].1, PID-3[*].1 or, for a new one, "
         "PID-3[+].1"},
        {"[ { set: PID-3, to: X } ]", "PID-3 may repeat"},
        {"[ { set: OBX-5, to: X } ]", "OBX may occur more than once: write OBX[1]-5, OBX[*]-5"},
        {"[ { set: .5, to: X } ]", "it stands in an `each` only"},
        {"[ { set: 'OBX[+]-5', to: X } ]", "a segment is made by `add`"},
        {"[ { trim: 'PID-3[+]' } ]", "nothing to read or change"},
        {"[ { copy: 'PID-3[*].1', to: PID-8 } ]", "[*] names several values"},
        {"[ { set: PID-8, to: '{PID-3.1}' } ]", "{PID-3.1}: PID-3 may repeat"},
        {"[ { set: PID-8, to: '{x' } ]", "a brace is not closed"},
        {"[ { set: PID-8, to: X, on_missing: empty } ]", "accepted here: reject, keep"},
        {"[ { set: PID-8, to: X, when: \"PID-8 = 'F'\" } ]", "expression, byte"},
        {"[ { set: PID-8, to: X, when: \"OBX-5 > 1\" } ]", "may occur more than once"},
        {"[ { remove: MSH } ]", "MSH begins the message"},
        {"[ { remove: [] } ]", "name a path"},
        {"[ { replace: PID-8, pattern: '(', with: x } ]", "not RE2"},
        {"[ { replace: PID-8, pattern: 'a', with: '\\1' } ]", "group"},
        {"[ { pad: PID-8, width: 0 } ]", "from 1 to 1000"},
        {"[ { pad: PID-8, width: 3, fill: ab } ]", "one character"},
        {"[ { case: PID-8, to: big } ]", "accepted here: upper, lower, title"},
        {"[ { date: PID-7 } ]", "needs `from`, `to` or a zone"},
        {"[ { date: PID-7, from: DD.MM } ]", "has a year"},
        {"[ { date: PID-7, to: 'YYYYHH' } ]", "leaves nothing out"},
        {"[ { date: PID-7, from: 'YYYYx' } ]", "single quotes"},
        {"[ { date: PID-7, zone: Berlin } ]", "a name such as Europe/Berlin"},
        {"[ { lookup: lonic, by: PID-1, into: PID-2 } ]",
         "there is no table `lonic`: the pipeline has the tables loinc, sites, wards"},
        {"[ { lookup: loinc, by: PID-1, into: PID-2 } ]", "the key of the table has 2 columns"},
        {"[ { lookup: wards, by: PID-1, into: PID-2 } ]", "it has ward, name, floor"},
        {"[ { lookup: wards, by: PID-1, into: { PID-2: nme } } ]", "it has ward, name, floor"},
        {"[ { lookup: sites, by: PID-1, into: PID-2, on_missing: default } ]", "no `default`"},
        {"[ { add: MSH } ]", "name a segment"},
        {"[ { add: NTE, after: PID, before: PV1 } ]", "not both"},
        {"[ { reorder: NTE } ]", "needs `after`"},
        {"[ { each: OBX } ]", "`each` needs `do`"},
        {"[ { each: OBX-5, do: [] } ]", "goes over segments (OBX) or repetitions"},
        {"[ { each: 'OBX-8[*]', do: [] } ]", "OBX may occur more than once"},
        {"[ { each: 'PID-3[*]', do: [ { set: '.4[2]', to: x } ] } ]", "a path is .component"},
        {"[ { each: OBX, do: [ { each: OBX, do: [ { set: .1, to: x } ] }, { set: .0, to: x } ] } ]",
         "a path looks"},
    };
    for (const auto& [operations, message] : cases) {
        EXPECT_THAT(refusal(operations), HasSubstr(message)) << operations;
    }
}

TEST(EditCheck, ReportsAllProblems) {
    const std::string all = refusal("[ { set: MSH-1, to: x }, { add: MSH }, { x: y } ]");
    EXPECT_THAT(all, HasSubstr("delimiters"));
    EXPECT_THAT(all, HasSubstr("name a segment"));
    EXPECT_THAT(all, HasSubstr("names no operation"));
}

TEST(EditPlugin, AttachesTheIndexOfTheNewMessage) {
    const auto harness = open_edit("[ { set: MSH-6, to: NORTH } ]");
    ASSERT_TRUE(harness);
    const Record record = harness->process(kHead).record;
    ASSERT_EQ(record.view_type, hl7::kIndexView);
    const auto view = hl7::IndexView::open(record.view.data(), record.view.size(), record.payload);
    ASSERT_TRUE(view.ok());
    EXPECT_EQ((hl7::Message{record.payload, *view}.get(*hl7::parse_path("MSH-6")).raw), "NORTH");
    EXPECT_EQ(to_text(harness->close()), "");
}

TEST(EditPlugin, RejectsWhatIsNoMessage) {
    const auto harness = open_edit("[ { set: MSH-6, to: NORTH } ]");
    ASSERT_TRUE(harness);
    EXPECT_EQ(harness->process("hello").reason, "hl7.no_msh");
}

TEST(EditPlugin, ARejectedMessageStaysAsItWas) {
    const auto harness = open_edit("[ { set: MSH-6, to: NORTH }, { set: PID-1, to: x } ]");
    ASSERT_TRUE(harness);
    const Outcome outcome = harness->process(kHead);
    EXPECT_EQ(outcome.reason, "edit.no_segment");
    EXPECT_EQ(outcome.where, "PID-1");
    EXPECT_EQ(outcome.record.payload, kHead);
}

}  // namespace
}  // namespace aorta::testing
