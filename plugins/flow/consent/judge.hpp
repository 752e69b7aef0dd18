// The decision for one use of the data of one patient.
#pragma once

#include "flow/consent/audit.hpp"
#include "flow/consent/consent_register.hpp"
#include "flow/consent/rules.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aorta::plugins::consent {

/// What the judge goes by.
struct Law {
    std::vector<std::string> recipient;
    std::string purpose;
    Policy without_consent = Policy::Deny;
    bool passes_without_patient = false;
};

/// Decides unit by unit, and notes for each patient what was decided. One record; one thread.
class Judge {
public:
    /// `table` may be empty; one that cannot be asked denies. Borrows all.
    Judge(const Law& law, const ConsentRegister& consents, const Table& table, Instant now);

    /// Whether a table can be asked: its key is made of patient, recipient and purpose, patient
    /// among them, and it has a column `decision`. Says what is wrong, else nothing.
    static std::string why_not_fit(const Table& table);

    bool permits(const Unit& unit);

    /// In the order in which patients came up.
    const std::vector<Decided>& decided() const { return decided_; }

    const Use& use() const { return use_; }

private:
    bool permits(const Patient& patient);
    std::optional<bool> ask_table(const Patient& patient);
    void ask_table(std::string_view name,
                   std::string_view recipient,
                   std::string_view purpose,
                   std::optional<bool>& said);
    Decided& noted(const Patient& patient);

    const Law& law_;
    const ConsentRegister& consents_;
    const Table& table_;
    Use use_;
    bool is_table_fit_;
    std::vector<Decided> decided_;
    std::map<Patient, std::size_t> noted_;
};

}  // namespace aorta::plugins::consent
