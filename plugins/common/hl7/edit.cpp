#include "common/hl7/edit.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7/reason.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace aorta::hl7 {

namespace {

Error not_editable(const Path& path, std::string_view text) {
    return make_error(ErrorCode::InvalidData, kNotEditable, text, to_string(path));
}

/// The n-th of the pieces that `separator` makes of a text: where it begins and ends, after adding
/// the separators that it takes to have n pieces. No value if the message has no such separator.
struct Range {
    std::size_t begin;
    std::size_t end;
};

std::optional<Range> make_piece(std::string& text, Range within, char separator, std::uint32_t n) {
    if (separator == 0) {
        return n == 1 ? std::optional{within} : std::nullopt;
    }
    std::size_t begin = within.begin;
    for (; n > 1; --n) {
        const std::size_t next = text.find(separator, begin);
        if (next == std::string::npos || next >= within.end) {
            text.insert(within.end, n - 1, separator);
            begin = within.end + n - 1;
            return Range{begin, begin};
        }
        begin = next + 1;
    }
    return Range{begin, std::min(text.find(separator, begin), within.end)};
}

/// Puts a raw value into every repetition of a field.
bool put_all(std::string& field,
             std::string_view old,
             Path path,
             const Delimiters& delimiters,
             std::string_view raw) {
    path.repetition = 0;
    std::string one;
    for (const std::string_view repetition : Split{old, delimiters.repetition}) {
        if (repetition.data() != old.data()) {
            field += delimiters.repetition;
        }
        if (!put_raw(one.assign(repetition), path, delimiters, raw)) {
            return false;
        }
        field += one;
    }
    return true;
}

std::string_view line_end_text(LineEnd line_end) {
    switch (line_end) {
        case LineEnd::Lf:
            return "\n";
        case LineEnd::CrLf:
            return "\r\n";
        default:
            return "\r";
    }
}

}  // namespace

bool breaks_structure(std::string_view raw, const Path& path, const Delimiters& delimiters) {
    const auto has = [&](char c) { return c != 0 && raw.find(c) != std::string_view::npos; };
    if (has('\r') || has('\n') || has(delimiters.field)) {
        return true;
    }
    if ((path.repetition != 0 || path.component != 0) && has(delimiters.repetition)) {
        return true;
    }
    if (path.component != 0 && has(delimiters.component)) {
        return true;
    }
    return path.subcomponent != 0 && has(delimiters.subcomponent);
}

bool put_raw(std::string& field,
             const Path& path,
             const Delimiters& delimiters,
             std::string_view raw) {
    std::optional<Range> at = Range{0, field.size()};
    if (path.repetition != 0 || path.component != 0) {
        at = make_piece(field, *at, delimiters.repetition, std::max(path.repetition, 1U));
    }
    if (at && path.component != 0) {
        at = make_piece(field, *at, delimiters.component, path.component);
    }
    if (at && path.component != 0 && path.subcomponent != 0) {
        at = make_piece(field, *at, delimiters.subcomponent, path.subcomponent);
    }
    if (!at) {
        return false;
    }
    field.replace(at->begin, at->end - at->begin, raw);
    return true;
}

Result<std::size_t> Edit::set(const Path& path, std::string_view text) {
    std::string raw;
    if (const Result<void> encoded = encode(text, message_.delimiters(), raw); !encoded.ok()) {
        return make_error(encoded.error().code,
                          kNotEncodable,
                          "the value needs an escape but the message has no escape character",
                          to_string(path));
    }
    return set_raw(path, raw);
}

Result<std::size_t> Edit::set_raw(const Path& path, std::string_view raw) {
    if (path.occurrence != Path::kAll) {
        const auto segment = message_.find(path.segment_name(), path.occurrence);
        if (!segment) {
            return make_error(ErrorCode::NotFound,
                              kNoSegment,
                              "the message has no such segment",
                              to_string(path));
        }
        return set_raw(*segment, path, raw);
    }
    std::size_t places = 0;
    for (auto at = message_.find_from(path.segment_name(), 0); at;
         at = message_.find_from(path.segment_name(), *at + 1)) {
        const Result<std::size_t> set = set_raw(*at, path, raw);
        if (!set.ok()) {
            return set.error();
        }
        places += *set;
    }
    return places;
}

Result<std::size_t> Edit::set_raw(std::size_t segment, const Path& path, std::string_view raw) {
    if (path.field == 0) {
        return not_editable(path, "the path must name a field");
    }
    if (message_.is_header(segment) && path.field <= 2) {
        return not_editable(path, "the delimiters of a message cannot be changed");
    }
    if (breaks_structure(raw, path, message_.delimiters())) {
        return make_error(ErrorCode::InvalidData,
                          kNotEncodable,
                          "the raw value holds a separator of its own level or above",
                          to_string(path));
    }
    const std::string_view old = current_field(segment, path.field);
    std::string value;
    std::size_t places = 1;
    if (path.repetition == Path::kAll) {
        places = old.empty() ? 0 : message_.repetitions(old).size();
    }
    if (places == 0) {
        return places;
    }
    const bool done = path.repetition == Path::kAll
                          ? put_all(value, old, path, message_.delimiters(), raw)
                          : put_raw(value.assign(old), path, message_.delimiters(), raw);
    if (!done) {
        return make_error(ErrorCode::InvalidData,
                          kNotEncodable,
                          "the message does not have the separator that this path needs",
                          to_string(path));
    }
    patch_field(segment, path.field, std::move(value));
    return places;
}

std::string_view Edit::current_field(std::size_t segment, std::uint32_t field) const {
    if (!fields_.empty()) {
        for (const FieldPatch& patch : fields_[segment]) {
            if (patch.field == field) {
                return patch.value;
            }
        }
    }
    return message_.field(segment, field);
}

void Edit::patch_field(std::size_t segment, std::uint32_t field, std::string value) {
    fields_.resize(message_.segment_count());
    std::vector<FieldPatch>& patches = fields_[segment];
    const auto at = std::lower_bound(
        patches.begin(), patches.end(), field, [](const FieldPatch& patch, std::uint32_t number) {
            return patch.field < number;
        });
    if (at != patches.end() && at->field == field) {
        at->value = std::move(value);
    } else {
        patches.insert(at, FieldPatch{field, std::move(value)});
    }
}

Result<void> Edit::remove_segment(std::size_t segment) {
    if (segment == 0 || segment >= message_.segment_count()) {
        return make_error(ErrorCode::InvalidData,
                          kNotEditable,
                          "only segments behind the first can be removed",
                          "segment");
    }
    const auto at = std::lower_bound(removed_.begin(), removed_.end(), segment);
    if (at == removed_.end() || *at != segment) {
        removed_.insert(at, segment);
    }
    return {};
}

Result<void> Edit::insert_segment(std::size_t before, std::string_view raw) {
    if (before == 0 || before > message_.segment_count()) {
        return make_error(ErrorCode::InvalidData,
                          kNotEditable,
                          "segments can be inserted behind the first only",
                          "segment");
    }
    if (raw.empty() || raw.find_first_of("\r\n") != std::string_view::npos) {
        return make_error(ErrorCode::InvalidData,
                          kNotEncodable,
                          "a segment is one line and not empty",
                          "segment");
    }
    const auto at = std::upper_bound(
        inserted_.begin(),
        inserted_.end(),
        before,
        [](std::size_t wanted, const Insertion& insertion) { return wanted < insertion.before; });
    inserted_.insert(at, Insertion{before, std::string{raw}});
    return {};
}

/// Calls `sink` with the pieces of the new payload, in order.
template <class Sink>
void Edit::emit(Sink&& sink) const {
    const std::string_view payload = message_.payload();
    const std::string_view line_end = line_end_text(message_.line_end());
    bool ends_line = true;
    std::size_t done = 0;  // bytes of the payload
    auto removed = removed_.begin();
    auto inserted = inserted_.begin();
    const auto insert_before = [&](std::size_t segment) {
        for (; inserted != inserted_.end() && inserted->before == segment; ++inserted) {
            // The last segment of the message may lack its line end: then so does what is appended.
            if (!ends_line) {
                sink(line_end);
            }
            sink(std::string_view{inserted->raw});
            if (ends_line) {
                sink(line_end);
            }
        }
    };
    for (std::size_t i = 0; i < message_.segment_count(); ++i) {
        const std::string_view segment = message_.segment(i);
        const auto begin = static_cast<std::size_t>(segment.data() - payload.data());
        sink(payload.substr(done, begin - done));
        insert_before(i);
        const std::string_view end = message_.segment_end(i);
        if (removed != removed_.end() && *removed == i) {
            ++removed;
        } else {
            emit_segment(i, sink);
            sink(end);
            ends_line = !end.empty();
        }
        done = begin + segment.size() + end.size();
    }
    insert_before(message_.segment_count());
    sink(payload.substr(done));
}

/// One segment, with its patched fields.
template <class Sink>
void Edit::emit_segment(std::size_t segment, Sink&& sink) const {
    const std::string_view text = message_.segment(segment);
    const std::string_view payload = message_.payload();
    const auto base = static_cast<std::size_t>(text.data() - payload.data());
    std::size_t done = base;
    // A header's first separator is its field 1.
    const std::size_t least = message_.is_header(segment) ? 1 : 0;
    std::size_t last = std::max(message_.field_count(segment), least);
    const char separator = message_.delimiters().field;
    const std::vector<FieldPatch> none;
    for (const FieldPatch& patch : fields_.empty() ? none : fields_[segment]) {
        const std::string_view old = message_.field(segment, patch.field);
        if (old.data() != nullptr) {
            const auto begin = static_cast<std::size_t>(old.data() - payload.data());
            sink(payload.substr(done, begin - done));
            sink(std::string_view{patch.value});
            done = begin + old.size();
            continue;
        }
        sink(payload.substr(done, base + text.size() - done));
        done = base + text.size();
        for (; last < patch.field; ++last) {
            sink(std::string_view{&separator, 1});
        }
        sink(std::string_view{patch.value});
    }
    sink(payload.substr(done, base + text.size() - done));
}

std::size_t Edit::size_bytes() const {
    std::size_t size = 0;
    emit([&](std::string_view piece) { size += piece.size(); });
    return size;
}

void Edit::write_to(char* out) const {
    emit([&](std::string_view piece) {
        if (!piece.empty()) {
            std::memcpy(out, piece.data(), piece.size());
            out += piece.size();
        }
    });
}

std::string Edit::apply() const {
    std::string out(size_bytes(), '\0');
    write_to(out.data());
    return out;
}

}  // namespace aorta::hl7
