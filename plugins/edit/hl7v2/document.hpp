// Document: an HL7 v2 message that is changed in place, segment by segment.
#pragma once

#include "common/hl7/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::edit {

/// Every read sees every earlier change. Segments are named by their present number, from 0; `id`
/// names one for good. Borrows the message's payload. What is not touched is written as it was. One
/// thread at a time.
class Document {
public:
    /// No message grows beyond this.
    static constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;
    /// Bytes that may be looked at and moved for one message: a message that is built to be
    /// expensive ends here.
    static constexpr std::uint64_t kMaxWork = std::uint64_t{1} << 30U;

    explicit Document(const hl7::Message& message);

    const hl7::Delimiters& delimiters() const { return delimiters_; }

    bool is_changed() const { return is_changed_; }

    /// False once the message is too large, or took too much work.
    bool is_within_bounds() const { return size_ <= kMaxBytes && work_ <= kMaxWork; }

    void write(std::string& out) const;

    std::size_t segment_count() const { return segments_.size(); }

    std::uint32_t id(std::size_t segment) const { return segments_[segment].id; }

    /// Where the segment with this id is now; looks near `hint` first.
    std::optional<std::size_t> find_id(std::uint32_t id, std::size_t hint) const;

    /// The three characters of the name; empty for a line that is no proper segment.
    std::string_view name(std::size_t segment) const;
    /// The n-th segment of that name, from 1; 0 is the first too. A shorter name finds what begins
    /// with it.
    std::optional<std::size_t> find(std::string_view name, std::size_t occurrence) const;
    std::optional<std::size_t> find_from(std::string_view name, std::size_t from) const;

    /// Null data when the segment ends before. Fields 1 and 2 of MSH, FHS and BHS are never split.
    std::string_view field(std::size_t segment, std::uint32_t number) const;
    /// The value at the path's field and below; without a repetition, the whole field or the first
    /// repetition if a component is named.
    hl7::Value get(std::size_t segment, const hl7::Path& path) const;

    /// MSH-1 or MSH-2, or the same of FHS or BHS: characters that stand for themselves.
    bool is_delimiters(std::size_t segment, const hl7::Path& path) const {
        return segments_[segment].is_header && (path.field == 1 || path.field == 2);
    }

    /// 0 for a field that is absent, empty or null.
    std::uint32_t repetition_count(std::size_t segment, std::uint32_t field) const;

    /// Sets a raw value that fits its level, adding the separators that it takes. False if it does
    /// not fit, or if the message does not have the separator.
    bool set(std::size_t segment, const hl7::Path& path, std::string_view raw);
    /// Takes the path's repetition out of its field.
    void remove_repetition(std::size_t segment, const hl7::Path& path);

    void remove_segment(std::size_t segment);
    /// `text` is one line without its end. Before segment_count() appends.
    void insert_segment(std::size_t before, std::string text);
    /// Puts the segments with these numbers, in their order, before another one that is not among
    /// them.
    void move_segments(const std::vector<std::size_t>& segments, std::size_t before);

    /// "OBX[3]-5[1].2": a place for people.
    std::string where(std::size_t segment, const hl7::Path& path) const;

private:
    struct Segment {
        std::uint32_t id = 0;
        bool is_header = false;
        bool is_changed = false;
        std::string_view before;    // blank lines and the like
        std::string_view original;  // unless changed
        std::string changed;
        std::string_view end;  // of the line

        std::string_view text() const { return is_changed ? std::string_view{changed} : original; }
    };

    void change(Segment& segment, std::string text);
    void mend_line_ends();

    void charge(std::size_t bytes) const { work_ += bytes + 1; }

    hl7::Delimiters delimiters_;
    std::string_view line_end_;
    std::vector<Segment> segments_;
    std::string_view tail_;
    bool ends_line_ = true;
    bool is_changed_ = false;
    std::uint32_t next_id_ = 0;
    std::size_t size_ = 0;
    mutable std::uint64_t work_ = 0;
};

}  // namespace aorta::plugins::edit
