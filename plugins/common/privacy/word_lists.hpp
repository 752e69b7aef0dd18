// Words that tell names from the rest, in small letters.
#pragma once

#include <cstdint>
#include <string_view>

namespace aorta::privacy {

/// What is known of a word; several may hold.
enum WordKind : std::uint8_t {
    kGivenName = 1,
    kFamilyName = 2,
    kCommon = 4,        ///< capitalised or not, a word of the language or of medicine
    kTitle = 8,         ///< a name follows: Dr, Mrs
    kLabel = 16,        ///< a name may follow: patient, daughter, surgeon
    kCredential = 32,   ///< a name stands before: MD, RN
    kPlaceBefore = 64,  ///< a place may follow: in, from
    kOfPersons = 128,   ///< what persons do: denies, lives
};

/// The kinds of a word in small letters; 0 for an unknown one.
std::uint8_t kinds_of(std::string_view word);

}  // namespace aorta::privacy
