// A value of the message that is being mapped, and the account of what became of each.
#pragma once

#include "common/hl7/message.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::map_hl7v2_to_fhir {

/// A repetition of a field, or what is in it. A view of the payload.
struct Source {
    enum class Level : std::uint8_t { Repetition, Component, Subcomponent };

    std::string_view raw;
    Level level = Level::Repetition;

    /// The n-th part from 1; a view without data when there are fewer.
    Source part(const hl7::Message& message, std::size_t n) const;
    /// The first part of the first part …
    Source leaf(const hl7::Message& message) const;
};

/// True if there is anything but delimiters, and not the two quotes that delete.
bool is_valued(const hl7::Message& message, std::string_view raw);

/// What became of a value; the later, the better. A value that is used twice has the better.
enum class Outcome : std::uint8_t {
    NoMap,           ///< the guide has no map for the segment where it stands
    NoElement,       ///< the guide names no element for it
    ConditionFalse,  ///< what the guide names depends on a condition that is false
    Narrative,       ///< … on a condition in prose that is not implemented
    Unfit,           ///< it has not the form of its target: a date that is none
    NoConcept,       ///< its code is not in the concept map, and the target takes no other
    NoRoom,          ///< its target takes one value and has one
    Site,            ///< Z segments
    Null,            ///< two quotes: "delete it", for which a new resource has no use
    Policy,          ///< says how to read the message, or goes to Provenance, which is off
    Mapped,
};
inline constexpr std::size_t kOutcomeCount = 11;
inline constexpr std::size_t kMaxLeaves = 1'000'000;
inline constexpr std::size_t kMaxListed = 1'000;

std::string_view name_of(Outcome outcome);

/// One non-empty subcomponent.
struct Leaf {
    std::uint32_t begin = 0;  ///< offset in the payload
    std::uint32_t size = 0;
    std::uint32_t segment = 0;
    std::uint32_t repetition = 0;
    std::uint16_t field = 0;
    std::uint16_t component = 0;
    std::uint16_t subcomponent = 0;
    Outcome outcome = Outcome::NoMap;
};

/// All leaves of a message. Reused from message to message; one thread at a time.
class Account {
public:
    /// False if the message has more than kMaxLeaves.
    bool open(const hl7::Message& message);

    /// Notes an outcome for all leaves in a piece of the payload.
    void mark(std::string_view piece, Outcome outcome);
    /// The same for what had a better outcome.
    void take_back(std::string_view piece, Outcome outcome);
    void mark_segment(const hl7::Message& message, std::size_t segment, Outcome outcome);

    const std::vector<Leaf>& leaves() const { return leaves_; }

    std::array<std::uint64_t, kOutcomeCount> counts() const;
    /// {"leaves":…,"mapped":…,"policy":…,"unmapped":[{"path":"PID[1]-10[1].1","reason":…}]}: never
    /// values. Behind kMaxListed paths, "more":… counts the others.
    std::string to_json(const hl7::Message& message) const;

private:
    template <class Change>
    void each_in(std::string_view piece, Change&& change);

    const char* payload_ = nullptr;
    std::vector<Leaf> leaves_;
};

}  // namespace aorta::plugins::map_hl7v2_to_fhir
