#include "common/hl7/message.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::hl7 {

Value Value::of(std::string_view maybe_raw) {
    if (maybe_raw.data() == nullptr) {
        return {};
    }
    if (maybe_raw.empty()) {
        return {Presence::Empty, maybe_raw};
    }
    return {maybe_raw == "\"\"" ? Presence::Null : Presence::Value, maybe_raw};
}

void Split::Iterator::take() {
    if (last_) {
        at_end_ = true;
        return;
    }
    const std::size_t end = separator_ == 0 ? std::string_view::npos : rest_.find(separator_);
    last_ = end == std::string_view::npos;
    piece_ = rest_.substr(0, end);
    rest_.remove_prefix(last_ ? rest_.size() : end + 1);
}

std::size_t Split::size() const {
    if (separator_ == 0) {
        return 1;
    }
    return 1 + static_cast<std::size_t>(std::count(text_.begin(), text_.end(), separator_));
}

std::string_view Split::at(std::size_t n) const {
    std::string_view rest = text_;
    while (true) {
        const std::size_t end = separator_ == 0 ? std::string_view::npos : rest.find(separator_);
        if (n == 1) {
            return rest.substr(0, end);
        }
        if (end == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(end + 1);
        --n;
    }
}

std::string_view Message::segment(std::size_t segment) const {
    const IndexSegment& entry = index_.segments[segment];
    const std::uint32_t end = index_.ends[entry.first_end + entry.part_count];
    return payload_.substr(entry.offset, end - entry.offset);
}

std::string_view Message::segment_end(std::size_t segment) const {
    const std::string_view text = this->segment(segment);
    const auto end = static_cast<std::size_t>(text.data() - payload_.data()) + text.size();
    const std::string_view rest = payload_.substr(end);
    if (line_end() != LineEnd::Lf) {
        return rest.substr(0, rest.starts_with("\r\n") ? 2 : rest.starts_with('\r') ? 1 : 0);
    }
    const std::size_t returns = std::min(rest.find_first_not_of('\r'), rest.size());
    return rest.substr(0, rest.substr(returns).starts_with('\n') ? returns + 1 : 0);
}

std::optional<std::size_t> Message::find_from(std::string_view name, std::size_t from) const {
    if (name.size() != 3) {
        return std::nullopt;
    }
    // Name and flags are one word: one comparison finds a well-formed segment of that name.
    const auto word_of = [](const char* four) {
        std::uint32_t word = 0;
        std::memcpy(&word, four, sizeof word);
        return word;
    };
    const char all[] = {'\xFF', '\xFF', '\xFF', static_cast<char>(kSegmentIsMalformed)};
    const char wanted[] = {name[0], name[1], name[2], 0};
    const std::uint32_t mask = word_of(all);
    const std::uint32_t word = word_of(wanted);
    const IndexSegment* segments = index_.segments;
    for (std::size_t i = from; i < segment_count(); ++i) {
        const char* entry = reinterpret_cast<const char*>(segments + i);
        if ((word_of(entry + offsetof(IndexSegment, name)) & mask) == word) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> Message::find(std::string_view name, std::size_t occurrence) const {
    auto at = find_from(name, 0);
    for (std::size_t n = 1; at && n < occurrence; ++n) {
        at = find_from(name, *at + 1);
    }
    return at;
}

std::size_t Message::count(std::string_view name) const {
    std::size_t count = 0;
    for (auto at = find_from(name, 0); at; at = find_from(name, *at + 1)) {
        ++count;
    }
    return count;
}

std::size_t Message::field_count(std::size_t segment) const {
    const std::size_t parts = index_.segments[segment].part_count;
    return is_header(segment) && parts > 0 ? parts + 1 : parts;
}

std::string_view Message::field(std::size_t segment, std::size_t number) const {
    const IndexSegment& entry = index_.segments[segment];
    const std::uint32_t* ends = index_.ends + entry.first_end;
    std::size_t part = number;
    if (is_header(segment)) {
        if (number == 1 && entry.part_count > 0) {
            return payload_.substr(ends[0], 1);
        }
        part = number - 1;
    }
    if (number == 0 || part == 0 || part > entry.part_count) {
        return {};
    }
    const std::uint32_t begin = ends[part - 1] + 1;
    return {payload_.data() + begin, ends[part] - begin};
}

std::string_view Message::inside(std::string_view repetition, const Path& path) const {
    if (path.component == 0) {
        return repetition;
    }
    const std::string_view component = components(repetition).at(path.component);
    if (path.subcomponent == 0 || component.data() == nullptr) {
        return component;
    }
    return subcomponents(component).at(path.subcomponent);
}

Value Message::get(std::size_t segment, const Path& path) const {
    if (path.field == 0) {
        return Value::of(this->segment(segment));
    }
    const std::string_view whole = field(segment, path.field);
    if (whole.data() == nullptr) {
        return {};
    }
    if (holds_delimiters(segment, path.field)) {
        const auto is_first = [](std::uint32_t n) { return n <= 1 || n == Path::kAll; };
        const bool names_it =
            is_first(path.repetition) && path.component <= 1 && path.subcomponent <= 1;
        return names_it ? Value::of(whole) : Value{};
    }
    if (path.repetition == 0 && path.component == 0) {
        return Value::of(whole);
    }
    const bool first = path.repetition == 0 || path.repetition == Path::kAll;
    const std::string_view repetition = repetitions(whole).at(first ? 1 : path.repetition);
    return repetition.data() == nullptr ? Value{} : Value::of(inside(repetition, path));
}

Value Message::get(const Path& path) const {
    const std::uint32_t occurrence = path.occurrence == Path::kAll ? 1 : path.occurrence;
    const auto segment = find(path.segment_name(), occurrence);
    return segment ? get(*segment, path) : Value{};
}

}  // namespace aorta::hl7
