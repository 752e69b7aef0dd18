#include "common/synthetic/results.hpp"

#include "common/synthetic/text.hpp"

#include <algorithm>
#include <array>

namespace aorta::synthetic {

namespace {

constexpr std::array<Analyte, 6> kBloodCount = {{
    {"6690-2", "Leukocytes", "10*3/uL", 1, 45, 110, 20, 300},
    {"789-8", "Erythrocytes", "10*6/uL", 2, 420, 560, 200, 750},
    {"718-7", "Hemoglobin", "g/dL", 1, 120, 160, 70, 200},
    {"4544-3", "Hematocrit", "%", 1, 360, 480, 200, 600},
    {"787-2", "MCV", "fL", 1, 800, 1000, 500, 1300},
    {"777-3", "Platelets", "10*3/uL", 0, 150, 400, 40, 1000},
}};

constexpr std::array<Analyte, 8> kMetabolic = {{
    {"2345-7", "Glucose", "mg/dL", 0, 70, 99, 45, 400},
    {"3094-0", "Urea nitrogen", "mg/dL", 0, 7, 20, 2, 100},
    {"2160-0", "Creatinine", "mg/dL", 2, 60, 120, 20, 500},
    {"2951-2", "Sodium", "mmol/L", 0, 136, 145, 120, 160},
    {"2823-3", "Potassium", "mmol/L", 1, 35, 51, 28, 62},
    {"2075-0", "Chloride", "mmol/L", 0, 98, 107, 80, 120},
    {"2028-9", "Carbon dioxide", "mmol/L", 0, 22, 29, 10, 40},
    {"17861-6", "Calcium", "mg/dL", 1, 86, 103, 65, 130},
}};

constexpr std::array<Analyte, 4> kLipids = {{
    {"2093-3", "Cholesterol", "mg/dL", 0, 120, 199, 50, 500},
    {"2571-8", "Triglyceride", "mg/dL", 0, 40, 149, 10, 1000},
    {"2085-9", "HDL cholesterol", "mg/dL", 0, 40, 80, 10, 150},
    {"13457-7", "LDL cholesterol", "mg/dL", 0, 50, 129, 10, 400},
}};

constexpr std::array<Analyte, 1> kTroponin = {{
    {"89579-7", "Troponin I, high sensitivity", "ng/L", 0, 0, 20, -1, 100},
}};

constexpr std::array<Analyte, 1> kA1c = {{
    {"4548-4", "Hemoglobin A1c", "%", 1, 40, 56, 20, 140},
}};

constexpr std::array<Analyte, 2> kInflammation = {{
    {"1988-5", "C reactive protein", "mg/L", 1, 0, 50, -1, 2000},
    {"2524-7", "Lactate", "mmol/L", 1, 5, 20, 0, 40},
}};

constexpr std::array<Analyte, 6> kVitals = {{
    {"8867-4", "Heart rate", "/min", 0, 60, 100, 40, 130},
    {"2708-6", "Oxygen saturation", "%", 0, 94, 100, 88, 101, 100},
    {"9279-1", "Respiratory rate", "/min", 0, 12, 20, 8, 30},
    {"8480-6", "Systolic blood pressure", "mm[Hg]", 0, 90, 140, 75, 200},
    {"8462-4", "Diastolic blood pressure", "mm[Hg]", 0, 50, 90, 35, 120},
    {"8310-5", "Body temperature", "Cel", 1, 361, 375, 340, 400},
}};

constexpr std::array<Panel, 6> kLaboratory = {{
    {"58410-2", "CBC panel", kBloodCount},
    {"51990-0", "Basic metabolic panel", kMetabolic},
    {"57698-3", "Lipid panel", kLipids},
    {"89579-7", "Troponin I, high sensitivity", kTroponin},
    {"4548-4", "Hemoglobin A1c", kA1c},
    {"75241-0", "Inflammation markers", kInflammation},
}};

constexpr Panel kVitalSigns = {"85353-1", "Vital signs panel", kVitals};

}  // namespace

std::span<const Panel> laboratory_panels() {
    return kLaboratory;
}

const Panel& vital_signs() {
    return kVitalSigns;
}

std::int64_t draw_value(const Analyte& analyte, std::int64_t shift_thousandths, Random& random) {
    const std::int64_t middle = (analyte.low + analyte.high) / 2;
    // The reference range holds four standard deviations, as laboratories define it.
    const std::int64_t deviation_x4 = analyte.high - analyte.low;
    // What has a ceiling (oxygen saturation) gets worse downwards.
    const std::int64_t shift = analyte.ceiling == 0 ? shift_thousandths : -shift_thousandths;
    const std::int64_t offset = random.normal_thousandths() + shift;
    const std::int64_t value = std::max<std::int64_t>(0, middle + deviation_x4 * offset / 4000);
    return analyte.ceiling == 0 ? value : std::min(value, analyte.ceiling);
}

std::string_view abnormal_flag(const Analyte& analyte, std::int64_t value) {
    if (value < analyte.low) {
        return value <= analyte.panic_low ? "LL" : "L";
    }
    if (value > analyte.high) {
        return value >= analyte.panic_high ? "HH" : "H";
    }
    return "N";
}

void append_obx(const Analyte& analyte, const Observation& observation, std::string& out) {
    out += "OBX|";
    append_number(observation.set_id, out);
    out.append("|NM|").append(analyte.code).append(1, '^').append(analyte.name).append("^LN||");
    if (observation.text_value.empty()) {
        append_fixed(observation.value, analyte.decimals, out);
    } else {
        out += observation.text_value;
    }
    out.append(1, '|').append(analyte.unit).append(1, '^').append(analyte.unit);
    out += "^UCUM|";
    append_fixed(analyte.low, analyte.decimals, out);
    out += '-';
    append_fixed(analyte.high, analyte.decimals, out);
    out.append(1, '|').append(abnormal_flag(analyte, observation.value)).append("|||F|||");
    append_time(observation.time_ns, out);
    if (observation.monitor != 0) {
        out += "||||MON-";
        append_digits(observation.monitor, 4, out);
        out += "^NORTHLAKE";
    }
    out += '\r';
}

}  // namespace aorta::synthetic
