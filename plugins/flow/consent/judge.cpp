#include "flow/consent/judge.hpp"

#include <algorithm>

namespace aorta::plugins::consent {
namespace {

constexpr std::string_view kPatient = "patient";
constexpr std::string_view kRecipient = "recipient";
constexpr std::string_view kPurpose = "purpose";
constexpr std::string_view kDecision = "decision";

/// One that denies outweighs those that permit.
void weigh(std::optional<bool>& sum, std::optional<bool> said) {
    if (said) {
        sum = sum.value_or(true) && *said;
    }
}

}  // namespace

Judge::Judge(const Law& law, const ConsentRegister& consents, const Table& table, Instant now)
    : law_(law),
      consents_(consents),
      table_(table),
      use_{.recipient = law.recipient, .purpose = law.purpose, .now = now} {}

std::string Judge::why_not_fit(const Table& table) {
    bool has_patient = false;
    for (std::size_t i = 0; i < table.key_count(); ++i) {
        const std::string_view key = table.key(i);
        has_patient = has_patient || key == kPatient;
        if (key != kPatient && key != kRecipient && key != kPurpose) {
            return "its key may have the columns patient, recipient and purpose only";
        }
    }
    if (!has_patient) {
        return "its key needs the column `patient`";
    }
    return table.find_column(kDecision) ? "" : "it needs a column `decision`: permit or deny";
}

bool Judge::permits(const Unit& unit) {
    use_.type = unit.type;
    use_.instance = unit.instance;
    use_.labels = unit.labels;
    use_.time = unit.time;
    bool is_permitted = true;
    // All are asked, so that each decision is noted.
    for (const Patient& patient : unit.patients) {
        is_permitted = permits(patient) && is_permitted;
    }
    return is_permitted && (!unit.patients.empty() || law_.passes_without_patient);
}

bool Judge::permits(const Patient& patient) {
    Decided& decided = noted(patient);
    std::optional<bool> said;
    for (const Consent* consent : consents_.find(patient)) {
        const auto says = consent::permits(*consent, use_);
        if (says && std::ranges::find(decided.consents, consent->id) == decided.consents.end()) {
            decided.consents.push_back(consent->id);
        }
        weigh(said, says);
    }
    if (table_) {
        weigh(said, ask_table(patient));
    }
    const bool is_permitted = said ? *said : consent::permits(law_.without_consent, use_);
    ++(is_permitted ? decided.permitted : decided.denied);
    return is_permitted;
}

std::optional<bool> Judge::ask_table(const Patient& patient) {
    const std::size_t column = table_.find_column(kDecision).value_or(0);
    std::optional<bool> said;
    for (const std::string& name : patient) {
        for (const std::string& recipient : law_.recipient) {
            std::vector<std::string_view> keys;
            for (std::size_t i = 0; i < table_.key_count(); ++i) {
                const std::string_view key = table_.key(i);
                keys.push_back(key == kPatient     ? std::string_view{name}
                               : key == kRecipient ? std::string_view{recipient}
                                                   : std::string_view{law_.purpose});
            }
            if (const auto row = table_.find(keys); !row.empty()) {
                weigh(said, from_abi(row[column]) == "permit");
            }
        }
    }
    return said;
}

Decided& Judge::noted(const Patient& patient) {
    const auto found = std::ranges::find(decided_, patient, &Decided::patient);
    return found != decided_.end() ? *found : decided_.emplace_back(Decided{.patient = patient});
}

}  // namespace aorta::plugins::consent
