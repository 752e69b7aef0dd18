// Valid messages are broken in one place; the finding must be of that place and of the right code.
// What is expected comes from how the message was broken and from the standard, not from the tables
// of the validator. AORTA_SEED chooses other mutations.
#include "common/hl7/tests/fixtures.hpp"
#include "validate/hl7v2/validator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

namespace aorta::plugins::validate_hl7v2 {
namespace {

constexpr std::uint32_t kSeed = 20240607;
constexpr int kMutations = 2000;

constexpr std::string_view kMessages[] = {
    "MSH|^~\\&|A|B|C|D|20240102||ADT^A01|1|P|2.3\rEVN|A01|20240102\rPID|1||77^^^H^MR||DOE^JOHN||"
    "19800101|M\r"
    "PD1|S\rNK1|1|DOE^JANE\rPV1|1|I|W^1^2\rPV2||||||||20240102\rAL1|1|DA|PEN^Penicillin\rDG1|1|I9|"
    "A1^x|x|20240102|A\r"
    "GT1|1||DOE^JOHN\rIN1|1|P1|C1|Payer\rIN2||1\rIN1|2|P2|C2|Payer\rACC|20240101\r",
    "MSH|^~\\&|A|B|C|D|20240102||ADT^A01^ADT_A01|1|P|2.5.1\rSFT|V|1|P|1\rEVN||20240102\r"
    "PID|1||77^^^H^MR||DOE^JOHN||19800101|M\rPD1|S\rROL|1|AD|PP|12^DOE\rNK1|1|DOE^JANE\rPV1|1|"
    "I\rPV2|||||||||20240103\r"
    "OBX|1|NM|8867-4^Rate^LN||72|/min|||||F\rAL1|1|DA|PEN^Penicillin\rDG1|1||A1^x||20240102|A\r"
    "PR1|1||P1^x||20240102\rGT1|1||DOE^JOHN\rIN1|1|P1|C1|Payer\rIN3|1\rACC|20240101\rPDA|A\r",
    "MSH|^~\\&|A|B|C|D|20240102||ADT^A04^ADT_A01|1|T|2.8\rEVN||20240102\rPID|1||77^^^H^MR||DOE^"
    "JOHN||19800101|M\r"
    "NK1|1|DOE^JANE\rPV1|1|O\rAL1|1||PEN^Penicillin\rIN1|1|P1|C1\r",
    "MSH|^~\\&|A|B|C|D|20240102||ADT^A08|1|P|2.4\rEVN|A08|20240102\rPID|1||77^^^H^MR||DOE^JOHN||"
    "19800101|F\rPV1|1|E\r"
    "OBX|1|TS|X||20240102||||||F\rDG1|1||A1^x|||W\rPR1|1||P1^x||20240102\r",
    "MSH|^~\\&|A|B|C|D|20240102||ADT^A40^ADT_A39|1|P|2.5\rEVN||20240102\rPID|1||77^^^H^MR||DOE^"
    "JOHN||19800101|M\r"
    "PD1|S\rMRG|78^^^H^MR\r",
    "MSH|^~\\&|A|B|C|D|20240102||ORU^R01|1|P|2.3.1\rPID|1||77^^^H^MR||DOE^JOHN||19800101|M\rPV1|1|"
    "I\r"
    "ORC|RE\rOBR|1||F1|8867-4^Rate^LN|||20240102\rNTE|1|L|text\rOBX|1|NM|8867-4^Rate^LN||72|/"
    "min|||||F\r"
    "OBX|2|ST|8867-4^Rate^LN||x||||||F\r",
    "MSH|^~\\&|A|B|C|D|20240102||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||77^^^H^MR||DOE^JOHN||19800101|"
    "M\rPV1|1|I\r"
    "OBR|1||F1|8867-4^Rate^LN|||20240102\rOBX|1|NM|8867-4^Rate^LN||72|/min|||||F|||20240102101112\r"
    "NTE|1|L|text\rOBX|2|SN|8867-4^Rate^LN||<^5||||||F\rOBX|3|CWE|8867-4^Rate^LN||A^B^L||||||F\r"
    "SPM|1|||BLD^Blood\rOBX|4|ST|X^Y^L||z||||||F\r",
    "MSH|^~\\&|A|B|C|D|20240102||ORU^R01^ORU_R01|1|P|2.7.1\rPID|1||77^^^H^MR||DOE^JOHN||19800101|"
    "M\r"
    "OBX|1|NM|3141-9^Weight^LN||80|kg|||||F\rPV1|1|I\rORC|RE\rOBR|1||F1|8867-4^Rate^LN|||20240102\r"
    "OBX|1|DTM|8867-4^Rate^LN||20240102||||||F\r",
    "MSH|^~\\&|A|B|C|D|20240102||ORM^O01|1|P|2.4\rPID|1||77^^^H^MR||DOE^JOHN||19800101|M\rPV1|1|"
    "O\rAL1|1|DA|PEN^Penicillin\r"
    "ORC|NW|1\rOBR|1|1||8867-4^Rate^LN|||20240102\rDG1|1||A1^x|||A\rOBX|1|NM|8867-4^Rate^LN||72|/"
    "min|||||F\r",
    "MSH|^~\\&|A|B|C|D|20240102||OML^O21^OML_O21|1|P|2.5.1\rPID|1||77^^^H^MR||DOE^JOHN||19800101|"
    "M\rPV1|1|O\rORC|NW|1\r"
    "TQ1|1||||||20240102\rOBR|1|1||8867-4^Rate^LN\rOBX|1|NM|8867-4^Rate^LN||72|/"
    "min|||||F\rSPM|1|||BLD^Blood\r"
    "ORC|NW|2\rOBR|2|2||8867-4^Rate^LN\r",
    "MSH|^~\\&|A|B|C|D|20240102||MDM^T02^MDM_T02|1|P|2.6\rEVN||20240102\rPID|1||77^^^H^MR||DOE^"
    "JOHN||19800101|M\rPV1|1|I\r"
    "TXA|1|DS|TX|20240102||||||||D1|||||AU\rOBX|1|TX|A^B^L||text||||||F\r",
    "MSH|^~\\&|A|B|C|D|20240102||SIU^S12^SIU_S12|1|P|2.5\rSCH|1|||||R^x||||||||||1^DOE||||1^DOE\r"
    "PID|1||77^^^H^MR||DOE^JOHN||19800101|M\rPV1|1|O\rRGS|1\rAIS|1||S^x|20240102\rAIL|1||W^1^"
    "2\rAIP|1||1^DOE\r",
    "MSH|^~\\&|A|B|C|D|20240102||VXU^V04^VXU_V04|1|P|2.5.1\rPID|1||77^^^H^MR||DOE^JOHN||19800101|"
    "M\rPD1|S\rNK1|1|DOE^JANE\r"
    "PV1|1|O\rORC|RE|1|1\rRXA|0|1|20240102|20240102|08^HepB^CVX|1\rRXR|IM\rOBX|1|NM|8867-4^Rate^LN|"
    "|72|/min|||||F\r",
    "MSH|^~\\&|A|B|C|D|20240102||RDE^O11^RDE_O11|1|P|2.5\rPID|1||77^^^H^MR||DOE^JOHN||19800101|"
    "M\rPV1|1|O\rORC|NW|1\r"
    "RXE|^^^20240102|D^x|1||MG\rTQ1|1||||||20240102\rRXR|IM\rRXC|B|C^x|1|MG\r",
    "MSH|^~\\&|A|B|C|D|20240102||DFT^P03^DFT_P03|1|P|2.5.1\rEVN||20240102\rPID|1||77^^^H^MR||DOE^"
    "JOHN||19800101|M\rPV1|1|O\r"
    "FT1|1|||20240102||CG|X^y\rPR1|1||P1^x||20240102\rDG1|1||A1^x|||A\rGT1|1||DOE^JOHN\rIN1|1|P1|"
    "C1|Payer\r",
    "MSH|^~\\&|A|B|C|D|20240102||ACK^A01^ACK|1|P|2.5\rMSA|AA|1\r",
};

struct Facts {
    std::string_view type;      // code and events
    std::string_view required;  // segments that must be there
    std::string_view single;    // that come once where they stand
    std::string_view to_front;  // that are out of order right behind MSH
    std::string_view to_end;    // that are out of order behind all others
};

constexpr Facts kFacts[] = {
    {"ADT^A01 ADT^A04 ADT^A08 ADT^A13 ADT^A05 ADT^A14 ADT^A28 ADT^A31 ADT^A16 ADT^A06 ADT^A07",
     "EVN PID PV1",
     "EVN PID PD1 PV1 PV2",
     "PV1 PV2 AL1 GT1 ACC PDA NK1 DB1",
     "EVN PID PD1 PV1 PV2 NK1 AL1 DB1"},
    {"ADT^A02 ADT^A03 ADT^A15 ADT^A09 ADT^A10 ADT^A11 ADT^A25 ADT^A26 ADT^A27 ADT^A29",
     "EVN PID PV1",
     "EVN PID PD1 PV1 PV2",
     "PV1 PV2 DB1",
     "EVN PID PD1 PV1 PV2"},
    {"ADT^A40 ADT^A47", "EVN MRG PID", "EVN", "MRG", "EVN"},
    {"ORU^R01", "OBR", "PID PV1 PD1", "PV1 NTE SPM", "PV1"},
    {"ORM^O01", "ORC", "PID PV1 PD1", "AL1 OBR", "PID PV1"},
    {"OML^O21", "", "PID PV1 PD1", "OBR SPM", "PV1"},
    {"MDM^T02", "EVN PID PV1 TXA", "EVN PID PV1 TXA", "TXA PV1", "EVN PID PV1 TXA"},
    {"SIU^S12 SIU^S13 SIU^S14 SIU^S15 SIU^S16 SIU^S17 SIU^S26",
     "SCH RGS",
     "SCH",
     "AIS AIP AIL",
     "SCH PID"},
    {"VXU^V04", "PID", "PID PD1 PV1", "PV1 NK1", "PID PD1 NK1 PV1"},
    {"RDE^O11", "ORC RXR", "PID PV1", "RXR", "PID PV1"},
    {"DFT^P03", "EVN PID FT1", "EVN PID PV1 PD1", "FT1 PV1 GT1", "EVN PID PD1 PV1 GT1"},
    {"ACK^A01", "MSA", "MSA", "", ""},
    {"ADT^A60", "EVN PID", "EVN PID", "IAM", "EVN PID"},
    {"BAR^P01", "EVN PID", "EVN PID PD1", "", "EVN PID"},
};

struct FieldFact {
    std::string_view path;  // of the field that is set
    std::string_view value;
    std::string_view code;
    std::string_view at;      // of the finding, if another
    std::string_view at_2_7;  // from 2.7 on, if another
    std::string_view from = "2.1";
    std::string_view to = "2.9";
    std::string_view where = {};  // only if OBX-2 is this
};

constexpr FieldFact kTypes[] = {
    {"MSH-7", "yesterday", "102"},
    {"EVN-2", "20241301", "102"},
    {"PID-1", "one", "102"},
    {"PID-7", "1980-01-01", "102"},
    {"PID-25", "second", "102"},
    {"PID-29", "20230229", "102"},
    {"PV1-1", "x", "102"},
    {"PV1-44", "tomorrow", "102"},
    {"PV1-45", "2024010225", "102"},
    {"PV2-10", "three", "102", {}, {}, "2.2"},
    {"DG1-5", "soon", "102"},
    {"OBR-7", "20240102T1011", "102"},
    {"OBR-22", "0", "102"},
    {"OBX-1", "first", "102"},
    {"OBX-14", "x", "102"},
    {"OBX-5", "<5", "102", {}, {}, "2.1", "2.9", "NM"},
    {"OBX-5", "5 mg", "102", {}, {}, "2.1", "2.9", "NM"},
    {"OBX-5", "<5", "102", {}, {}, "2.1", "2.9", "SN"},
    {"OBX-5", "noon", "102", {}, {}, "2.1", "2.9", "TS"},
    {"OBX-5", "noon", "102", {}, {}, "2.1", "2.9", "DTM"},
    {"ORC-9", "x", "102"},
    {"ORC-15", "20240230", "102"},
    {"IN1-1", "x", "102"},
    {"IN1-12", "2024-1", "102"},
    {"RXA-1", "x", "102"},
    {"RXA-3", "x", "102"},
    {"RXA-6", "1,5", "102"},
    {"RXE-3", "two", "102"},
    {"NK1-1", "x", "102"},
    {"AIS-4", "x", "102"},
    {"TXA-4", "x", "102"},
    {"ACC-1", "x", "102"},
    {"PR1-5", "x", "102"},
    {"TQ1-7", "x", "102"},
    {"PID-3", "7^^^^^^x", "102", "PID-3.7", "PID-3.7", "2.5"},
};

constexpr FieldFact kTables[] = {
    {"MSH-11", "Q", "202", "MSH-11.1", "MSH-11.1", "2.3"},
    {"MSH-15", "QQ", "103", {}, {}, "2.2"},
    {"OBX-2", "QQQ", "103", {}, {}, "2.3"},
    {"OBX-11", "QQ", "103"},
    {"OBR-25", "QQ", "103"},
    {"ORC-1", "QQ", "103", {}, {}, "2.2"},
    {"TXA-17", "QQ", "103"},
    {"MSA-1", "QQ", "103"},
    {"PID-8", "QQ", "103", {}, "PID-8.1"},
    {"PID-30", "Q", "103", {}, {}, "2.3"},
    {"PV1-2", "QQ", "103", {}, "PV1-2.1"},
    {"NTE-2", "Q", "103"},
    {"PD1-12", "Q", "103", {}, {}, "2.3"},
};

constexpr FieldFact kRequired[] = {
    {"MSH-9", "", "101"},
    {"MSH-10", "", "101"},
    {"MSH-11", "", "101"},
    {"MSH-7", "", "101", {}, {}, "2.4"},
    {"EVN-2", "", "101", {}, {}, "2.3.1"},
    {"PID-3", "", "101"},
    {"PID-5", "", "101"},
    {"PV1-2", "", "101"},
    {"OBR-4", "", "101"},
    {"OBX-3", "", "101"},
    {"OBX-11", "", "101", {}, {}, "2.2"},
    {"AL1-3", "", "101"},
    {"DG1-6", "", "101"},
    {"IN1-3", "", "101"},
    {"GT1-3", "", "101"},
    {"MRG-1", "", "101"},
    {"ORC-1", "", "101", {}, {}, "2.4"},
    {"SPM-4", "", "101"},
    {"TXA-2", "", "101"},
    {"TXA-12", "", "101"},
    {"TXA-17", "", "101"},
    {"MSA-1", "", "101"},
    {"MSA-2", "", "101"},
    {"RXA-3", "", "101"},
    {"RXA-5", "", "101"},
    {"RXA-6", "", "101"},
    {"RXE-2", "", "101"},
    {"RXR-1", "", "101"},
    {"FT1-6", "", "101"},
    {"FT1-7", "", "101"},
    {"SCH-16", "", "101"},
    {"AIS-3", "", "101"},
    {"OBX-2", "", "101"},
};

constexpr std::string_view kLong =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxx";

constexpr FieldFact kLengths[] = {
    {"MSH-10", kLong.substr(0, 21), "104", {}, {}, "2.1", "2.5.9"},
    {"MSH-10", kLong.substr(0, 200), "104"},
    {"MSH-8", kLong.substr(0, 41), "104", {}, {}, "2.1", "2.6.9"},
    {"PID-19", kLong.substr(0, 17), "104", {}, {}, "2.1", "2.6.9"},
    {"PID-23", kLong.substr(0, 251), "104", {}, {}, "2.3", "2.6.9"},
    {"PID-5", kLong.substr(0, 251), "104", {}, {}, "2.1", "2.6.9"},
};

constexpr FieldFact kRepetitions[] = {
    {"PID-7", "19800101~19800102", "102"},
    {"PV1-44", "20240101~20240102", "102"},
    {"MSH-10", "1~2", "102"},
    {"PID-23", "A~B", "102", {}, {}, "2.3"},
    {"OBX-14", "20240101~20240102", "102"},
    {"OBR-7", "20240101~20240102", "102"},
};

using Key = std::pair<std::string, std::string>;  // code and path

/// A message as its segments.
struct Base {
    std::string name;
    std::vector<std::string> segments;
    std::string type;     // ORU^R01
    std::string version;  // 2.5.1

    std::size_t count(std::string_view segment) const {
        std::size_t number = 0;
        for (const std::string& each : segments) {
            number += each.starts_with(segment) ? 1 : 0;
        }
        return number;
    }

    std::size_t find(std::string_view segment, std::size_t occurrence = 1) const {
        for (std::size_t i = 0; i < segments.size(); ++i) {
            if (segments[i].starts_with(segment) && --occurrence == 0) {
                return i;
            }
        }
        return segments.size();
    }
};

std::string join(const std::vector<std::string>& segments) {
    std::string text;
    for (const std::string& each : segments) {
        text += each + "\r";
    }
    return text;
}

Base base_of(std::string name, const std::string& text) {
    Base base{.name = std::move(name)};
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(text).ok());
    const hl7::Message message{text, builder.view()};
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        base.segments.emplace_back(message.segment(i));
    }
    const hl7::Split type = message.components(message.field(0, 9));
    base.type = std::string{type.at(1)} + "^" + std::string{type.at(2)};
    base.version = message.components(message.field(0, 12)).at(1);
    return base;
}

/// All findings, and the errors alone.
std::pair<std::multiset<Key>, std::multiset<Key>> findings(const std::string& text) {
    std::pair<std::multiset<Key>, std::multiset<Key>> all;
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(text).ok());
    Validator validator{ValidatorConfig{}};
    for (const Finding& finding : validator.run({text, builder.view()})) {
        const Key key{info_of(finding.problem).code, finding.path};
        all.first.insert(key);
        if (finding.severity == Severity::Error) {
            all.second.insert(key);
        }
    }
    return all;
}

std::vector<Base> bases() {
    std::vector<Base> all;
    for (std::size_t i = 0; i < std::size(kMessages); ++i) {
        all.push_back(base_of("own " + std::to_string(i), std::string{kMessages[i]}));
        EXPECT_TRUE(findings(join(all.back().segments)).second.empty())
            << i << " " << findings(join(all.back().segments)).second.begin()->second;
    }
    const auto folder = hl7::testing::fixtures() / "hl7v2" / "breadth";
    for (const auto& file : hl7::testing::hl7_files(folder)) {
        for (const std::string& text : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            Base base = base_of(file.filename(), text);
            if (findings(join(base.segments)).second.empty()) {
                all.push_back(std::move(base));
            }
        }
    }
    return all;
}

struct Mutation {
    std::vector<std::string> segments;
    Key expected;
};

class Mutator {
public:
    explicit Mutator(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t count) { return random_() % count; }

    /// One of the words that is a segment of the message; empty if there is none.
    std::string one_of(const Base& base, std::string_view words, bool and_single) {
        std::vector<std::string> all;
        for (const std::string_view word : hl7::Split{words, ' '}) {
            if (!word.empty() && (and_single ? base.count(word) == 1 : base.count(word) > 0)) {
                all.emplace_back(word);
            }
        }
        return all.empty() ? std::string{} : all[below(all.size())];
    }

    /// A field set to something, in any segment that has it.
    std::optional<Mutation> set(const Base& base, const FieldFact& fact) {
        const hl7::Path path = *hl7::parse_path(fact.path);
        const std::size_t count = base.count(path.segment_name());
        if (count == 0 || base.version < fact.from || base.version > fact.to) {
            return std::nullopt;
        }
        const std::size_t occurrence = 1 + below(count);
        Mutation made{base.segments, {}};
        std::string& segment = made.segments[base.find(path.segment_name(), occurrence)];
        std::vector<std::string> fields;
        for (const std::string_view field : hl7::Split{segment, '|'}) {
            fields.emplace_back(field);
        }
        const std::size_t index = path.field - (path.segment_name() == "MSH" ? 1 : 0);
        fields.resize(std::max(fields.size(), index + 1));
        const bool is_observation = path.segment_name() == "OBX";
        if (!fact.where.empty() && (fields.size() < 6 || fields[2] != fact.where)) {
            return std::nullopt;
        }
        if (is_observation && path.field == 2 && fact.value.empty() &&
            (fields.size() < 6 || fields[5].empty())) {
            return std::nullopt;  // no value, so no type
        }
        fields[index] = fact.value;
        segment.clear();
        for (const std::string& field : fields) {
            segment += (&field == &fields.front() ? "" : "|") + field;
        }
        const bool is_2_7 = base.version >= "2.7";
        std::string at{is_2_7 && !fact.at_2_7.empty() ? fact.at_2_7
                       : !is_2_7 && !fact.at.empty()  ? fact.at
                                                      : fact.path};
        if (occurrence > 1) {
            at.insert(3, "[" + std::to_string(occurrence) + "]");
        }
        made.expected = {std::string{fact.code}, at};
        return made;
    }

private:
    std::mt19937 random_;
};

const Facts* facts_of(const Base& base) {
    for (const Facts& facts : kFacts) {
        for (const std::string_view type : hl7::Split{facts.type, ' '}) {
            if (type == base.type) {
                return &facts;
            }
        }
    }
    return nullptr;
}

std::optional<Mutation> drop(Mutator& mutator, const Base& base, const Facts& facts) {
    const std::string name = mutator.one_of(base, facts.required, true);
    if (name.empty()) {
        return std::nullopt;
    }
    Mutation made{base.segments, {"100", name}};
    made.segments.erase(made.segments.begin() + static_cast<std::ptrdiff_t>(base.find(name)));
    return made;
}

std::optional<Mutation> repeat(Mutator& mutator, const Base& base, const Facts& facts) {
    const std::string name = mutator.one_of(base, facts.single, true);
    if (name.empty()) {
        return std::nullopt;
    }
    Mutation made{base.segments, {"100", name + "[2]"}};
    const auto at = static_cast<std::ptrdiff_t>(base.find(name));
    made.segments.insert(made.segments.begin() + at, base.segments[base.find(name)]);
    return made;
}

std::optional<Mutation> move(Mutator& mutator, const Base& base, const Facts& facts) {
    const bool to_front = mutator.below(2) == 0;
    const std::string name = mutator.one_of(base, to_front ? facts.to_front : facts.to_end, true);
    const std::size_t from = name.empty() ? 0 : base.find(name);
    if (name.empty() || from + 2 >= base.segments.size() || from < 3) {
        return std::nullopt;  // two neighbours that change places: either may be called wrong
    }
    Mutation made{base.segments, {"100", name}};
    made.segments.erase(made.segments.begin() + static_cast<std::ptrdiff_t>(from));
    made.segments.insert(to_front ? made.segments.begin() + 1 : made.segments.end(),
                         base.segments[from]);
    return made;
}

std::optional<Mutation> spoil_name(Mutator& mutator, const Base& base, const Facts& /*facts*/) {
    const std::size_t at = 1 + mutator.below(base.segments.size());
    Mutation made{base.segments, {"100", "segment " + std::to_string(at + 1)}};
    made.segments.insert(made.segments.begin() + static_cast<std::ptrdiff_t>(at),
                         mutator.below(2) == 0 ? "and the rest of a text" : "nte|1");
    return made;
}

template <std::size_t N>
std::optional<Mutation> set_one(Mutator& mutator, const Base& base, const FieldFact (&all)[N]) {
    return mutator.set(base, all[mutator.below(N)]);
}

using Make = std::optional<Mutation> (*)(Mutator&, const Base&, const Facts&);

const std::vector<std::pair<std::string_view, Make>>& kinds() {
    static const std::vector<std::pair<std::string_view, Make>> kKinds = {
        {"segment dropped", drop},
        {"segment repeated", repeat},
        {"segment moved", move},
        {"segment name", spoil_name},
        {"type", [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kTypes); }},
        {"table", [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kTables); }},
        {"required",
         [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kRequired); }},
        {"length", [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kLengths); }},
        {"repetition",
         [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kRepetitions); }},
    };
    return kKinds;
}

/// The finding is there, and no error beside it that was not there before.
bool is_right(const Base& base, const Mutation& mutation) {
    const auto before = findings(join(base.segments));
    const auto after = findings(join(mutation.segments));
    auto others = after.second;
    for (const Key& key : before.second) {
        others.erase(key);
    }
    others.erase(mutation.expected);
    return after.first.count(mutation.expected) > before.first.count(mutation.expected) &&
           others.empty();
}

TEST(Mutations, AreFoundWhereTheyAreWithTheRightCode) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in these tests changes the environment.
    const char* const given = std::getenv("AORTA_SEED");
    const auto seed =
        given == nullptr ? kSeed : static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
    const std::vector<Base> all = bases();
    Mutator mutator{seed};
    std::map<std::string_view, std::pair<int, int>> scores;  // right, all
    std::map<std::string, int> wrong;
    int right = 0;
    for (int made = 0; made < kMutations;) {
        const Base& base = all[mutator.below(all.size())];
        const Facts* const facts = facts_of(base);
        const auto& [kind, make] = kinds()[mutator.below(kinds().size())];
        const auto mutation = facts == nullptr ? std::nullopt : make(mutator, base, *facts);
        if (!mutation) {
            continue;
        }
        ++made;
        const bool is_good = is_right(base, *mutation);
        right += is_good ? 1 : 0;
        scores[kind].first += is_good ? 1 : 0;
        ++scores[kind].second;
        if (!is_good) {
            std::string found;
            for (const auto& [code, path] : findings(join(mutation->segments)).second) {
                found += " " + code + " " + path;
            }
            ++wrong[base.name + ": " + std::string{kind} + " " + mutation->expected.first + " " +
                    mutation->expected.second + ", found" + found];
        }
    }
    std::cout << "seed " << seed << ", " << all.size() << " valid messages\n";
    for (const auto& [kind, score] : scores) {
        std::cout << "  " << kind << ": " << score.first << " of " << score.second << "\n";
    }
    for (const auto& [text, count] : wrong) {
        std::cout << "  " << count << " × " << text << "\n";
    }
    EXPECT_GE(right * 100, kMutations * 99) << "seed " << seed;
}

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2
