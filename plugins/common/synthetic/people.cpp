#include "common/synthetic/people.hpp"

#include "common/synthetic/random.hpp"
#include "common/synthetic/text.hpp"

#include <array>

namespace aorta::synthetic {

namespace {

using Texts = std::string_view;

constexpr std::array<Texts, 48> kFamilyNames = {
    "DOE",      "NAKAMURA", "OKAFOR",  "LINDGREN",    "MÜLLER",  "GARCÍA", "SMITH",  "ROSSI",
    "KOWALSKI", "HADDAD",   "O'BRIEN", "VAN DIJK",    "SANTOS",  "NGUYEN", "PATEL",  "ANDERSON",
    "JOHNSON",  "WILLIAMS", "BROWN",   "MARTINEZ",    "DAVIS",   "LOPEZ",  "WILSON", "TAYLOR",
    "MOORE",    "JACKSON",  "LEE",     "THOMPSON",    "WHITE",   "HARRIS", "CLARK",  "LEWIS",
    "WALKER",   "HALL",     "YOUNG",   "KING",        "WRIGHT",  "HILL",   "GREEN",  "ADAMS",
    "BAKER",    "NELSON",   "CARTER",  "SMITH-JONES", "IVANOVA", "HAKIMI", "TANAKA", "BERG"};

constexpr std::array<Texts, 24> kWomensNames = {
    "JANE",  "MARIA",   "AIKO",  "CHIDINMA", "INGRID",  "ANNA",   "LUCÍA", "EMMA",
    "ZOFIA", "LEILA",   "NORA",  "SASKIA",   "BEATRIZ", "LINH",   "PRIYA", "GRACE",
    "RUTH",  "DOROTHY", "HELEN", "OLIVIA",   "SOPHIA",  "CARMEN", "IRENE", "MEI"};

constexpr std::array<Texts, 24> kMensNames = {
    "JOHN",   "JOSÉ",  "KENJI", "EMEKA",  "LARS",  "KARL",   "DIEGO",  "LIAM",
    "PIOTR",  "OMAR",  "SEAN",  "PIETER", "PAULO", "MINH",   "ARJUN",  "JAMES",
    "ROBERT", "DAVID", "FRANK", "NOAH",   "ETHAN", "MIGUEL", "WALTER", "WEI"};

constexpr std::array<Texts, 16> kStreets = {"MAPLE STREET",
                                            "OAK AVENUE",
                                            "ELM STREET",
                                            "CEDAR LANE",
                                            "LAKE VIEW DRIVE",
                                            "HILLCREST ROAD",
                                            "MILL ROAD",
                                            "CHURCH STREET",
                                            "PARK PLACE",
                                            "RIVERSIDE DRIVE",
                                            "ORCHARD WAY",
                                            "STATION ROAD",
                                            "MEADOW COURT",
                                            "HARBOR STREET",
                                            "NORTH 3RD STREET",
                                            "WILLOW CRESCENT"};

constexpr std::array<Texts, 12> kCities = {"SPRINGFIELD^IL^62701",
                                           "MADISON^WI^53703",
                                           "PORTLAND^OR^97201",
                                           "ALBANY^NY^12207",
                                           "AUSTIN^TX^78701",
                                           "DENVER^CO^80202",
                                           "BOISE^ID^83702",
                                           "TOPEKA^KS^66603",
                                           "RALEIGH^NC^27601",
                                           "SALEM^OR^97301",
                                           "CONCORD^NH^03301",
                                           "OLYMPIA^WA^98501"};

constexpr std::array<Texts, 6> kRaces = {"2106-3^White^HL70005",
                                         "2106-3^White^HL70005",
                                         "2054-5^Black or African American^HL70005",
                                         "2028-9^Asian^HL70005",
                                         "1002-5^American Indian or Alaska Native^HL70005",
                                         "2131-1^Other Race^HL70005"};

constexpr std::array<Texts, 5> kMarital = {"S^Single^HL70002",
                                           "M^Married^HL70002",
                                           "M^Married^HL70002",
                                           "D^Divorced^HL70002",
                                           "W^Widowed^HL70002"};

constexpr std::chrono::sys_days kAdultsBornBefore = std::chrono::year{2007} / 1 / 1;
constexpr std::uint64_t kMrnSpan = 9'000'000;

}  // namespace

Patient Patient::of(std::uint64_t seed, std::uint64_t index) {
    Random random{mix(seed) ^ mix(index + 1)};
    Patient patient;
    patient.index = index;
    // A step without a common factor with the span meets every number once.
    patient.mrn = 1'000'000 + (mix(seed) % kMrnSpan + index * 2'654'437) % kMrnSpan;
    const std::uint64_t sex = random.below(100);
    patient.sex = sex < 51 ? 'F' : sex < 99 ? 'M' : 'U';
    patient.family_name = random.pick(kFamilyNames);
    patient.given_name = patient.sex == 'M' ? random.pick(kMensNames) : random.pick(kWomensNames);
    patient.middle_initial = static_cast<char>('A' + random.below(26));
    // From 1921 to 2023.
    patient.birth_date =
        std::chrono::sys_days{std::chrono::days{-17'897 + static_cast<int>(random.below(37'500))}};
    patient.race = random.pick(kRaces);
    patient.house = 1 + random.below(9'899);
    patient.street = random.pick(kStreets);
    patient.city = random.pick(kCities);
    patient.phone_line = 100 + random.below(100);
    const bool is_minor = patient.birth_date > kAdultsBornBefore;
    patient.marital_status = is_minor ? kMarital[0] : random.pick(kMarital);
    patient.ssn_tail = random.below(100'000'000);
    return patient;
}

char check_digit_m10(std::uint64_t number) {
    std::uint64_t sum = 0;
    for (bool doubles = true; number != 0; number /= 10, doubles = !doubles) {
        const std::uint64_t digit = number % 10 * (doubles ? 2 : 1);
        sum += digit / 10 + digit % 10;
    }
    return static_cast<char>('0' + (10 - sum % 10) % 10);
}

void append_pid(const Patient& patient, std::string_view birth_date, std::string& out) {
    out += "PID|1||";
    append_number(patient.mrn, out);
    out += '^';
    out += check_digit_m10(patient.mrn);
    out += "^M10^NORTHLAKE&2.999.1.1&ISO^MR||";
    out.append(patient.family_name).append(1, '^').append(patient.given_name).append(1, '^');
    out += patient.middle_initial;
    out += "^^^^L||";
    if (birth_date.empty()) {
        append_date(patient.birth_date, out);
    } else {
        out += birth_date;
    }
    out += '|';
    out += patient.sex;
    out.append("||").append(patient.race).append(1, '|');
    append_number(patient.house, out);
    out.append(1, ' ').append(patient.street).append("^^").append(patient.city);
    out += "^USA^H||^PRN^PH^^1^206^5550";
    append_digits(patient.phone_line, 3, out);
    out.append("||en^English^ISO639|").append(patient.marital_status).append("||");
    append_number(70'000'000 + patient.index, out);
    out += "^^^NORTHLAKE&2.999.1.1&ISO^AN|9";
    append_digits(patient.ssn_tail / 1'000'000, 2, out);
    out += '-';
    append_digits(patient.ssn_tail / 10'000, 2, out);
    out += '-';
    append_digits(patient.ssn_tail, 4, out);
    out += '\r';
}

void append_clinician(std::uint64_t number, std::string& out) {
    Random random{mix(number ^ 0xC11A1C1AU)};
    append_number(4'000 + number, out);
    out.append(1, '^').append(random.pick(kFamilyNames)).append(1, '^');
    out.append(random.one_in(2) ? random.pick(kWomensNames) : random.pick(kMensNames));
    out += "^^^DR^^^NORTHLAKE&2.999.1.1&ISO";
}

}  // namespace aorta::synthetic
