// People who do not exist: patients, and those who look after them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::synthetic {

/// A patient, wholly determined by (seed, index). Views are of constants.
struct Patient {
    std::uint64_t index = 0;
    std::uint64_t mrn = 0;  ///< 7 digits, unique for an index
    std::string_view family_name;
    std::string_view given_name;
    char middle_initial = 'A';
    char sex = 'U';  ///< F, M or U
    std::chrono::sys_days birth_date;
    std::string_view race;  ///< code^text^HL70005
    std::uint64_t house = 1;
    std::string_view street;
    std::string_view city;         ///< city^state^ZIP
    std::uint64_t phone_line = 0;  ///< 555-01xx, numbers that are given to nobody
    std::string_view marital_status;
    std::uint64_t ssn_tail = 0;  ///< after 9xx, an area that is never issued

    static Patient of(std::uint64_t seed, std::uint64_t index);
};

/// The check digit of HL7's M10 scheme (mod 10, doubling from the right).
char check_digit_m10(std::uint64_t number);

/// PID with its line end. An empty `birth_date` means the patient's own.
void append_pid(const Patient& patient, std::string_view birth_date, std::string& out);

/// A clinician as XCN, the same for the same `number`.
void append_clinician(std::uint64_t number, std::string& out);

}  // namespace aorta::synthetic
