// The consents in force, by patient.
#pragma once

#include "flow/consent/rules.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aorta::plugins::consent {

/// One thread at a time.
class ConsentRegister {
public:
    explicit ConsentRegister(std::size_t most) : most_(most) {}

    /// Takes the place of the consent with the same id. False when there is no room for one more.
    bool put(Consent consent);
    /// Withdraws it.
    void remove(const std::string& id);

    /// Those that name the patient in one way or another; each once.
    std::vector<const Consent*> find(std::span<const std::string> patient) const;

    std::size_t size() const { return by_id_.size(); }

    void save(StateWriter& writer) const;
    Result<void> load(StateReader& reader);

private:
    std::size_t most_;
    std::map<std::string, std::unique_ptr<const Consent>> by_id_;
    std::multimap<std::string, const Consent*, std::less<>> by_patient_;
};

}  // namespace aorta::plugins::consent
