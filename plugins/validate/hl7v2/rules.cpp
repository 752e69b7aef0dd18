#include "validate/hl7v2/rules.hpp"

#include "common/hl7/message.hpp"

#include <algorithm>

namespace aorta::plugins::validate_hl7v2 {

namespace {

using enum hl7_tables::DataType;
using enum hl7_tables::Table;

constexpr MessageRule kMessages[] = {
    {"ACK", "", "MSA"},
    {"ADT",
     "A01 A02 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13 A14 A15 A16 A17 A21 A22 A23 A25 A26 A27 "
     "A28 A29 A31 A32 A33 A38 A52 A53 A54 A55 A61 A62",
     "EVN PID PV1"},
    {"ADT", "A18 A30 A34 A36 A39 A40 A43 A46 A47", "EVN PID MRG", "MRG-1"},
    {"ADT", "A35 A41 A42 A44 A48 A49", "EVN PID MRG"},
    {"ADT", "A45 A50 A51", "EVN PID MRG PV1"},
    {"ADT", "A20", "EVN NPU"},
    {"ADT", "A24 A37 A60", "EVN PID"},
    {"BAR", "P01 P02 P05", "EVN PID"},
    {"BAR", "P12", "EVN PID PV1"},
    {"DFT", "P03 P11", "EVN PID FT1"},
    {"MDM", "T01 T03 T05 T07 T09 T11", "EVN PID PV1 TXA"},
    {"MDM", "T02 T04 T06 T08 T10", "EVN PID PV1 TXA OBX"},
    {"MFN", "", "MFI MFE"},
    {"OMG", "O19", "ORC OBR"},
    {"OML", "O21", "ORC"},
    {"OML", "O33 O35", "SPM ORC"},
    {"OMP", "O09", "ORC RXO"},
    {"ORM", "O01", "ORC"},
    {"ORR", "O02", "MSA"},
    {"ORU", "", "OBR"},
    {"OUL", "R22 R23", "SPM OBR"},
    {"OUL", "R24", "OBR"},
    {"QBP", "", "QPD RCP"},
    {"QRY", "", "QRD"},
    {"RAS", "O01 O17", "ORC RXA +RXR"},
    {"RDE", "O01 O11 O25", "ORC RXE +RXR"},
    {"RDS", "O01 O13", "ORC RXD +RXR"},
    {"REF", "I12 I13 I14 I15", "PRD PID"},
    {"RGV", "O01 O15", "ORC RXG +RXR"},
    {"RSP", "", "MSA QAK QPD"},
    {"SIU", "S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S26", "SCH"},
    {"VXU", "V04", "PID"},
};

constexpr RequiredField kMsh[] = {{7, 240}, {9}, {10}, {11}, {12}};
constexpr TypedField kMshTypes[] = {{7, Dtm}, {13, Nm}};
constexpr TableField kMshTables[] = {{11, ProcessingId}};
constexpr RequiredField kMsa[] = {{1}, {2}};
constexpr TableField kMsaTables[] = {{1, AcknowledgmentCode}};
constexpr RequiredField kErr[] = {{3, 250}, {4, 250}};
constexpr RequiredField kEvn[] = {{1, 210, 230}, {2, 231}};
constexpr TypedField kEvnTypes[] = {{2, Dtm}, {3, Dtm}, {6, Dtm}};
constexpr RequiredField kPid[] = {{3}, {5}};
constexpr TypedField kPidTypes[] = {{1, Si}, {7, Dtm}, {25, Nm}, {29, Dtm}, {33, Dtm}};
constexpr TableField kPidTables[] = {{8, AdministrativeSex}};
constexpr TypedField kNk1Types[] = {{1, Si}, {8, Dt}, {9, Dt}, {16, Dtm}};
constexpr RequiredField kPv1[] = {{2}};
constexpr TypedField kPv1Types[] = {{1, Si}, {44, Dtm}, {45, Dtm}};
constexpr TableField kPv1Tables[] = {{2, PatientClass}};
constexpr TypedField kPv2Types[] = {{8, Dtm}, {9, Dtm}, {10, Nm}, {11, Nm}, {33, Dtm}};
constexpr RequiredField kAl1[] = {{3, 220}};
constexpr RequiredField kIam[] = {{3}, {6}};
constexpr RequiredField kDg1[] = {{6}};
constexpr TypedField kDg1Types[] = {{1, Si}, {5, Dtm}};
constexpr RequiredField kPr1[] = {{3, 231}, {5, 231}};
constexpr TypedField kPr1Types[] = {{1, Si}, {5, Dtm}, {7, Nm}, {10, Nm}};
constexpr RequiredField kGt1[] = {{3}};
constexpr TypedField kGt1Types[] = {{1, Si}, {8, Dtm}};
constexpr RequiredField kIn1[] = {{2, 231}, {3}};
constexpr TypedField kIn1Types[] = {{1, Si}, {12, Dt}, {13, Dt}, {18, Dtm}};
constexpr RequiredField kOrc[] = {{1}};
constexpr TypedField kOrcTypes[] = {{9, Dtm}, {15, Dtm}};
constexpr RequiredField kObr[] = {{4}};
constexpr TypedField kObrTypes[] = {
    {1, Si}, {6, Dtm}, {7, Dtm}, {8, Dtm}, {14, Dtm}, {22, Dtm}, {36, Dtm}};
constexpr RequiredField kObx[] = {{3}, {11, 220}};
constexpr TypedField kObxTypes[] = {{1, Si}, {9, Nm}, {12, Dtm}, {14, Dtm}, {19, Dtm}};
constexpr TableField kObxTables[] = {{2, ValueType}, {11, ObservationResultStatus}};
constexpr TypedField kNteTypes[] = {{1, Si}};
constexpr RequiredField kTxa[] = {{2}, {12}, {17}};
constexpr TypedField kTxaTypes[] = {{1, Si}, {4, Dtm}, {6, Dtm}, {7, Dtm}, {8, Dtm}};
constexpr TableField kTxaTables[] = {{17, DocumentCompletionStatus}};
constexpr RequiredField kSch[] = {{6, 231}, {16, 230}, {20, 230}};
constexpr TypedField kSetIdType[] = {{1, Si}};
constexpr RequiredField kAis[] = {{3}};
constexpr TypedField kAisTypes[] = {{1, Si}, {4, Dtm}, {7, Nm}};
constexpr RequiredField kRxa[] = {{3}, {5}, {6}};
constexpr TypedField kRxaTypes[] = {{1, Nm}, {2, Nm}, {3, Dtm}, {4, Dtm}, {6, Nm}};
constexpr RequiredField kRxe[] = {{2}, {3}, {5}};
constexpr TypedField kRxeTypes[] = {{3, Nm}, {4, Nm}, {10, Nm}};
constexpr RequiredField kRxr[] = {{1}};
constexpr RequiredField kRxd[] = {{1}, {2}, {3}, {4}, {7}};
constexpr TypedField kRxdTypes[] = {{1, Nm}, {3, Dtm}, {4, Nm}};
constexpr RequiredField kFt1[] = {{4}, {6}, {7}};
constexpr TypedField kFt1Types[] = {{1, Si}, {4, Dtm, 2}, {5, Dtm}, {10, Nm}};
constexpr RequiredField kSpm[] = {{4}};
constexpr TypedField kSpmTypes[] = {{1, Si}, {17, Dtm, 2}, {18, Dtm}, {19, Dtm}};
constexpr TypedField kTq1Types[] = {{1, Si}, {7, Dtm}, {8, Dtm}, {14, Nm}};

// Ordered by name.
constexpr SegmentRule kSegments[] = {
    {"AIL", {}, kSetIdType, {}},
    {"AIP", {}, kSetIdType, {}},
    {"AIS", kAis, kAisTypes, {}},
    {"AL1", kAl1, {}, {}},
    {"DG1", kDg1, kDg1Types, {}},
    {"ERR", kErr, {}, {}},
    {"EVN", kEvn, kEvnTypes, {}},
    {"FT1", kFt1, kFt1Types, {}},
    {"GT1", kGt1, kGt1Types, {}},
    {"IAM", kIam, {}, {}},
    {"IN1", kIn1, kIn1Types, {}},
    {"MSA", kMsa, {}, kMsaTables},
    {"MSH", kMsh, kMshTypes, kMshTables},
    {"NK1", {}, kNk1Types, {}},
    {"NTE", {}, kNteTypes, {}},
    {"OBR", kObr, kObrTypes, {}},
    {"OBX", kObx, kObxTypes, kObxTables},
    {"ORC", kOrc, kOrcTypes, {}},
    {"PID", kPid, kPidTypes, kPidTables},
    {"PR1", kPr1, kPr1Types, {}},
    {"PV1", kPv1, kPv1Types, kPv1Tables},
    {"PV2", {}, kPv2Types, {}},
    {"RGS", {}, kSetIdType, {}},
    {"RXA", kRxa, kRxaTypes, {}},
    {"RXD", kRxd, kRxdTypes, {}},
    {"RXE", kRxe, kRxeTypes, {}},
    {"RXR", kRxr, {}, {}},
    {"SCH", kSch, {}, {}},
    {"SPM", kSpm, kSpmTypes, {}},
    {"TQ1", {}, kTq1Types, {}},
    {"TXA", kTxa, kTxaTypes, kTxaTables},
};

bool lists(std::string_view words, std::string_view word) {
    for (const std::string_view each : hl7::Split{words, ' '}) {
        if (each == word) {
            return true;
        }
    }
    return false;
}

}  // namespace

const MessageRule* find_message_rule(std::string_view code, std::string_view event) {
    const auto* const found =
        std::find_if(std::begin(kMessages), std::end(kMessages), [&](const MessageRule& rule) {
            return rule.code == code && (rule.events.empty() || lists(rule.events, event));
        });
    return found == std::end(kMessages) ? nullptr : found;
}

const SegmentRule* find_segment_rule(std::string_view name) {
    const auto* const at = std::lower_bound(
        std::begin(kSegments), std::end(kSegments), name, [](const SegmentRule& rule, auto wanted) {
            return rule.name < wanted;
        });
    return at != std::end(kSegments) && at->name == name ? at : nullptr;
}

}  // namespace aorta::plugins::validate_hl7v2
