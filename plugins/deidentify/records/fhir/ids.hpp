// New ids of resources, and references that lead to them.
#pragma once

#include "common/privacy/protector.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::plugins::deidentify {

/// Gives the ids of resources new ones: as the protector's mode says, or new ones for each record
/// when codes are removed, so that the references within it still lead somewhere. An id gets the
/// same new one wherever it stands; the server before it is not told apart. One thread at a time.
class Ids {
public:
    explicit Ids(privacy::Protector& protector) : protector_(protector) {}

    /// Turns to a record: the 128 bits of its id.
    void begin(std::array<std::uint64_t, 2> record);

    /// What stands for an id; empty: nothing may.
    std::string id_of(std::string_view id);

    /// What stands for the value of an identifier; empty: nothing may.
    std::string identifier_of(std::string_view value, std::string_view system);

    /// Patient/1, https://server/Patient/1, urn:uuid:…, #1, Patient?identifier=…, with a new id;
    /// empty for what is none of these. Servers and versions are left out.
    std::string reference_of(std::string_view reference, bool keeps_system);

    /// identifier=system|value with what stands for the value; empty for another condition.
    std::string condition_of(std::string_view condition, bool keeps_system);

private:
    privacy::Protector& protector_;
    std::array<std::uint64_t, 2> record_{};
    std::unordered_map<std::string, std::string> known_;
};

}  // namespace aorta::plugins::deidentify
