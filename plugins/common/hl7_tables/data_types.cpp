#include "common/hl7_tables/data_types.hpp"

#include "common/hl7_tables/date_time.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace aorta::hl7_tables {

namespace {

constexpr std::string_view kSex[] = {"A", "F", "M", "N", "O", "U", "X"};
constexpr std::string_view kPatientClass[] = {"B", "C", "E", "I", "N", "O", "P", "R", "U"};
constexpr std::string_view kAcknowledgment[] = {"AA", "AE", "AR", "CA", "CE", "CR"};
constexpr std::string_view kResultStatus[] = {
    "A", "B", "C", "D", "F", "I", "N", "O", "P", "R", "S", "U", "V", "W", "X"};
constexpr std::string_view kProcessingId[] = {"D", "N", "P", "T"};
constexpr std::string_view kValueType[] = {
    "AD",  "AUI", "CCD", "CCP", "CD",  "CE",  "CF",  "CK",  "CM",  "CN",  "CNE", "CNN",
    "CP",  "CQ",  "CSU", "CWE", "CX",  "DDI", "DIN", "DLD", "DLN", "DLT", "DR",  "DT",
    "DTM", "DTN", "ED",  "EI",  "EIP", "ELD", "FC",  "FN",  "FT",  "GTS", "HD",  "ICD",
    "ID",  "IS",  "JCC", "LA1", "LA2", "MA",  "MO",  "MOC", "MOP", "NA",  "NDL", "NM",
    "NR",  "OCD", "OSD", "OSP", "PIP", "PL",  "PLN", "PN",  "PPN", "PRL", "PT",  "PTA",
    "QIP", "QSC", "RCD", "RFR", "RI",  "RMC", "RP",  "RPT", "SAD", "SCV", "SI",  "SN",
    "SPD", "SPS", "SRT", "ST",  "TM",  "TN",  "TQ",  "TS",  "TX",  "UVC", "VH",  "VID",
    "VR",  "WVI", "WVS", "XAD", "XCN", "XON", "XPN", "XTN"};
constexpr std::string_view kCompletion[] = {"AU", "DI", "DO", "IN", "IP", "LA", "PA"};

std::span<const std::string_view> values_of(Table table) {
    switch (table) {
        case Table::AdministrativeSex:
            return kSex;
        case Table::PatientClass:
            return kPatientClass;
        case Table::AcknowledgmentCode:
            return kAcknowledgment;
        case Table::ObservationResultStatus:
            return kResultStatus;
        case Table::ProcessingId:
            return kProcessingId;
        case Table::ValueType:
            return kValueType;
        case Table::DocumentCompletionStatus:
            return kCompletion;
    }
    return {};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

bool is_number(std::string_view value) {
    if (!value.empty() && (value[0] == '+' || value[0] == '-')) {
        value.remove_prefix(1);
    }
    const std::size_t point = value.find('.');
    const std::string_view whole = value.substr(0, point);
    const std::string_view part =
        point == std::string_view::npos ? std::string_view{} : value.substr(point + 1);
    return whole.size() + part.size() > 0 && std::all_of(whole.begin(), whole.end(), is_digit) &&
           std::all_of(part.begin(), part.end(), is_digit);
}

bool is_of_type(std::string_view value, DataType type) {
    switch (type) {
        case DataType::Nm:
            return is_number(value);
        case DataType::Si:
            return !value.empty() && value.size() <= 4 &&
                   std::all_of(value.begin(), value.end(), is_digit);
        case DataType::Dt:
            return is_date(value);
        case DataType::Tm:
            return is_time(value);
        case DataType::Dtm:
            return parse_date_time(value).has_value();
    }
    return false;
}

bool is_in_table(std::string_view code, Table table) {
    const auto values = values_of(table);
    return std::find(values.begin(), values.end(), code) != values.end();
}

int parse_version(std::string_view text) {
    struct Known {
        std::string_view text;
        int number;
    };

    constexpr Known kKnown[] = {{"2.1", 210},
                                {"2.2", 220},
                                {"2.3", 230},
                                {"2.3.1", 231},
                                {"2.4", 240},
                                {"2.5", 250},
                                {"2.5.1", 251},
                                {"2.6", 260},
                                {"2.7", 270},
                                {"2.7.1", 271},
                                {"2.8", 280},
                                {"2.8.1", 281},
                                {"2.8.2", 282}};
    for (const Known& known : kKnown) {
        if (known.text == text) {
            return known.number;
        }
    }
    return 0;
}

}  // namespace aorta::hl7_tables
