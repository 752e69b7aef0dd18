// The consents in force, by patient.
#pragma once

#include "flow/consent/rules.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace aorta::plugins::consent {

/// Knows a consent by its id and by its identifiers. One thread at a time.
class ConsentRegister {
public:
    explicit ConsentRegister(std::size_t most) : most_(most) {}

    /// Takes the place of what is known under any of its ids, unless that is newer; one that is not
    /// active withdraws it, and is remembered so that an older version does not bring it back.
    /// False when there is no room for one more.
    bool put(Consent consent, bool is_active);

    /// Withdraws what is known under this id (Consent/1), if anything is.
    void withdraw(const std::string& id);

    /// Those in force that name the patient in one way or another; each once.
    std::vector<const Consent*> find(std::span<const std::string> patient) const;

    void save(StateWriter& writer) const;
    Result<void> load(StateReader& reader);

private:
    using Number = std::uint64_t;

    struct Entry {
        Consent consent;
        bool is_active;
    };

    void erase(Number number);

    std::size_t most_;
    Number last_ = 0;
    std::map<Number, Entry> entries_;
    std::map<std::string, Number, std::less<>> by_id_;
    std::map<std::string, std::set<Number>, std::less<>> by_patient_;
};

}  // namespace aorta::plugins::consent
