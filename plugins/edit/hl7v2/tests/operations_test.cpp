// Each operation on what is absent, empty, null, a value, and several of them.
#include "edit_harness.hpp"

namespace aorta::testing {
namespace {

struct Case {
    const char* operations;
    const char* in;
    const char* out;  // or reason and place
};

void run(std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        EXPECT_EQ(edit_segments(each.operations, each.in), each.out)
            << each.operations << "\n  of " << each.in;
    }
}

TEST(FinePoints, NullEmptyAbsentInEdits) {
    run({
        // Null is copied as null, but is no text; nothing is made of what is not there.
        {"[ { copy: PID-7, to: PID-8 } ]", "PID|||||||\"\"/", "PID|||||||\"\"|\"\"/"},
        {"[ { copy: PID-7, to: PID-8 } ]", "PID||||||||F/", "PID||||||||F/"},
        {"[ { set: PID-8, to: '[{PID-7}]' } ]", "PID|||||||\"\"/", "PID|||||||\"\"|[]/"},
        {"[ { case: 'PID-5[1].1', to: upper } ]", "PID|||||\"\"^a/", "PID|||||\"\"^a/"},
        {"[ { append: PID-8, text: x } ]", "PID||||||||\"\"/", "PID||||||||\"\"/"},
        {"[ { append: PID-8, text: x } ]", "PID|1/", "PID|1/"},
        {"[ { set: PID-8, to: null } ]", "PID|1/", "PID|1|||||||\"\"/"},
    });
}

TEST(Edit, SetsFieldsAndTheirParts) {
    run({
        {"[ { set: PID-8, to: F } ]", "PID|1/", "PID|1|||||||F/"},
        {"[ { set: PID-8, to: F } ]", "PID|||||||||x/", "PID||||||||F|x/"},
        {"[ { set: PID-8, to: F } ]", "PID||||||||\"\"/", "PID||||||||F/"},
        {"[ { set: PID-8, to: F } ]", "PID||||||||M^x~y/", "PID||||||||F/"},
        {"[ { set: PID-8, to: null } ]", "PID||||||||M/", "PID||||||||\"\"/"},
        {"[ { set: PID-8, to: '' } ]", "PID||||||||M|/", "PID|||||||||/"},
        {"[ { set: 'PID-3[2].4', to: X } ]", "PID|||1^^^A/", "PID|||1^^^A~^^^X/"},
        {"[ { set: 'PID-3[*].4', to: X } ]", "PID|||1^^^A~2~/", "PID|||1^^^X~2^^^X~^^^X/"},
        {"[ { set: 'PID-3[*].4', to: X } ]", "PID|1/", "PID|1/"},
        {"[ { set: 'PID-3[+].1', to: X } ]", "PID|||1~2/", "PID|||1~2~X/"},
        {"[ { set: 'PID-3[+].1', to: X }, { set: 'PID-3[last].5', to: SS } ]",
         "PID|||1/",
         "PID|||1~X^^^^SS/"},
        {"[ { set: 'PID-3[+].1', to: X } ]", "PID|1/", "PID|1||X/"},
        {"[ { set: 'PID-3[+].1', to: X } ]", "PID|||\"\"/", "PID|||X/"},
        {"[ { set: 'PID-3[last].1', to: X } ]", "PID|||1~2^b/", "PID|||1~X^b/"},
        {"[ { set: 'PID-11[1].1.2', to: X } ]", "PID|||||||||||a^b/", "PID|||||||||||a&X^b/"},
        {"[ { set: 'PID-3[1].4', to: X } ]", "PID|||\"\"/", "PID|||^^^X/"},
        {"[ { set: 'OBX[*]-11', to: F } ]", "OBX|1/OBX|2/", "OBX|1||||||||||F/OBX|2||||||||||F/"},
        {"[ { set: 'OBX[2]-1', to: X } ]", "OBX|1/OBX|2/", "OBX|1/OBX|X/"},
        {"[ { set: 'OBX[last]-1', to: X } ]", "OBX|1/OBX|2/", "OBX|1/OBX|X/"},
        {"[ { set: PV1-2, to: X } ]", "PID|1/", "edit.no_segment PV1-2"},
        {"[ { set: PV1-2, to: X, on_missing: keep } ]", "PID|1/", "PID|1/"},
    });
}

TEST(Edit, EscapesTextAndTakesRawOnesAsTheyAre) {
    run({
        {"[ { set: PID-8, to: 'a|b^c&d~e\\f' } ]",
         "PID|1/",
         "PID|1|||||||a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f/"},
        {"[ { set: 'PID-3[1]', raw: '1^^^A&B' } ]", "PID|1/", "PID|1||1^^^A&B/"},
        {"[ { set: PID-8, raw: 'a~b' } ]", "PID|1/", "PID|1|||||||a~b/"},
        {"[ { set: PID-8.1, raw: 'a^b' } ]", "PID|1/", "edit.does_not_fit PID-8.1"},
        {"[ { set: PID-8, to: '{PID-1}-{{{PID-2}}}' } ]",
         "PID|a\\T\\b|c/",
         "PID|a\\T\\b|c||||||a\\T\\b-{c}/"},
        {"[ { set: PID-8, to: 'x{PID-7}{PID-9[1]}y' } ]",
         "PID|1||||||\"\"/",
         "PID|1||||||\"\"|xy/"},
        {"[ { set: PID-8, to: '{@file}.' } ]", "PID|1/", "PID|1|||||||./"},
        {"[ { set: PID-7, to: '{now}' } ]", "PID|1/", "PID|1||||||20260101000001+0000/"},
    });
}

TEST(Edit, CopiesAndMoves) {
    run({
        {"[ { copy: PID-18.1, to: 'PID-3[+].1' } ]",
         "PID|||1^^^A|||||||||||||||77^x/",
         "PID|||1^^^A~77|||||||||||||||77^x/"},
        {"[ { copy: PID-2, to: PID-4 } ]", "PID|1/", "PID|1/"},
        {"[ { copy: PID-8, to: PID-1 } ]", "PID|1/", "PID|1/"},
        {"[ { copy: PID-8, to: PID-1, on_missing: empty } ]", "PID|1/", "PID|/"},
        {"[ { copy: PID-8, to: PID-1, on_missing: reject } ]", "PID|1/", "edit.no_value PID-8"},
        {"[ { copy: PID-8, to: PID-1 } ]", "PID|1|||||||\"\"/", "PID|\"\"|||||||\"\"/"},
        {"[ { copy: PID-3, to: PID-4 } ]", "PID|||1^a~2/", "PID|||1^a~2|1^a~2/"},
        {"[ { copy: 'PID-3[2]', to: PID-8 } ]", "PID|||1~2^a/", "PID|||1~2^a|||||2^a/"},
        {"[ { copy: PID-8, to: PID-1.1 } ]", "PID|1|||||||a^b/", "edit.does_not_fit PID-1.1"},
        {"[ { copy: PV1-2, to: PID-8 } ]", "PID|1/", "PID|1/"},
        {"[ { copy: PID-1, to: PV1-2 } ]", "PID|1/", "edit.no_segment PV1-2"},
        {"[ { move: 'PID-3[1]', to: PID-2 } ]", "PID|1||a^b~c/", "PID|1|a^b|c/"},
        {"[ { move: PID-8, to: PID-1 } ]", "PID|1|||||||F|/", "PID|F||||||||/"},
        {"[ { move: PID-8, to: PID-1 } ]", "PID|1||||||||/", "PID|1||||||||/"},
        {"[ { move: 'PID-3[1].4', to: PID-2 } ]", "PID|||1^^^A/", "PID||A|1^^^/"},
    });
}

TEST(Edit, RemovesPartsRepetitionsAndSegments) {
    run({
        {"[ { remove: PID-8 } ]", "PID|1|||||||F|x/", "PID|1||||||||x/"},
        {"[ { remove: PID-8 } ]", "PID|1|||||||\"\"/", "PID|1|||||||/"},
        {"[ { remove: PID-8 } ]", "PID|1/", "PID|1/"},
        {"[ { remove: PID-3 } ]", "PID|||1~2|x/", "PID||||x/"},
        {"[ { remove: 'PID-3[2]' } ]", "PID|||1~2~3|x/", "PID|||1~3|x/"},
        {"[ { remove: 'PID-3[4]' } ]", "PID|||1~2~3|x/", "PID|||1~2~3|x/"},
        {"[ { remove: 'PID-3[*]' } ]", "PID|||1~2~3|x/", "PID||||x/"},
        {"[ { remove: 'PID-3[last]' } ]", "PID|||1~2~3|x/", "PID|||1~2|x/"},
        {"[ { remove: 'PID-3[*].4' } ]", "PID|||1^^^a~2~3^^^^b/", "PID|||1^^^~2~3^^^^b/"},
        {"[ { remove: [ PID-8, PID-19 ] } ]", "PID|1|||||||F/", "PID|1|||||||/"},
        {"[ { remove: NK1 } ]", "PID|1/NK1|1/NK1|2/PV1|1/", "PID|1/PV1|1/"},
        {"[ { remove: 'NK1[1]' } ]", "PID|1/NK1|1/NK1|2/PV1|1/", "PID|1/NK1|2/PV1|1/"},
        {"[ { remove: 'Z*' } ]", "ZPI|1/PID|1/ZZZ|1/", "PID|1/"},
        {"[ { remove: PV1-2 } ]", "PID|1/", "PID|1/"},
        {"[ { remove: NK1 } ]", "PID|1/NK1|1", "PID|1"},
    });
}

TEST(Edit, ChangesTextsThatAreThere) {
    run({
        {"[ { append: PID-8, text: X } ]", "PID|1|||||||F/", "PID|1|||||||FX/"},
        {"[ { prepend: PID-8, text: 'X&' } ]", "PID|1|||||||F/", "PID|1|||||||X\\T\\F/"},
        {"[ { append: PID-8, text: X } ]", "PID|1||||||||/", "PID|1||||||||/"},
        {"[ { append: PID-8, text: X } ]", "PID|1|||||||\"\"/", "PID|1|||||||\"\"/"},
        {"[ { append: PID-8, text: X } ]", "PID|1/", "PID|1/"},
        {"[ { append: 'PID-3[*].1', text: X } ]", "PID|||1^a~~2/", "PID|||1X^a~~2X/"},
        {"[ { append: PID-8, text: X } ]", "PID||||||||a^b/", "edit.does_not_fit PID-8"},
        {"[ { replace: 'PID-13[1].1', pattern: '[^0-9]', with: '' } ]",
         "PID|||||||||||||(555) 1-2^x/",
         "PID|||||||||||||55512^x/"},
        {"[ { replace: PID-8, pattern: '(.)\\^(.)', with: '\\2|\\1' } ]",
         "PID||||||||a\\S\\b/",
         "PID||||||||b\\F\\a/"},
        {"[ { replace: 'PID-11[1]', pattern: a, with: b } ]",
         "PID|||||||||||a^aa&\"\"^\\.br\\/",
         "PID|||||||||||b^bb&\"\"^\\.br\\/"},
        {"[ { pad: 'PID-3[1].1', width: 5, fill: '0' } ]", "PID|||17^a/", "PID|||00017^a/"},
        {"[ { pad: 'PID-3[1].1', width: 5, fill: '0' } ]", "PID|||123456/", "PID|||123456/"},
        {"[ { pad: PID-8, width: 3, side: right, fill: '&' } ]",
         "PID||||||||\xC3\xBC/",
         "PID||||||||\xC3\xBC\\T\\\\T\\/"},
        {"[ { pad: PID-8, width: 3 } ]", "PID||||||||\"\"/", "PID||||||||\"\"/"},
        {"[ { trim: 'PID-5[*]' } ]", "PID||||| DOE ^ J &x~  /", "PID|||||DOE^J&x~/"},
        {"[ { trim: PID-8, chars: '0 ' } ]", "PID||||||||00100 /", "PID||||||||1/"},
        {"[ { case: 'PID-5[*]', to: upper } ]",
         "PID|||||m\xC3\xBCller^j\xC5\x82\\.br\\a~\"\"/",
         "PID|||||M\xC3\x9CLLER^J\xC5\x81\\.br\\A~\"\"/"},
        {"[ { case: [ 'PID-5[1].1', 'PID-5[1].2' ], to: title } ]",
         "PID|||||O'BRIEN-SMITH^\xC3\x89MILE JR^XX/",
         "PID|||||O'Brien-Smith^\xC3\x89mile Jr^XX/"},
        {"[ { case: PID-8, to: lower } ]", "PID||||||||F\xE9\xC9/", "PID||||||||f\xE9\xE9/"},
    });
}

TEST(Edit, KeepsTheBytesOfWhatAChangeLeavesAlone) {
    // \X41\ is an escape that nobody needs, \Z1\ one that nobody knows.
    run({
        {"[ { trim: PID-8 } ]", "PID||||||||\\X41\\b\\Z1\\/", "PID||||||||\\X41\\b\\Z1\\/"},
        {"[ { replace: PID-8, pattern: b, with: c } ]",
         "PID||||||||b\\Z1\\\\T\\/",
         "PID||||||||c\\Z1\\\\T\\/"},
    });
}

TEST(Edit, ReadsAndWritesDates) {
    // '/' is the line end in these tests, so: other marks.
    run({
        {"[ { date: PID-7, from: [ MM-DD-YYYY, 'D.M.YYYY', hl7 ] } ]",
         "PID|||||||07-04-1980|/",
         "PID|||||||19800704|/"},
        {"[ { date: PID-7, from: [ MM-DD-YYYY, 'D.M.YYYY', hl7 ] } ]",
         "PID|||||||4.7.1980/",
         "PID|||||||19800704/"},
        {"[ { date: PID-7, from: [ MM-DD-YYYY, hl7 ] } ]",
         "PID|||||||198007/",
         "PID|||||||198007/"},
        {"[ { date: PID-7, from: MM-DD-YYYY } ]", "PID|||||||02-30-1980/", "edit.bad_date PID-7"},
        {"[ { date: PID-7, from: MM-DD-YYYY, on_bad: keep } ]",
         "PID|||||||unknown/",
         "PID|||||||unknown/"},
        {"[ { date: PID-7, from: MM-DD-YYYY, on_bad: empty } ]",
         "PID|||||||unknown|/",
         "PID||||||||/"},
        {"[ { date: PID-7, from: MM-DD-YYYY } ]", "PID|||||||\"\"/", "PID|||||||\"\"/"},
        {"[ { date: PID-7, from: MM-DD-YYYY } ]", "PID|1||||||/", "PID|1||||||/"},
        {"[ { date: PID-7, to: 'DD-MMM-YYYY' } ]", "PID|||||||19800704/", "PID|||||||04-JUL-1980/"},
        {"[ { date: PID-7, to: YYYYMMDDHHmm } ]", "PID|||||||19800704/", "edit.bad_date PID-7"},
        {"[ { date: 'PID-33', zone: '+0100', to_zone: UTC } ]",
         "PID|||||||||||||||||||||||||||||||||20260101003000.5/",
         "PID|||||||||||||||||||||||||||||||||20251231233000.5+0000/"},
        {"[ { date: 'PID-33', to_zone: UTC } ]",
         "PID|||||||||||||||||||||||||||||||||20260101003000.00+0100/",
         "PID|||||||||||||||||||||||||||||||||20251231233000.00+0000/"},
        {"[ { date: 'PID-33', zone: Europe/Berlin, to_zone: UTC } ]",
         "PID|||||||||||||||||||||||||||||||||20260701003000/",
         "PID|||||||||||||||||||||||||||||||||20260630223000+0000/"},
        {"[ { date: 'PID-33', to_zone: Europe/Berlin } ]",
         "PID|||||||||||||||||||||||||||||||||202603290130+0000/",
         "PID|||||||||||||||||||||||||||||||||202603290330+0200/"},
        {"[ { date: 'PID-33', to_zone: '-0500' } ]",
         "PID|||||||||||||||||||||||||||||||||20260101003000+0100/",
         "PID|||||||||||||||||||||||||||||||||20251231183000-0500/"},
        {"[ { date: 'PID-33', to_zone: UTC } ]",
         "PID|||||||||||||||||||||||||||||||||20260101003000/",
         "edit.bad_date PID-33"},
        {"[ { date: PID-7, zone: '+0100', to_zone: UTC } ]",
         "PID|||||||19800704/",
         "PID|||||||19800704/"},
    });
}

TEST(Edit, LooksUpInTables) {
    constexpr const char* kLoinc =
        "[ { each: OBX, do: [ { lookup: loinc, by: [ .3.1, .3.3 ], into: { .3.1: code, .3.2: text "
        "} } ] } ]";
    run({
        {kLoinc,
         "OBX|1|NM|GLU^x^L/OBX|2|NM|017^x^L/",
         "OBX|1|NM|2345-7^Glucose \\S\\ serum^L/OBX|2|NM|NO^^L/"},
        {kLoinc, "OBX|1|NM|GLU^x^L/OBX|2|NM|GLU^x/", "edit.not_in_table OBX[2]-3.1"},
        {kLoinc, "OBX|1|NM/OBX|2|NM|^x/OBX|3|NM|\"\"/", "OBX|1|NM/OBX|2|NM|^x/OBX|3|NM|\"\"/"},
        {"[ { lookup: sites, by: PID-1, into: PID-2 } ]", "PID|A/", "PID|A|NORTH/"},
        {"[ { lookup: sites, by: PID-1, into: PID-2 } ]", "PID|B|x/", "PID|B|x/"},
        {"[ { lookup: sites, by: PID-1, into: PID-2, on_missing: empty } ]",
         "PID|B|x|/",
         "PID|B||/"},
        {"[ { lookup: sites, by: PID-1, into: PID-2, on_missing: reject } ]",
         "PID|B|x/",
         "edit.not_in_table PID-1"},
        {"[ { lookup: wards, by: PID-1, into: { PID-2: name, PID-8: floor } } ]",
         "PID|B|x/",
         "PID|B|unknown||||||0/"},
        {"[ { lookup: wards, by: PID-1, into: { PV1-2: name } } ]",
         "PID|W1/",
         "edit.no_segment PV1-2"},
    });
}

TEST(Edit, AddsAndReordersSegments) {
    run({
        {"[ { add: NTE, fields: [ 1, '', 'a|{PID-1}', null ], after: PID } ]",
         "PID|7/PV1|1/",
         "PID|7/NTE|1||a\\F\\7|\"\"/PV1|1/"},
        {"[ { add: ZAB, raw: '1||x^y' } ]", "PID|7/PV1|1", "PID|7/PV1|1/ZAB|1||x^y"},
        {"[ { add: ZAB, before: PV1 }, { set: 'ZAB[1]-2', to: x } ]",
         "PID|7/PV1|1/",
         "PID|7/ZAB||x/PV1|1/"},
        {"[ { add: ZAB, after: MSH } ]", "PID|7/", "ZAB/PID|7/"},
        {"[ { add: ZAB, after: PV1 } ]", "PID|7/", "edit.no_segment PV1"},
        {"[ { add: ZAB, after: OBX } ]", "OBX|1/OBX|2/NTE|1/", "OBX|1/OBX|2/ZAB/NTE|1/"},
        {"[ { add: ZAB, before: 'OBX[2]' } ]", "OBX|1/OBX|2/NTE|1/", "OBX|1/ZAB/OBX|2/NTE|1/"},
        {"[ { each: OBX, do: [ { add: NTE, fields: [ '{.1}' ], after: this } ] } ]",
         "OBX|1/OBX|2/",
         "OBX|1/NTE|1/OBX|2/NTE|2/"},
        {"[ { reorder: NTE, after: PID } ]",
         "PID|1/OBR|1/NTE|1/OBX|1/NTE|2",
         "PID|1/NTE|1/NTE|2/OBR|1/OBX|1"},
        {"[ { reorder: NTE, before: PID } ]", "PID|1/NTE|1/", "NTE|1/PID|1/"},
        {"[ { reorder: 'Z*', after: NTE } ]", "ZAB/NTE|1/ZCD/OBX|1/", "NTE|1/ZAB/ZCD/OBX|1/"},
        {"[ { reorder: NTE, after: PID } ]", "PID|1/OBX|1/", "PID|1/OBX|1/"},
        {"[ { reorder: NTE, after: PV1 } ]", "PID|1/NTE|1/", "edit.no_segment PV1"},
    });
}

TEST(Edit, AsksConditionsOfTheMessageAsItIsNow) {
    run({
        {"[ { set: PID-8, to: X, when: \"PID-8 == 'F'\" } ]", "PID||||||||F/", "PID||||||||X/"},
        {"[ { set: PID-8, to: X, when: \"PID-8 == 'F'\" } ]", "PID||||||||M/", "PID||||||||M/"},
        {"[ { set: PID-8, to: F }, { set: PID-1, to: X, when: \"PID-8 == 'F'\" } ]",
         "PID|1/",
         "PID|X|||||||F/"},
        {"[ { set: PID-8, to: X, when: is_null(PID-8) } ]", "PID||||||||\"\"/", "PID||||||||X/"},
        {"[ { remove: NK1 }, { set: PID-8, to: X, when: not exists(NK1) } ]",
         "PID|1/NK1|1/",
         "PID|1|||||||X/"},
        {"[ { set: PID-1, to: X, when: \"any(OBX, .5 > 130)\" } ]",
         "PID|1/OBX|1||||140/",
         "PID|X/OBX|1||||140/"},
    });
}

TEST(Edit, GoesOverSegmentsAndRepetitions) {
    run({
        {"[ { each: OBX, when: \".3.1 == 'a'\", do: [ { set: .5, to: '{.1}{PID-1}' } ] } ]",
         "PID|p/OBX|1||a/OBX|2||b/OBX|3||a/",
         "PID|p/OBX|1||a||1p/OBX|2||b/OBX|3||a||3p/"},
        {"[ { each: OBX, do: [ { remove: this, when: \".11 == 'X'\" }, { set: .1, to: z } ] } ]",
         "OBX|1||||||||||X/OBX|2/OBX|3||||||||||X/",
         "OBX|z/"},
        {"[ { each: 'PID-3[*]', do: [ { set: .4, to: N, when: \".5 == 'MR'\" } ] } ]",
         "PID|||1^^^^MR~2^^^^SS~3^^^^MR/",
         "PID|||1^^^N^MR~2^^^^SS~3^^^N^MR/"},
        {"[ { each: 'PID-3[*]', do: [ { remove: this, when: \".5 == 'SS'\" } ] } ]",
         "PID|||1^^^^SS~2^^^^SS~3^^^^MR~4^^^^SS|x/",
         "PID|||3^^^^MR|x/"},
        {"[ { each: 'PID-3[*]', do: [ { case: this, to: upper } ] } ]",
         "PID|||a^b~c/",
         "PID|||A^B~C/"},
        {"[ { each: OBX, do: [ { each: '.8[*]', do: [ { append: this, text: '{PID-1}' } ] } ] } ]",
         "PID|p/OBX|1|||||||H~L/OBX|2/OBX|3|||||||N/",
         "PID|p/OBX|1|||||||Hp~Lp/OBX|2/OBX|3|||||||Np/"},
        {"[ { each: OBX, do: [ { copy: .3.1, to: PID-8, on_missing: reject } ] } ]",
         "PID|p/OBX|1||a/OBX|2/",
         "edit.no_value .3.1"},
        {"[ { each: NK1, do: [ { set: .1, to: x } ] } ]", "PID|p/", "PID|p/"},
    });
}

TEST(Edit, LeavesTheRestToTheByte) {
    const std::string odd =
        "\xEF\xBB\xBFMSH:!@%*:LAB:::::::ORU!R01:1:P:2.3\r\n\r\nPID:1::a!b@c::\r\nBAD\r\nOBX:1::"
        "\xE9%F%:x\nY:\r\n\r\n";
    EXPECT_EQ(edit("[]", odd), odd);
    EXPECT_EQ(
        edit("[ { set: PID-1, to: '1' }, { trim: 'OBX[*]-3' }, { reorder: PID, after: MSH } ]",
             odd),
        odd);
    std::string changed = odd;
    changed.replace(changed.find("a!b@c"), 5, "a!b%S%@c");
    EXPECT_EQ(edit("[ { set: 'PID-3[1].2', to: 'b!' } ]", odd), changed);
    changed = odd;
    changed.replace(changed.find("a!b@c"), 5, "1!!!A*B@2");
    EXPECT_EQ(edit("[ { set: PID-3, raw: '1^^^A&B~2' } ]", odd), changed);
    EXPECT_EQ(edit("[ { remove: PID-3 }, { set: 'PID-3[+]', raw: '1^^^A&B' }, { set: 'PID-3[+]', "
                   "raw: '2' } ]",
                   odd),
              changed);
}

TEST(Edit, EditsTheHeadButItsDelimiters) {
    EXPECT_EQ(
        edit("[ { set: MSH-6, to: 'N&M' }, { copy: MSH-3, to: MSH-4 }, { remove: MSH-8 } ]", kHead),
        "MSH|^~\\&|LAB|LAB|EHR|N\\T\\M|20260101120000||ORU^R01|1|P|2.5.1\r");
}

TEST(Edit, WritesTheDelimitersAsTheCharactersThatTheyAre) {
    for (const char* operation :
         {"[ { set: PID-8, to: '{MSH-2}' } ]", "[ { copy: MSH-2, to: PID-8 } ]"}) {
        EXPECT_EQ(edit(operation, "MSH|^~\\&|A\rPID|1|\r"),
                  "MSH|^~\\&|A\rPID|1|||||||\\S\\\\R\\\\E\\\\T\\\r");
        EXPECT_EQ(edit(operation, "MSH|^~\\|A\rPID|1|\r"),
                  "MSH|^~\\|A\rPID|1|||||||\\S\\\\R\\\\E\\\r")
            << "a short one";
        EXPECT_EQ(edit(operation, "MSH|^~|A\rPID|1|\r"), "edit.does_not_fit PID-8");
    }
    EXPECT_EQ(edit("[ { set: PID-8, to: '{MSH-1}{MSH-2} {MSH-3}' } ]", "MSH!@%*:#!A\rPID!1\r"),
              "MSH!@%*:#!A\rPID!1!!!!!!!*F**S**R**E**T*# A\r");
}

TEST(Edit, WithoutAnEscapeCharacterSaysWhatDoesNotFit) {
    const std::string message = "MSH|^~|A\rPID|1|\r";
    EXPECT_EQ(edit("[ { set: PID-8, to: 'a|b' } ]", message), "edit.does_not_fit PID-8");
    EXPECT_EQ(edit("[ { set: PID-8.1.2, to: a } ]", message), "edit.does_not_fit PID-8.1.2");
}

TEST(Edit, KeepsAMessageInItsCharacterSet) {
    const auto in = [](std::string_view set, std::string_view rest) {
        return "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20260101120000||ORU^R01|1|P|2.5.1||||||" +
               std::string{set} + "\rPID|" + std::string{rest} + "\r";
    };
    EXPECT_EQ(edit("[ { set: PID-8, to: Jürgen } ]", in("8859/1", "1|M\xFCller")),
              in("8859/1", "1|M\xFCller||||||J\xFCrgen"));
    EXPECT_EQ(edit("[ { set: PID-8, to: Jürgen } ]", in("UNICODE UTF-8", "1|Müller")),
              in("UNICODE UTF-8", "1|Müller||||||Jürgen"));
    EXPECT_EQ(edit("[ { set: PID-8, to: Jürgen } ]", in("", "1|M\xFCller")),
              in("", "1|M\xFCller||||||J\xFCrgen"))
        << "where nobody says, the bytes do";
    EXPECT_EQ(edit("[ { set: PID-8, to: Jürgen } ]", in("", "1")), in("", "1|||||||Jürgen"));
    EXPECT_EQ(edit("[ { set: PID-8, to: Łukasz } ]", in("8859/1", "1")), "edit.does_not_fit PID-8");
    EXPECT_EQ(edit("[ { set: PID-8, to: Jürgen } ]", in("ASCII", "1")), "edit.does_not_fit PID-8");
    EXPECT_EQ(edit("[ { add: NTE, raw: '1||grün' } ]", in("8859/1", "1")),
              in("8859/1", "1") + "NTE|1||gr\xFCn\r");
    EXPECT_EQ(edit("[ { set: PID-8, to: 'x{PID-2}' }, { case: PID-2, to: upper }, { pad: PID-2, "
                   "width: 7, fill: é } ]",
                   in("8859/1", "1|m\xFCller")),
              in("8859/1", "1|\xE9M\xDCLLER||||||xm\xFCller"));
    EXPECT_EQ(
        edit("[ { set: PID-8, to: F, when: \"PID-2 == 'Müller'\" } ]", in("8859/1", "1|M\xFCller")),
        in("8859/1", "1|M\xFCller||||||F"));
    EXPECT_EQ(edit("[ { set: PID-8, to: F, when: \"PID-2 == 'Müller'\" } ]",
                   in("8859/1", "1|M\\XFC\\ller")),
              in("8859/1", "1|M\\XFC\\ller||||||F"));
}

TEST(Edit, TakesATemplateOfOneValueAsItStandsAndNoneWithParts) {
    run({
        {"[ { set: PID-8, to: '{PID-2}' } ]",
         "PID|1|a\\.br\\b\\T\\\\Zx\\/",
         "PID|1|a\\.br\\b\\T\\\\Zx\\||||||a\\.br\\b\\T\\\\Zx\\/"},
        {"[ { set: PID-8, to: '{PID-2}' } ]", "PID|1|a^b/", "edit.does_not_fit PID-2"},
        {"[ { set: PID-8, to: 'x{PID-2}' } ]", "PID|1|a~b/", "edit.does_not_fit PID-2"},
        {"[ { set: PID-8, to: '{PID-2}' } ]", "PID|1|a&b/", "PID|1|a&b||||||a\\T\\b/"},
    });
}

TEST(Edit, EndsMessagesThatGrowWithoutBound) {
    std::string operations = "[ { set: PID-1, to: 0123456789 }";
    for (int i = 0; i < 40; ++i) {
        operations += ", { set: PID-1, to: '{PID-1}{PID-1}' }";
    }
    EXPECT_EQ(edit(operations + " ]", std::string{kHead} + "PID|1\r"), "edit.too_large");
    std::string wide = std::string{kHead};
    for (int i = 0; i < 60'000; ++i) {
        wide += "OBX\r";
    }
    EXPECT_EQ(edit("[ { each: OBX, do: [ { set: PV1-1, to: x, on_missing: keep } ] } ]", wide),
              "edit.too_large");
}

}  // namespace
}  // namespace aorta::testing
