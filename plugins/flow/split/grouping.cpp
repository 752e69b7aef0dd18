#include "flow/split/grouping.hpp"

#include <algorithm>
#include <utility>

namespace aorta::plugins::split {

namespace {

constexpr hl7::Path kMessageCode{.field = 9, .component = 1};
constexpr hl7::Path kTriggerEvent{.field = 9, .component = 2};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Grouper::read_type(const hl7::Message& message) {
    const std::string_view code = message.get(0, kMessageCode).raw;
    const std::string_view event = message.get(0, kTriggerEvent).raw;
    is_specimen_centred_ = code == "OUL" && is_one_of(event, {"R22", "R23"});
    has_prior_results_ = is_one_of(code, {"OML", "OMG"});
}

std::optional<std::vector<Part>> Grouper::group(const hl7::Message& message,
                                                std::size_t max_parts) {
    *this = Grouper{std::string{by_}};
    read_type(message);
    const auto count = static_cast<std::uint32_t>(message.segment_count());
    for (std::uint32_t i = 1; i < count && !is_ended_ && parts_.size() <= max_parts; ++i) {
        take(message.name(i), i);
    }
    close_range(count);
    close_order();
    keep_orphan();
    if (parts_.size() > max_parts) {
        return std::nullopt;
    }
    return has_group_ ? std::move(parts_) : std::vector<Part>{};
}

void Grouper::take(std::string_view name, std::uint32_t at) {
    const auto [role, level] = step(name);
    if (role == Role::Follows) {
        return;
    }
    if (role == Role::EndsGrouping) {
        is_ended_ = true;
        return;
    }
    close_range(at);
    if (role == Role::StartsGroup) {
        has_group_ = true;
        in_group_ = true;
        at_.group.begin = at;
    } else if (role == Role::StartsTail) {
        in_tail_ = true;
        at_.tail.begin = at;
    } else {
        open(level, at);
    }
}

Grouper::Step Grouper::step(std::string_view name) {
    if (const auto step = step_of_order(name)) {
        return *step;
    }
    if (const auto level = level_of(name)) {
        awaits_obr_ = false;
        if (*level == Patient && has_prior_results_ && (in_group_ || in_tail_)) {
            return {Role::EndsGrouping};
        }
        return {Role::OpensLevel, *level};
    }
    if (name == by_ && !in_tail_) {
        return {Role::StartsGroup};
    }
    return {};
}

std::optional<Grouper::Step> Grouper::step_of_order(std::string_view name) {
    const bool by_result = by_ == "OBX";
    if (!by_result && by_ != "OBR") {
        return std::nullopt;
    }
    const Step begins_order = by_result ? Step{Role::OpensLevel, Order} : Step{Role::StartsGroup};
    if (name == "ORC" && !is_specimen_centred_) {
        awaits_obr_ = true;
        return begins_order;
    }
    if (name == "OBR") {
        return std::exchange(awaits_obr_, false) ? Step{} : begins_order;
    }
    if (by_result && in_group_ && !is_specimen_centred_ && is_one_of(name, {"SPM", "FT1", "CTI"})) {
        return Step{Role::StartsTail};
    }
    // A result without OBR in between: the next OBR begins an order of its own.
    awaits_obr_ = awaits_obr_ && !(by_result && name == by_);
    return std::nullopt;
}

std::optional<Level> Grouper::level_of(std::string_view name) const {
    if (by_ == "PID") {
        return std::nullopt;
    }
    if (name == "PID") {
        return Patient;
    }
    if (name == "PV1" && by_ != "PV1") {
        return Visit;
    }
    if (name == "SPM" && is_specimen_centred_ && by_ != "SPM") {
        return Specimen;
    }
    return std::nullopt;
}

void Grouper::open(Level level, std::uint32_t at) {
    close_order();
    if (level <= level_) {
        keep_orphan();
    }
    for (std::size_t below = level; below < kLevels; ++below) {
        at_.head[below] = {};
    }
    at_.head[level] = {at, at};
    level_ = level;
    is_head_used_ = false;
}

// Ends what is open before segment `at`.
void Grouper::close_range(std::uint32_t at) {
    if (in_tail_) {
        at_.tail.end = at;
    } else if (in_group_) {
        at_.group.end = at;
        parts_.push_back(at_);
        is_head_used_ = true;
    } else {
        at_.head[level_].end = at;
    }
    in_group_ = false;
}

// The tail of an order belongs to each of its parts.
void Grouper::close_order() {
    for (std::size_t i = order_begin_; in_tail_ && i < parts_.size(); ++i) {
        parts_[i].tail = at_.tail;
    }
    order_begin_ = parts_.size();
    in_tail_ = false;
    at_.tail = {};
}

// A patient, visit or order without a group would be lost with its head: a part without a group.
void Grouper::keep_orphan() {
    if (!is_head_used_ && level_ != WholeMessage) {
        Part part = at_;
        part.group = {};
        parts_.push_back(part);
        order_begin_ = parts_.size();
        is_head_used_ = true;
    }
}

}  // namespace aorta::plugins::split
