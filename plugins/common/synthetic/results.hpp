// Panels of laboratory tests and vital signs.
#pragma once

#include "common/synthetic/random.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aorta::synthetic {

/// One test. Numbers carry `decimals` decimals: 135 with one is 13.5.
struct Analyte {
    std::string_view code;  ///< LOINC
    std::string_view name;
    std::string_view unit;  ///< UCUM
    unsigned decimals = 0;
    std::int64_t low = 0;  ///< reference range
    std::int64_t high = 0;
    std::int64_t panic_low = 0;
    std::int64_t panic_high = 0;
    std::int64_t ceiling = 0;  ///< no value is above; 0: no ceiling
};

struct Panel {
    std::string_view code;  ///< LOINC
    std::string_view name;
    std::span<const Analyte> analytes;
};

std::span<const Panel> laboratory_panels();
const Panel& vital_signs();

/// A value around the middle of the reference range. `shift_thousandths` moves it by standard
/// deviations to the worse: up, or down for what has a ceiling.
std::int64_t draw_value(const Analyte& analyte, std::int64_t shift_thousandths, Random& random);

/// N, L, H, LL or HH.
std::string_view abnormal_flag(const Analyte& analyte, std::int64_t value);

/// An OBX with its line end. `text_value` stands in place of the number when not empty.
struct Observation {
    std::uint64_t set_id = 1;
    std::int64_t value = 0;
    std::string_view text_value = {};
    std::int64_t time_ns = 0;
    std::uint64_t monitor = 0;  ///< OBX-18; 0 is none
};

void append_obx(const Analyte& analyte, const Observation& observation, std::string& out);

}  // namespace aorta::synthetic
