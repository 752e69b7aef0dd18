// Reading an HL7 v2 message through its index: everything is a view of the payload.
#pragma once

#include "common/hl7/index.hpp"
#include "common/hl7/path.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::hl7 {

/// HL7 tells "not sent" (Absent: the field is not there; Empty: it is there and empty) from "delete
/// it" (Null: two double quotes).
enum class Presence : std::uint8_t {
    Absent,
    Empty,
    Null,
    Value,
};

/// A raw, still escaped piece of a message. Equal to its text where only the text matters.
struct Value {
    Presence presence = Presence::Absent;
    std::string_view raw;  // `""` when Null

    bool has_value() const { return presence == Presence::Value; }

    /// `maybe_raw` with a null data pointer is absent.
    static Value of(std::string_view maybe_raw);
};

/// The pieces of a text between a separator, as a range; at least one piece. A separator of 0 never
/// occurs.
class Split {
public:
    class Iterator {
    public:
        Iterator(std::string_view rest, char separator) : rest_(rest), separator_(separator) {
            take();
        }

        std::string_view operator*() const { return piece_; }

        Iterator& operator++() {
            take();
            return *this;
        }

        friend bool operator==(const Iterator& it, std::nullptr_t) { return it.at_end_; }

    private:
        void take();

        std::string_view rest_;
        std::string_view piece_;
        char separator_;
        bool last_ = false;
        bool at_end_ = false;
    };

    Split(std::string_view text, char separator) : text_(text), separator_(separator) {}

    Iterator begin() const { return {text_, separator_}; }

    std::nullptr_t end() const { return nullptr; }

    std::size_t size() const;
    /// The n-th piece from 1; a view without data when there are fewer.
    std::string_view at(std::size_t n) const;

private:
    std::string_view text_;
    char separator_;
};

/// A message: payload and index, both borrowed. Cheap to copy. Segment indices count from 0, all
/// HL7 numbers from 1. A raw view with a null data pointer means absent.
class Message {
public:
    Message(std::string_view payload, IndexView index) : payload_(payload), index_(index) {}

    std::string_view payload() const { return payload_; }

    const Delimiters& delimiters() const { return index_.header->delimiters; }

    LineEnd line_end() const { return index_.header->line_end; }

    std::size_t segment_count() const { return index_.header->segment_count; }

    /// The three-character name; bytes are 0 where the segment has fewer.
    std::string_view name(std::size_t segment) const { return {index_.segments[segment].name, 3}; }

    /// False if the text before the first separator is not a proper segment name.
    bool is_well_formed(std::size_t segment) const {
        return (index_.segments[segment].flags & kSegmentIsMalformed) == 0;
    }

    /// True for MSH, FHS and BHS, whose field 1 is the separator.
    bool is_header(std::size_t segment) const {
        return (index_.segments[segment].flags & kSegmentIsHeader) != 0;
    }

    /// The whole segment without its line end.
    std::string_view segment(std::size_t segment) const;

    /// The line end that would part the segment from a next one; empty if the last one lacks it.
    std::string_view segment_end(std::size_t segment) const;

    /// The n-th segment of that name, from 1; 0 is the first too.
    std::optional<std::size_t> find(std::string_view name, std::size_t occurrence = 1) const;
    /// The next segment of that name at or after `from`.
    std::optional<std::size_t> find_from(std::string_view name, std::size_t from) const;
    std::size_t count(std::string_view name) const;

    /// The highest field number present.
    std::size_t field_count(std::size_t segment) const;
    std::string_view field(std::size_t segment, std::size_t number) const;

    Split repetitions(std::string_view field) const { return {field, delimiters().repetition}; }

    Split components(std::string_view repetition) const {
        return {repetition, delimiters().component};
    }

    Split subcomponents(std::string_view component) const {
        return {component, delimiters().subcomponent};
    }

    /// The value at a path; `[*]` reads the first.
    Value get(const Path& path) const;
    /// The same within one segment; the path's segment and occurrence are not looked at.
    Value get(std::size_t segment, const Path& path) const;

    /// Calls `visit(segment, repetition, Value)` for every value that a path with `[*]` names:
    /// segments that exist, and repetitions that exist. `repetition` is 0 when the path means the
    /// whole field.
    template <class Visit>
    void for_each(const Path& path, Visit&& visit) const;
    /// The same within one segment; the path's segment and occurrence are not looked at.
    template <class Visit>
    void for_each(std::size_t segment, const Path& path, Visit&& visit) const;

private:
    // Fields 1 and 2 of MSH, FHS and BHS are never split.
    bool holds_delimiters(std::size_t segment, std::uint32_t field) const {
        return field <= 2 && is_header(segment);
    }

    std::string_view inside(std::string_view repetition, const Path& path) const;

    std::string_view payload_;
    IndexView index_;
};

template <class Visit>
void Message::for_each(std::size_t segment, const Path& path, Visit&& visit) const {
    if (path.repetition != Path::kAll) {
        visit(segment, path.repetition, get(segment, path));
        return;
    }
    const std::string_view whole = field(segment, path.field);
    if (whole.data() == nullptr) {
        return;
    }
    std::uint32_t number = 0;
    if (holds_delimiters(segment, path.field)) {
        visit(segment, ++number, get(segment, path));
        return;
    }
    for (const std::string_view repetition : repetitions(whole)) {
        visit(segment, ++number, Value::of(inside(repetition, path)));
    }
}

template <class Visit>
void Message::for_each(const Path& path, Visit&& visit) const {
    if (path.occurrence != Path::kAll) {
        if (const auto segment = find(path.segment_name(), path.occurrence)) {
            for_each(*segment, path, visit);
        }
        return;
    }
    for (auto at = find_from(path.segment_name(), 0); at;
         at = find_from(path.segment_name(), *at + 1)) {
        for_each(*at, path, visit);
    }
}

}  // namespace aorta::hl7
