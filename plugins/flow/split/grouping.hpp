// Which segments of a message go into which part.
#pragma once

#include "common/hl7/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::split {

/// Segments [begin, end) of a message.
struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    bool empty() const { return begin == end; }

    friend bool operator==(const Range&, const Range&) = default;
};

/// The levels that a message repeats below each other: its header, a patient, a visit, a specimen,
/// an order. A segment that opens a level ends those below it.
enum Level : std::size_t { WholeMessage, Patient, Visit, Specimen, Order };

inline constexpr std::size_t kLevels = 5;

/// One message to be: what it shares with others, its own group, what its order ends with. In the
/// order of the source.
struct Part {
    std::array<Range, kLevels> head = {};
    Range group;
    Range tail;

    template <class Callback>
    void for_each_range(Callback&& call) const {
        for (const Range& range : head) {
            call(range);
        }
        call(group);
        call(tail);
    }
};

/// Cuts messages into parts at every segment named `by`. README.md has the rules.
class Grouper {
public:
    explicit Grouper(std::string_view by) : by_(by) {}

    /// The parts; together they hold every segment. None if the message has no group. Stops and
    /// gives nothing as soon as there are more than `max_parts`.
    std::optional<std::vector<Part>> group(const hl7::Message& message, std::size_t max_parts);

private:
    enum class Role : std::uint8_t {
        Follows,  // goes where the segment before it went
        StartsGroup,
        StartsTail,  // of the order
        OpensLevel,
        EndsGrouping,  // the group at hand takes the rest of the message
    };

    /// What a segment does to the message so far.
    struct Step {
        Role role = Role::Follows;
        Level level = WholeMessage;  // OpensLevel
    };

    void read_type(const hl7::Message& message);
    void take(std::string_view name, std::uint32_t at);
    Step step(std::string_view name);
    std::optional<Step> step_of_order(std::string_view name);
    std::optional<Level> level_of(std::string_view name) const;
    void open(Level level, std::uint32_t at);
    void close_range(std::uint32_t at);
    void close_order();
    void keep_orphan();

    std::string by_;

    // Of the message in progress.
    bool is_specimen_centred_ = false;  // SPM before its orders, ORC behind OBR
    bool has_prior_results_ = false;    // a second PID is that of earlier results
    bool awaits_obr_ = false;           // an ORC began the order: the next OBR belongs to it
    bool is_ended_ = false;
    bool has_group_ = false;
    bool in_group_ = false;
    bool in_tail_ = false;
    bool is_head_used_ = false;  // some part has the head as it is now
    Part at_;
    Level level_ = WholeMessage;   // the lowest that is open
    std::size_t order_begin_ = 0;  // the first part of the order at hand
    std::vector<Part> parts_;
};

}  // namespace aorta::plugins::split
