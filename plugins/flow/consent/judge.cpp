#include "flow/consent/judge.hpp"

#include "flow/consent/purpose.hpp"

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
      use_{.recipient = law.recipient, .purpose = law.purpose, .now = now},
      is_table_fit_(!table || why_not_fit(table).empty()) {}

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
        if (says) {
            decided.consents.insert(consent->ids.front());
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
    if (!is_table_fit_) {
        return false;
    }
    std::optional<bool> said;
    for (const std::string& name : patient) {
        for (const std::string& recipient : law_.recipient) {
            ask_table(name, recipient, law_.purpose, said);
            // What is denied for treatment is denied for each part of it.
            for (std::string_view purpose = wider(law_.purpose); !purpose.empty();
                 purpose = wider(purpose)) {
                std::optional<bool> of_wider;
                ask_table(name, recipient, purpose, of_wider);
                weigh(said, of_wider == false ? of_wider : std::nullopt);
            }
        }
    }
    return said;
}

void Judge::ask_table(std::string_view name,
                      std::string_view recipient,
                      std::string_view purpose,
                      std::optional<bool>& said) {
    std::vector<std::string_view> keys;
    for (std::size_t i = 0; i < table_.key_count(); ++i) {
        const std::string_view key = table_.key(i);
        keys.push_back(key == kPatient ? name : key == kRecipient ? recipient : purpose);
    }
    if (const auto row = table_.find(keys); !row.empty()) {
        weigh(said, from_abi(row[*table_.find_column(kDecision)]) == "permit");
    }
}

Decided& Judge::noted(const Patient& patient) {
    const auto [found, is_new] = noted_.try_emplace(patient, decided_.size());
    if (is_new) {
        decided_.push_back({.patient = patient});
    }
    return decided_[found->second];
}

}  // namespace aorta::plugins::consent
