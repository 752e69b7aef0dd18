#include "common/synthetic/generator.hpp"

#include "common/synthetic/text.hpp"

#include <algorithm>

namespace aorta::synthetic {

namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kClinicians = 120;

struct Step {
    std::string_view event;
    std::string_view type;
    bool is_discharge = false;
};

// A stay, step by step, over and over.
constexpr std::array<Step, 5> kSteps = {{
    {"A01", "ADT^A01^ADT_A01"},
    {"A08", "ADT^A08^ADT_A01"},
    {"A02", "ADT^A02^ADT_A02"},
    {"A08", "ADT^A08^ADT_A01"},
    {"A03", "ADT^A03^ADT_A03", true},
}};

constexpr std::array<std::string_view, 6> kWards = {"MED", "SURG", "ICU", "CARD", "NEURO", "ED"};

constexpr std::array<std::string_view, 6> kAllergies = {
    "DA|70618^Penicillin^RXNORM|MO|Rash",
    "DA|1191^Aspirin^RXNORM|SV|Anaphylaxis",
    "FA|762952008^Peanut^SCT|SV|Swelling",
    "DA|10831^Sulfamethoxazole^RXNORM|MI|Hives",
    "MA|111088007^Latex^SCT|MO|Itching",
    "FA|102263004^Egg^SCT|MI|Rash",
};

constexpr std::array<std::string_view, 6> kDiagnoses = {
    "I50.9^Heart failure, unspecified^I10C",
    "J18.9^Pneumonia, unspecified organism^I10C",
    "E11.9^Type 2 diabetes mellitus without complications^I10C",
    "N39.0^Urinary tract infection, site not specified^I10C",
    "I48.91^Unspecified atrial fibrillation^I10C",
    "K35.80^Unspecified acute appendicitis^I10C",
};

constexpr std::array<std::string_view, 6> kNotes = {
    "Specimen slightly hemolyzed; interpret potassium with care.",
    "Result confirmed by repeat analysis.",
    "Reference range applies to adults.",
    "Fasting status not stated.",
    "Collected from a central line.",
    "Previous result on file for comparison.",
};

// Sick patients, one in twenty, lie up to three standard deviations off.
std::int64_t shift_of(const Patient& patient) {
    const std::uint64_t hash = mix(patient.mrn);
    return hash % 20 == 0 ? 1'500 + static_cast<std::int64_t>((hash >> 32U) % 1'500) : 0;
}

}  // namespace

Generator::Generator(Settings settings)
    : settings_(settings),
      random_(mix(settings.seed)),
      seed_tag_(mix(settings.seed ^ 0x5EEDU) & 0xFFFFFFFFU) {
    settings_.patients = std::clamp<std::uint64_t>(settings.patients, 1, kMaxPatients);
    stays_.resize(settings_.patients);
}

void Generator::next_at(std::int64_t time_ns, std::string& out) {
    out.clear();
    time_ns_ = time_ns;
    ++sequence_;
    fault_ = Fault::None;
    if (random_.below(kMillion) < settings_.faults_per_million) {
        fault_ = static_cast<Fault>(1 + random_.below(4));
    }
    const std::uint64_t index = random_.below(settings_.patients);
    const Patient patient = Patient::of(settings_.seed, index);
    Stay& stay = stays_[index];
    const std::uint64_t weights = settings_.adt + settings_.oru + settings_.vitals;
    const std::uint64_t drawn = random_.below(std::max<std::uint64_t>(weights, 1));
    if (drawn < settings_.adt) {
        append_adt(patient, stay, out);
    } else if (drawn < settings_.adt + settings_.oru) {
        append_laboratory(patient, stay, out);
    } else {
        append_vitals(patient, stay, out);
    }
}

void Generator::append_msh(std::string_view type, std::string& out) {
    out += "MSH|^~\\&|";
    out += type_ == MessageType::Adt   ? "REGISTRATION"
           : type_ == MessageType::Oru ? "LAB"
                                       : "MONITORS";
    out += "|NORTHLAKE|AORTA|RESEARCH|";
    append_time(time_ns_, out);
    out.append("||").append(type).append(1, '|');
    // MSH-10 has at most 20 characters: 10 digits of the seed and 10 of the sequence.
    append_digits(seed_tag_, 10, out);
    append_digits(sequence_, 10, out);
    out.append("|P|").append(fault_ == Fault::WrongVersion ? "9.9" : "2.5.1");
    out += "|||||USA|UNICODE UTF-8\r";
}

void Generator::append_pid_of(const Patient& patient, std::string& out) const {
    if (fault_ == Fault::MissingPid) {
        return;
    }
    append_pid(patient, fault_ == Fault::BadDate ? "19791332" : "", out);
}

void Generator::append_pv1(const Patient& patient,
                           const Stay& stay,
                           bool is_discharge,
                           std::string& out) {
    const std::uint64_t stay_number = stay.steps / kSteps.size();
    const bool has_moved = stay.steps % kSteps.size() >= 2;
    Random place{mix(patient.mrn + stay_number * 7'919 + (has_moved ? 1 : 0))};
    out += "PV1|1|I|";
    out += place.pick(kWards);
    out += '^';
    append_digits(100 + place.below(400), 3, out);
    out += '^';
    append_number(1 + place.below(4), out);
    out += "^NORTHLAKE||||";
    append_clinician(place.below(kClinicians), out);
    out += "|||MED||||1|||||";
    append_number(patient.mrn, out);
    append_digits(stay_number, 3, out);
    out.append("^^^NORTHLAKE&2.999.1.1&ISO^VN").append(25, '|');
    if (stay.admitted_ns != 0) {
        append_time(stay.admitted_ns, out);
    }
    if (is_discharge) {
        out += '|';
        append_time(time_ns_, out);
    }
    out += '\r';
}

void Generator::append_adt(const Patient& patient, Stay& stay, std::string& out) {
    type_ = MessageType::Adt;
    const Step& step = kSteps[stay.steps % kSteps.size()];
    const bool is_admission = stay.steps % kSteps.size() == 0;
    if (is_admission) {
        stay.admitted_ns = time_ns_;
    }
    if (fault_ == Fault::TextForNumber) {
        fault_ = Fault::BadDate;  // there is no number to spoil
    }
    append_msh(step.type, out);
    out.append("EVN|").append(step.event).append(1, '|');
    append_time(time_ns_, out);
    out += '\r';
    append_pid_of(patient, out);
    append_pv1(patient, stay, step.is_discharge, out);
    if (is_admission) {
        Random chart{mix(patient.mrn)};
        if (chart.one_in(3)) {
            out.append("AL1|1|").append(chart.pick(kAllergies)).append(1, '\r');
        }
        out.append("DG1|1||").append(random_.pick(kDiagnoses)).append("||");
        append_time(time_ns_, out);
        out += "|A\r";
    }
    ++stay.steps;
    if (step.is_discharge) {
        stay.admitted_ns = 0;
    }
}

void Generator::append_laboratory(const Patient& patient, const Stay& stay, std::string& out) {
    type_ = MessageType::Oru;
    append_msh("ORU^R01^ORU_R01", out);
    append_pid_of(patient, out);
    append_pv1(patient, stay, false, out);
    const auto panels = laboratory_panels();
    const Panel& panel = panels[random_.below(panels.size())];
    append_order(panel, out);
    append_observations(panel, patient, 0, out);
    if (random_.one_in(6)) {
        append_note(patient, out);
    }
}

void Generator::append_vitals(const Patient& patient, const Stay& stay, std::string& out) {
    type_ = MessageType::Vitals;
    append_msh("ORU^R01^ORU_R01", out);
    append_pid_of(patient, out);
    append_pv1(patient, stay, false, out);
    append_order(vital_signs(), out);
    append_observations(vital_signs(), patient, 1 + patient.index % 9'999, out);
}

void Generator::append_order(const Panel& panel, std::string& out) {
    out += "OBR|1|";
    append_number(sequence_, out);
    out += "^ORDERS|";
    append_number(sequence_, out);
    out.append(type_ == MessageType::Oru ? "^LAB|" : "^MONITORS|");
    out.append(panel.code).append(1, '^').append(panel.name).append("^LN|||");
    append_time(time_ns_, out);
    out.append(9, '|');
    append_clinician(random_.below(kClinicians), out);
    out.append(6, '|');
    append_time(time_ns_, out);
    out += "|||F\r";
}

void Generator::append_observations(const Panel& panel,
                                    const Patient& patient,
                                    std::uint64_t monitor,
                                    std::string& out) {
    // A bad moment: anyone may have one, and alarms need something to find.
    const std::int64_t moment = random_.one_in(50) ? 5'000 : 0;
    const std::int64_t shift = shift_of(patient) + moment;
    Observation observation{.time_ns = time_ns_, .monitor = monitor};
    for (const Analyte& analyte : panel.analytes) {
        observation.value = draw_value(analyte, shift, random_);
        const bool is_spoilt = fault_ == Fault::TextForNumber && observation.set_id == 1;
        observation.text_value = is_spoilt ? "high" : "";
        append_obx(analyte, observation, out);
        ++observation.set_id;
    }
}

void Generator::append_note(const Patient& patient, std::string& out) {
    out += "NTE|1|L|";
    if (random_.one_in(3)) {
        // Identifiers in free text are what makes de-identification hard.
        out.append("Called to ").append(patient.given_name).append(1, ' ');
        out.append(patient.family_name).append(", phone 206-555-0");
        append_digits(patient.phone_line, 3, out);
        out += ", read back.";
    } else {
        out += random_.pick(kNotes);
    }
    out += '\r';
}

}  // namespace aorta::synthetic
