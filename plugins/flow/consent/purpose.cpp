#include "flow/consent/purpose.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::plugins::consent {
namespace {

struct Purpose {
    std::string_view code;
    std::string_view part_of;
};

// The concepts below PurposeOfUse in the code system v3-ActReason, as FHIR R4 4.0.1 has it; sorted.
constexpr Purpose kPurposes[] = {
    {"BIORCH", "HRESCH"},
    {"BTG", "ETREAT"},
    {"CAREMGT", "HOPERAT"},
    {"CLINTRCH", "HRESCH"},
    {"CLINTRCHNPC", "CLINTRCH"},
    {"CLINTRCHPC", "CLINTRCH"},
    {"CLINTRL", "TREAT"},
    {"CLMATTCH", "HPAYMT"},
    {"COC", "TREAT"},
    {"COVAUTH", "HPAYMT"},
    {"COVERAGE", "HPAYMT"},
    {"DISASTER", "PUBHLTH"},
    {"DONAT", "HOPERAT"},
    {"DSRCH", "HRESCH"},
    {"ELIGDTRM", "COVERAGE"},
    {"ELIGVER", "COVERAGE"},
    {"ENROLLM", "COVERAGE"},
    {"ERTREAT", "ETREAT"},
    {"ETREAT", "TREAT"},
    {"FAMRQT", "PATRQT"},
    {"FRAUD", "HOPERAT"},
    {"GOV", "HOPERAT"},
    {"HACCRED", "HOPERAT"},
    {"HCOMPL", "HOPERAT"},
    {"HDECD", "HOPERAT"},
    {"HDIRECT", "HOPERAT"},
    {"HDM", "HOPERAT"},
    {"HLEGAL", "HOPERAT"},
    {"HMARKT", ""},
    {"HOPERAT", ""},
    {"HOUTCOMS", "HOPERAT"},
    {"HPAYMT", ""},
    {"HPRGRP", "HOPERAT"},
    {"HQUALIMP", "HOPERAT"},
    {"HRESCH", ""},
    {"HSYSADMIN", "HOPERAT"},
    {"HTEST", "SYSDEV"},
    {"LABELING", "HSYSADMIN"},
    {"MEMADMIN", "HOPERAT"},
    {"METAMGT", "HSYSADMIN"},
    {"MILCDM", "HOPERAT"},
    {"MILDCRG", "COVERAGE"},
    {"PATADMIN", "HOPERAT"},
    {"PATRQT", ""},
    {"PATSFTY", "HOPERAT"},
    {"PERFMSR", "HOPERAT"},
    {"POARCH", "HRESCH"},
    {"POPHLTH", "TREAT"},
    {"PRECLINTRCH", "CLINTRCH"},
    {"PUBHLTH", ""},
    {"PWATRNY", "PATRQT"},
    {"RECORDMGT", "HOPERAT"},
    {"REMITADV", "HPAYMT"},
    {"SUPNWK", "PATRQT"},
    {"SYSDEV", "HOPERAT"},
    {"THREAT", "PUBHLTH"},
    {"TRAIN", "HOPERAT"},
    {"TRANSRCH", "HRESCH"},
    {"TREAT", ""},
};

static_assert(std::ranges::is_sorted(kPurposes, {}, &Purpose::code));

const Purpose* find(std::string_view code) {
    const auto* const found = std::ranges::lower_bound(kPurposes, code, {}, &Purpose::code);
    return found == std::end(kPurposes) || found->code != code ? nullptr : found;
}

}  // namespace

bool is_purpose(std::string_view code) {
    return find(code) != nullptr;
}

std::string_view wider(std::string_view code) {
    const Purpose* const purpose = find(code);
    return purpose == nullptr ? std::string_view{} : purpose->part_of;
}

bool is_part_of(std::string_view narrow, std::string_view wide) {
    while (narrow != wide && !narrow.empty()) {
        narrow = wider(narrow);
    }
    return !narrow.empty();
}

}  // namespace aorta::plugins::consent
