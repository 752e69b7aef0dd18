// Valid messages, and what the standard says of their parts: written by hand, for mutation_test.
#pragma once

#include <string_view>

namespace aorta::plugins::validate_hl7v2 {

inline constexpr std::string_view kMessages[] = {
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

inline constexpr Facts kFacts[] = {
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

inline constexpr FieldFact kTypes[] = {
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

inline constexpr FieldFact kTables[] = {
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

inline constexpr FieldFact kRequired[] = {
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

inline constexpr std::string_view kLong =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxx";

inline constexpr FieldFact kLengths[] = {
    {"MSH-10", kLong.substr(0, 21), "104", {}, {}, "2.1", "2.5.9"},
    {"MSH-10", kLong.substr(0, 200), "104"},
    {"MSH-8", kLong.substr(0, 41), "104", {}, {}, "2.1", "2.6.9"},
    {"PID-19", kLong.substr(0, 17), "104", {}, {}, "2.1", "2.6.9"},
    {"PID-23", kLong.substr(0, 251), "104", {}, {}, "2.3", "2.6.9"},
    {"PID-5", kLong.substr(0, 251), "104", {}, {}, "2.1", "2.6.9"},
};

inline constexpr FieldFact kRepetitions[] = {
    {"PID-7", "19800101~19800102", "102"},
    {"PV1-44", "20240101~20240102", "102"},
    {"MSH-10", "1~2", "102"},
    {"PID-23", "A~B", "102", {}, {}, "2.3"},
    {"OBX-14", "20240101~20240102", "102"},
    {"OBR-7", "20240101~20240102", "102"},
};

}  // namespace aorta::plugins::validate_hl7v2
