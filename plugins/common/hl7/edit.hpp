// Changing an HL7 v2 message: patches on the raw bytes; what is not touched stays as it was.
#pragma once

#include "common/hl7/message.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// True if a raw value at the path's level would break the structure around it: it holds a line
/// end, or a delimiter of that level or above.
bool breaks_structure(std::string_view raw, const Path& path, const Delimiters& delimiters);

/// Puts a raw value into a field's text, at the path's repetition, component and subcomponent,
/// after adding the separators that it takes. False if the message has no such separator.
bool put_raw(std::string& field,
             const Path& path,
             const Delimiters& delimiters,
             std::string_view raw);

/// Collects changes of one message, which must outlive it, and writes the changed bytes. Later
/// changes see earlier ones of the same field. Segment indices are those of the message, whatever
/// has been removed or inserted. One thread at a time.
class Edit {
public:
    explicit Edit(const Message& message) : message_(message) {}

    /// Sets the value at a path to a text, escaped as needed. `[*]` sets every segment of that
    /// name, or every repetition that is there. Missing separators are added. Returns how many
    /// places were set; 0 only when the path has `[*]` and nothing is there. Fails with
    /// hl7.no_segment, hl7.not_encodable, or hl7.not_editable: MSH-1, MSH-2, a path that names no
    /// field.
    Result<std::size_t> set(const Path& path, std::string_view text);
    /// The same with a value that is already raw. hl7.not_encodable if it holds a separator that
    /// would break the structure around it (a line end, or a delimiter of the path's own level or
    /// above).
    Result<std::size_t> set_raw(const Path& path, std::string_view raw);
    /// The same within one segment; the path's segment and occurrence are not looked at.
    Result<std::size_t> set_raw(std::size_t segment, const Path& path, std::string_view raw);

    /// Removes a segment with its line end. MSH at the head stays: hl7.not_editable.
    Result<void> remove_segment(std::size_t segment);
    /// Inserts a segment, given without line end, before another; before segment_count() appends
    /// it. hl7.not_encodable if it is empty or has a line end inside; hl7.not_editable before the
    /// head.
    Result<void> insert_segment(std::size_t before, std::string_view raw);

    bool empty() const { return fields_.empty() && removed_.empty() && inserted_.empty(); }

    /// The new payload.
    std::size_t size_bytes() const;
    void write_to(char* out) const;  // size_bytes() bytes
    std::string apply() const;

private:
    struct FieldPatch {
        std::uint32_t field;
        std::string value;
    };

    struct Insertion {
        std::size_t before;
        std::string raw;
    };

    std::string_view current_field(std::size_t segment, std::uint32_t field) const;
    void patch_field(std::size_t segment, std::uint32_t field, std::string value);

    template <class Sink>
    void emit(Sink&& sink) const;
    template <class Sink>
    void emit_segment(std::size_t segment, Sink&& sink) const;

    Message message_;
    std::vector<std::vector<FieldPatch>> fields_;  // of each segment, by field; or nothing at all
    std::vector<std::size_t> removed_;             // ascending
    std::vector<Insertion> inserted_;              // by `before`, then in order of insertion
};

}  // namespace aorta::hl7
