#include "common/hl7_definitions/grouping.hpp"

#include <algorithm>

namespace aorta::hl7_definitions {

namespace {

// What a place costs, about ten for each finding that it leads to.
constexpr int kSkipsOptional = 5;  // enters a group behind members that may be missing
constexpr int kInevitable = 12;    // skips a required segment that is nowhere ahead
constexpr int kLate = 13;          // skips one that comes later: that one will be out of order
constexpr int kOutOfOrder = 15;
constexpr int kOutOfClosedGroup = 16;
constexpr int kUnplaced = 17;  // out of order, in a group that is not there yet
constexpr int kTooMany = 18;
constexpr int kLeavesUnmet = 19;  // closes a group that still waits for something
constexpr int kOpensUnmet = 20;   // opens a group behind what it requires

constexpr std::uint32_t kLookAhead = 32;

}  // namespace

bool Grouper::Choice::is_better_than(const Choice& other) const {
    if (other.leaf == kNoNode || cost != other.cost) {
        return other.leaf == kNoNode || cost < other.cost;
    }
    if (under != other.under) {
        return under > other.under;  // both hold the last segment: the inner one comes later
    }
    return other.again && !again;
}

const Grouping& Grouper::run(const hl7::Message& message, const Structure& structure) {
    message_ = &message;
    structure_ = &structure;
    states_.assign(structure.nodes().size(), {});
    states_[0].count = 1;
    cursor_ = 0;
    const auto count = static_cast<std::uint32_t>(message.segment_count());
    grouping_.places.assign(count, {});
    grouping_.groups.assign(1, {});
    grouping_.missing.clear();
    early_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
        place(i);
    }
    finish(0);
    return grouping_;
}

void Grouper::place(std::uint32_t segment) {
    Place& place = grouping_.places[segment];
    place.group = states_[open_group()].instance;
    touch(segment, place.group);
    if (!message_->is_well_formed(segment)) {
        place.standing = Standing::NotASegment;
        return;
    }
    const std::string_view name = message_->name(segment);
    const auto leaves = structure_->leaves(name);
    if (leaves.empty()) {
        place.standing = name[0] == 'Z' ? Standing::Site : Standing::Unexpected;
        return;
    }
    Choice best;
    for (const std::uint16_t leaf : leaves) {
        consider(best, segment, leaf);
    }
    take(segment, best);
}

/// A place of the segment's name: where it could be taken, relative to the last segment.
void Grouper::consider(Choice& best, std::uint32_t segment, std::uint16_t leaf) const {
    const auto offer = [&best](const Choice& choice) {
        if (choice.is_better_than(best)) {
            best = choice;
        }
    };
    std::uint16_t common = open_group();
    while (!is_within(leaf, common)) {
        common = structure_->node(common).parent;
    }
    const bool goes_on = leaf > cursor_ || (leaf == cursor_ && structure_->node(leaf).repeats);
    offer(goes_on ? forward(segment, leaf, common) : backward(leaf, common));
    for (std::uint16_t group = common; group != 0; group = structure_->node(group).parent) {
        if (structure_->node(group).repeats) {
            offer(again(segment, leaf, group));
        }
    }
}

Grouper::Choice Grouper::forward(std::uint32_t segment,
                                 std::uint16_t leaf,
                                 std::uint16_t under) const {
    Choice choice{.leaf = leaf, .under = under};
    if (leaf == cursor_) {
        return choice;
    }
    choice.cost = leaves_unmet(under, false) ? kLeavesUnmet : 0;
    if (!has_room(leaf, under)) {
        choice.standing = Standing::TooMany;
        choice.cost += kTooMany;
        return choice;
    }
    const std::uint16_t from =
        cursor_ == 0 ? 1 : structure_->node(child_towards(under, cursor_)).end;
    const Skipped skipped = skip(from, leaf, false);
    bool is_ahead = false;
    if (skipped.required != kNoNode) {
        choice.is_early = is_early(segment, leaf, skipped.required, is_ahead);
        choice.cost += skipped.cost + (is_ahead ? kLate : kInevitable);
    } else if (skipped.avoidable != kNoNode) {
        choice.is_early = is_early(segment, leaf, skipped.avoidable, is_ahead);
        choice.cost += skipped.cost;
    } else {
        choice.cost += skipped.cost;
    }
    if (choice.is_early) {
        choice.cost = is_within(cursor_, structure_->node(leaf).parent) ? kOutOfOrder : kUnplaced;
    }
    choice.standing = choice.is_early ? Standing::OutOfOrder : Standing::InPlace;
    return choice;
}

Grouper::Choice Grouper::backward(std::uint16_t leaf, std::uint16_t under) const {
    Choice choice{.leaf = leaf, .under = under};
    if (!has_room(leaf, under)) {
        choice.standing = Standing::TooMany;
        choice.cost = kTooMany;
        return choice;
    }
    choice.standing = Standing::OutOfOrder;
    choice.cost = structure_->node(leaf).parent == under ? kOutOfOrder : kOutOfClosedGroup;
    const std::uint16_t child = child_towards(under, leaf);
    if (child != leaf && !continues(child, leaf)) {
        choice.cost += skip(child + 1, leaf, true).cost;
    }
    return choice;
}

Grouper::Choice Grouper::again(std::uint32_t segment,
                               std::uint16_t leaf,
                               std::uint16_t under) const {
    Choice choice{.leaf = leaf, .under = under, .again = true};
    choice.cost = skip(under + 1, leaf, true).cost + (leaves_unmet(under, true) ? kLeavesUnmet : 0);
    if (lacks(under, leaf) && !begins_anew(segment + 1, under)) {
        choice.cost += kOutOfClosedGroup;  // this is what the open occurrence is still without
    }
    return choice;
}

bool Grouper::lacks(std::uint16_t group, std::uint16_t leaf) const {
    const Node& node = structure_->node(leaf);
    return node.parent == group && node.is_required && states_[leaf].count == 0;
}

/// True if the open occurrence of a group has no room for a segment.
bool Grouper::begins_anew(std::uint32_t segment, std::uint16_t group) const {
    if (segment >= message_->segment_count()) {
        return false;
    }
    const auto places = structure_->leaves(message_->name(segment));
    return std::any_of(places.begin(), places.end(), [&](std::uint16_t leaf) {
        const Node& node = structure_->node(leaf);
        return node.parent == group && !node.repeats && states_[leaf].count > 0;
    });
}

/// What is skipped between a member of a group and a leaf further on in it. `is_new`: the group
/// is opened for this leaf, so that what it lacks would not be missing otherwise.
Grouper::Skipped Grouper::skip(std::uint16_t from, std::uint16_t leaf, bool is_new) const {
    Skipped skipped;
    bool is_avoidable = is_new;
    for (;;) {
        for (; !is_within(leaf, from); from = structure_->node(from).end) {
            const Node& node = structure_->node(from);
            if (!node.is_required) {
                skipped.cost = is_new ? std::max(skipped.cost, kSkipsOptional) : skipped.cost;
            } else if (is_avoidable) {
                skipped.cost += kOpensUnmet;
                skipped.avoidable = skipped.avoidable == kNoNode ? from : skipped.avoidable;
            } else if (skipped.required == kNoNode && (is_new || states_[from].count == 0)) {
                skipped.required = from;
            }
        }
        if (from == leaf) {
            return skipped;
        }
        const bool goes_on = !is_new && continues(from, leaf);
        is_avoidable =
            is_avoidable ||
            (!goes_on && (!structure_->node(from).is_required || states_[from].count > 0));
        is_new = !goes_on;
        ++from;
    }
}

/// True if groups that hold the last segment, up to `under`, wait for a segment behind it.
bool Grouper::leaves_unmet(std::uint16_t under, bool and_itself) const {
    if (cursor_ == 0) {
        return false;
    }
    std::uint16_t from = cursor_;
    for (std::uint16_t group = open_group();; group = structure_->node(group).parent) {
        if (group == under && !and_itself) {
            return false;
        }
        for (std::uint16_t i = structure_->node(from).end; i < structure_->node(group).end;
             i = structure_->node(i).end) {
            if (structure_->node(i).is_required && states_[i].count == 0) {
                return true;
            }
        }
        if (group == under) {
            return false;
        }
        from = group;
    }
}

/// True if a closed group takes the leaf into its last occurrence.
bool Grouper::continues(std::uint16_t group, std::uint16_t leaf) const {
    std::uint16_t first = group;
    while (structure_->node(first).is_group) {
        ++first;
    }
    return states_[group].count > 0 && (!structure_->node(group).repeats || leaf != first);
}

bool Grouper::has_room(std::uint16_t leaf, std::uint16_t under) const {
    if (states_[leaf].count == 0 || structure_->node(leaf).repeats) {
        return true;
    }
    for (std::uint16_t group = structure_->node(leaf).parent; group != under;
         group = structure_->node(group).parent) {
        if (!continues(group, leaf)) {
            return true;
        }
    }
    return false;
}

/// A segment skips a required place. If its segment comes later (`is_ahead`), either this one
/// stands too early or that one too late: whichever makes fewer segments out of order.
bool Grouper::is_early(std::uint32_t segment,
                       std::uint16_t leaf,
                       std::uint16_t skipped,
                       bool& is_ahead) const {
    const std::uint16_t group = structure_->node(skipped).parent;
    const std::uint16_t skipped_end = structure_->node(skipped).end;
    // Not placed at all, it may be missed where it belongs.
    int early = 0;
    if (!is_within(cursor_, structure_->node(leaf).parent)) {
        std::uint16_t node = leaf;
        while (node != group && structure_->node(node).is_required) {
            node = structure_->node(node).parent;
        }
        early = node == group ? 1 : 0;
    }
    int late = 0;
    const auto end = static_cast<std::uint32_t>(
        std::min<std::size_t>(message_->segment_count(), segment + std::size_t{kLookAhead}));
    for (std::uint32_t i = segment; i < end; ++i) {
        const auto places = structure_->leaves(message_->name(i));
        if (places.empty()) {
            continue;
        }
        const auto at = std::find_if(places.begin(), places.end(), [&](std::uint16_t each) {
            return is_within(each, group);
        });
        if (at == places.end()) {
            if (places.front() > group || states_[places.front()].count > 0) {
                break;  // the group is over
            }
            ++late;
            continue;
        }
        const std::uint16_t place = i == segment ? leaf : *at;
        const bool is_skipped = place >= skipped && place < skipped_end;
        if (place < skipped && structure_->node(group).repeats &&
            !structure_->node(place).repeats && i > segment && states_[place].count > 0) {
            break;  // the group begins anew
        }
        if (is_skipped && is_ahead && structure_->node(group).repeats) {
            break;
        }
        is_ahead = is_ahead || is_skipped;
        early += place >= skipped_end && !is_ahead ? 1 : 0;
        late += i > segment && place < leaf && place >= skipped ? 1 : 0;
    }
    return is_ahead && early <= late;
}

void Grouper::take(std::uint32_t segment, const Choice& choice) {
    Place& place = grouping_.places[segment];
    const std::uint16_t parent = structure_->node(choice.leaf).parent;
    place.standing = choice.standing;
    if (choice.is_early && !is_within(cursor_, parent)) {
        early_.push_back({segment, choice.leaf});  // its group is not there yet
        return;
    }
    if (choice.again) {
        open(segment, choice.under);
    }
    for (std::uint16_t group = choice.under; group != parent;) {
        group = child_towards(group, choice.leaf);
        if (!continues(group, choice.leaf)) {
            open(segment, group);
        }
    }
    place.group = states_[parent].instance;
    place.node = choice.leaf;
    place.repetition = ++states_[choice.leaf].count;
    touch(segment, place.group);
    cursor_ = choice.is_early ? cursor_ : choice.leaf;
}

void Grouper::open(std::uint32_t segment, std::uint16_t group) {
    State& state = states_[group];
    if (state.count > 0) {
        finish(group);
    }
    ++state.count;
    state.instance = static_cast<std::uint32_t>(grouping_.groups.size());
    grouping_.groups.push_back({.node = group,
                                .parent = states_[structure_->node(group).parent].instance,
                                .repetition = state.count,
                                .first = segment,
                                .last = segment});
}

void Grouper::touch(std::uint32_t segment, std::uint32_t group) {
    for (; group != 0; group = grouping_.groups[group].parent) {
        grouping_.groups[group].last = segment;
    }
    grouping_.groups[0].last = segment;
}

/// Notes what an occurrence of a group lacks, and forgets it.
void Grouper::finish(std::uint16_t group) {
    const std::uint16_t end = structure_->node(group).end;
    for (std::uint16_t i = group + 1; i < end; i = structure_->node(i).end) {
        if (structure_->node(i).is_required && states_[i].count == 0) {
            if (!takes_early(i, states_[group].instance)) {
                grouping_.missing.push_back({states_[group].instance, i});
            }
        } else if (structure_->node(i).is_group && states_[i].count > 0) {
            finish(i);
        }
    }
    std::fill(states_.begin() + group + 1, states_.begin() + end, State{});
}

/// What is missing may be what stood too early.
bool Grouper::takes_early(std::uint16_t leaf, std::uint32_t group) {
    const auto found = std::find_if(
        early_.begin(), early_.end(), [&](const Early& each) { return each.leaf == leaf; });
    if (found == early_.end()) {
        return false;
    }
    Place& place = grouping_.places[found->segment];
    place.node = leaf;
    place.group = group;
    place.repetition = 1;
    early_.erase(found);
    return true;
}

bool Grouper::is_within(std::uint16_t node, std::uint16_t group) const {
    return node >= group && node < structure_->node(group).end;
}

std::uint16_t Grouper::child_towards(std::uint16_t under, std::uint16_t node) const {
    while (structure_->node(node).parent != under) {
        node = structure_->node(node).parent;
    }
    return node;
}

std::uint16_t Grouper::open_group() const {
    return cursor_ == 0 ? 0 : structure_->node(cursor_).parent;
}

std::uint16_t first_segment(const Structure& structure, std::uint16_t node) {
    while (structure.node(node).is_group) {
        std::uint16_t child = node + 1;
        while (child < structure.node(node).end && !structure.node(child).is_required) {
            child = structure.node(child).end;
        }
        node = child < structure.node(node).end ? child : static_cast<std::uint16_t>(node + 1);
    }
    return node;
}

std::string path_of(const Structure& structure, const Grouping& grouping, std::uint32_t group) {
    std::string path;
    for (; group != 0; group = grouping.groups[group].parent) {
        const Group& each = grouping.groups[group];
        std::string part{structure.node(each.node).name};
        part += "[" + std::to_string(each.repetition) + "]";
        path = path.empty() ? part : part + "." + path;
    }
    return path;
}

}  // namespace aorta::hl7_definitions
