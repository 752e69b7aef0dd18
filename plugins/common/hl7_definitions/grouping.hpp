// Which segment of a message stands where in its structure.
#pragma once

#include "common/hl7/message.hpp"
#include "common/hl7_definitions/structure.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aorta::hl7_definitions {

enum class Standing : std::uint8_t {
    InPlace,
    OutOfOrder,   ///< elsewhere than the structure has it; placed if its group is there
    TooMany,      ///< once more than the structure allows, placed beside the others
    Unexpected,   ///< the structure has no such segment
    Site,         ///< a Z segment: stands anywhere, belongs to the group that it stands in
    NotASegment,  ///< the line does not begin with a segment name
};

/// Where a segment of a message stands.
struct Place {
    std::uint32_t group = 0;       ///< index into Grouping::groups
    std::uint16_t node = kNoNode;  ///< of the structure; none if it could not be placed
    std::uint32_t repetition = 0;  ///< among those of the node in its group, from 1
    Standing standing = Standing::Unexpected;

    bool is_placed() const { return node != kNoNode; }
};

/// One occurrence of a group; the first is the message itself.
struct Group {
    std::uint16_t node = 0;
    std::uint32_t parent = 0;      ///< index of the group that holds it; its own for the message
    std::uint32_t repetition = 1;  ///< within the parent, from 1
    std::uint32_t first = 0;       ///< its first and last segment, with those of its groups
    std::uint32_t last = 0;
};

/// Something that the structure requires and that is not there.
struct Missing {
    std::uint32_t group = 0;  ///< in which it is missing
    std::uint16_t node = 0;   ///< the segment, or the group of which nothing is there
};

struct Grouping {
    std::vector<Place> places;  ///< one for each segment of the message
    std::vector<Group> groups;
    std::vector<Missing> missing;
};

/// The segment by which a group that is missing is known: ORDER_OBSERVATION by OBR. A segment is
/// known by itself.
std::uint16_t first_segment(const Structure& structure, std::uint16_t node);

/// "PATIENT_RESULT[1].ORDER_OBSERVATION[2]", empty for the message itself.
std::string path_of(const Structure& structure, const Grouping& grouping, std::uint32_t group);

/// Groups messages, one after the other, in memory that it reuses. One thread at a time.
///
/// Tolerant: a segment that is out of order, too many or unknown never changes where the later ones
/// go, and each is reported by its standing. A segment goes to the nearest place that the structure
/// allows behind the last one; of a segment that stands too early and those that stand too late
/// the fewer are called out of order. Time grows with the number of segments times the places that
/// their names have (no more than a few dozen).
class Grouper {
public:
    /// Valid until the next call.
    const Grouping& run(const hl7::Message& message, const Structure& structure);

private:
    struct State {
        std::uint32_t count = 0;     // in the current occurrence of the parent
        std::uint32_t instance = 0;  // of a group: its current occurrence
    };

    struct Choice {
        std::uint16_t leaf = kNoNode;
        std::uint16_t under = 0;  // the open group that holds the place
        bool again = false;       // `under` begins anew
        bool is_early = false;    // what belongs before it comes later: nothing moves
        Standing standing = Standing::InPlace;
        int cost = 0;

        bool is_better_than(const Choice& other) const;
    };

    struct Skipped {
        std::uint16_t required = kNoNode;   // the first segment or group that an open group lacks
        std::uint16_t avoidable = kNoNode;  // the first that a group lacks which is opened for this
        int cost = 0;
    };

    struct Early {
        std::uint32_t segment;
        std::uint16_t leaf;
    };

    void place(std::uint32_t segment);
    void consider(Choice& best, std::uint32_t segment, std::uint16_t leaf) const;
    Choice forward(std::uint32_t segment, std::uint16_t leaf, std::uint16_t under) const;
    Choice backward(std::uint16_t leaf, std::uint16_t under) const;
    Choice again(std::uint32_t segment, std::uint16_t leaf, std::uint16_t under) const;
    bool lacks(std::uint16_t group, std::uint16_t leaf) const;
    bool begins_anew(std::uint32_t segment, std::uint16_t group) const;
    Skipped skip(std::uint16_t from, std::uint16_t leaf, bool is_new) const;
    bool leaves_unmet(std::uint16_t under, bool and_itself) const;
    bool has_room(std::uint16_t leaf, std::uint16_t under) const;
    bool continues(std::uint16_t group, std::uint16_t leaf) const;
    bool is_early(std::uint32_t segment,
                  std::uint16_t leaf,
                  std::uint16_t skipped,
                  bool& is_ahead) const;
    void take(std::uint32_t segment, const Choice& choice);
    void open(std::uint32_t segment, std::uint16_t group);
    void touch(std::uint32_t segment, std::uint32_t group);
    void finish(std::uint16_t group);
    bool takes_early(std::uint16_t leaf, std::uint32_t group);
    bool is_within(std::uint16_t node, std::uint16_t group) const;
    std::uint16_t child_towards(std::uint16_t under, std::uint16_t node) const;
    std::uint16_t open_group() const;

    const hl7::Message* message_ = nullptr;
    const Structure* structure_ = nullptr;
    std::vector<State> states_;
    std::uint16_t cursor_ = 0;  // the leaf that the last placed segment took; 0 before the first
    std::vector<Early> early_;  // not placed yet
    Grouping grouping_;
};

}  // namespace aorta::hl7_definitions
