#include "edit/hl7v2/document.hpp"

#include "common/hl7/edit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace aorta::plugins::edit {
namespace {

/// What a look at a segment costs, in bytes moved.
constexpr std::size_t kLook = 32;

std::string_view text_of(hl7::LineEnd line_end) {
    switch (line_end) {
        case hl7::LineEnd::Lf:
            return "\n";
        case hl7::LineEnd::CrLf:
            return "\r\n";
        default:
            return "\r";
    }
}

/// The number of a field among the pieces that the separator makes of a segment: a header's field 1
/// is the separator itself.
std::size_t piece_of(bool is_header, std::uint32_t field) {
    return is_header ? field : std::size_t{field} + 1;
}

}  // namespace

Document::Document(const hl7::Message& message)
    : delimiters_(message.delimiters()), line_end_(text_of(message.line_end())) {
    const std::string_view payload = message.payload();
    size_ = payload.size();
    segments_.reserve(message.segment_count());
    std::size_t done = 0;
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        const std::string_view text = message.segment(i);
        const auto begin = static_cast<std::size_t>(text.data() - payload.data());
        const std::string_view end = message.segment_end(i);
        segments_.push_back({.id = next_id_++,
                             .is_header = message.is_header(i),
                             .before = payload.substr(done, begin - done),
                             .original = text,
                             .end = end});
        done = begin + text.size() + end.size();
    }
    tail_ = payload.substr(done);
    ends_line_ = segments_.empty() || !segments_.back().end.empty();
}

void Document::write(std::string& out) const {
    out.clear();
    out.reserve(size_);
    for (const Segment& segment : segments_) {
        out.append(segment.before).append(segment.text()).append(segment.end);
    }
    out.append(tail_);
}

std::optional<std::size_t> Document::find_id(std::uint32_t id, std::size_t hint) const {
    if (hint < segments_.size() && segments_[hint].id == id) {
        return hint;
    }
    charge(segments_.size() * kLook);
    const auto found = std::find_if(
        segments_.begin(), segments_.end(), [&](const Segment& each) { return each.id == id; });
    return found == segments_.end()
               ? std::nullopt
               : std::optional{static_cast<std::size_t>(found - segments_.begin())};
}

std::string_view Document::name(std::size_t segment) const {
    const std::string_view text = segments_[segment].text();
    const std::string_view first = text.substr(0, 3);
    const bool ends_there = segments_[segment].is_header || text.size() == 3 ||
                            (text.size() > 3 && text[3] == delimiters_.field);
    return ends_there && first.find(delimiters_.field) == std::string_view::npos
               ? first
               : std::string_view{};
}

std::optional<std::size_t> Document::find_from(std::string_view name, std::size_t from) const {
    std::size_t at = from;
    while (at < segments_.size() && !this->name(at).starts_with(name)) {
        ++at;
    }
    charge((at - std::min(at, from)) * kLook);
    return at < segments_.size() ? std::optional{at} : std::nullopt;
}

std::optional<std::size_t> Document::find(std::string_view name, std::size_t occurrence) const {
    auto at = find_from(name, 0);
    for (std::size_t n = 1; at && n < occurrence; ++n) {
        at = find_from(name, *at + 1);
    }
    return at;
}

std::string_view Document::field(std::size_t segment, std::uint32_t number) const {
    const Segment& from = segments_[segment];
    const std::string_view text = from.text();
    charge(text.size() / 16);
    if (from.is_header && number == 1) {
        return text.substr(std::min<std::size_t>(3, text.size()), 1);
    }
    return hl7::Split{text, delimiters_.field}.at(piece_of(from.is_header, number));
}

hl7::Value Document::get(std::size_t segment, const hl7::Path& path) const {
    std::string_view piece = field(segment, path.field);
    const bool is_whole = is_delimiters(segment, path);
    const auto narrow = [&](char separator, std::uint32_t number) {
        if (piece.data() != nullptr) {
            piece = hl7::Split{piece, separator}.at(number);
        }
    };
    if (is_whole && (path.repetition > 1 || path.component > 1 || path.subcomponent > 1)) {
        return {};
    }
    if (!is_whole) {
        if (path.repetition != 0 || path.component != 0) {
            narrow(delimiters_.repetition, std::max(path.repetition, 1U));
        }
        if (path.component != 0) {
            narrow(delimiters_.component, path.component);
        }
        if (path.component != 0 && path.subcomponent != 0) {
            narrow(delimiters_.subcomponent, path.subcomponent);
        }
    }
    return hl7::Value::of(piece);
}

std::uint32_t Document::repetition_count(std::size_t segment, std::uint32_t number) const {
    const std::string_view text = field(segment, number);
    if (!hl7::Value::of(text).has_value()) {
        return 0;
    }
    return static_cast<std::uint32_t>(hl7::Split{text, delimiters_.repetition}.size());
}

bool Document::set(std::size_t segment, const hl7::Path& path, std::string_view raw) {
    Segment& into = segments_[segment];
    if (into.is_header && path.field <= 2) {
        return false;
    }
    if (hl7::breaks_structure(raw, path, delimiters_)) {
        return false;
    }
    const std::string_view old = field(segment, path.field);
    const bool is_part = path.repetition != 0 || path.component != 0;
    // "Delete all of it" has no parts: what is set now takes its place.
    const bool was_null = hl7::Value::of(old).presence == hl7::Presence::Null;
    std::string value{is_part && was_null ? std::string_view{} : old};
    if (!hl7::put_raw(value, path, delimiters_, raw)) {
        return false;
    }
    const std::string_view text = into.text();
    std::string out;
    if (old.data() != nullptr) {
        const auto begin = static_cast<std::size_t>(old.data() - text.data());
        out.reserve(text.size() - old.size() + value.size());
        out.append(text.substr(0, begin)).append(value).append(text.substr(begin + old.size()));
    } else {
        const std::size_t pieces = hl7::Split{text, delimiters_.field}.size();
        out.append(text).append(piece_of(into.is_header, path.field) - pieces, delimiters_.field);
        out.append(value);
    }
    change(into, std::move(out));
    return true;
}

void Document::remove_repetition(std::size_t segment, const hl7::Path& path) {
    hl7::Path whole = path;
    whole.repetition = whole.component = whole.subcomponent = 0;
    std::string left;
    std::uint32_t number = 0;
    bool is_first = true;
    for (const std::string_view each :
         hl7::Split{field(segment, path.field), delimiters_.repetition}) {
        if (++number == path.repetition) {
            continue;
        }
        if (!std::exchange(is_first, false)) {
            left += delimiters_.repetition;
        }
        left += each;
    }
    if (number >= path.repetition) {
        static_cast<void>(set(segment, whole, left));
    }
}

void Document::change(Segment& segment, std::string text) {
    charge(segment.text().size() + text.size());
    if (text == segment.text()) {
        return;
    }
    size_ += text.size() - segment.text().size();
    segment.changed = std::move(text);
    segment.is_changed = true;
    is_changed_ = true;
}

void Document::remove_segment(std::size_t segment) {
    const Segment& gone = segments_[segment];
    size_ -= gone.before.size() + gone.text().size() + gone.end.size();
    segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(segment));
    mend_line_ends();
}

void Document::insert_segment(std::size_t before, std::string text) {
    Segment made{
        .id = next_id_++, .is_changed = true, .changed = std::move(text), .end = line_end_};
    size_ += made.changed.size() + made.end.size();
    segments_.insert(segments_.begin() + static_cast<std::ptrdiff_t>(before), std::move(made));
    mend_line_ends();
}

void Document::move_segments(const std::vector<std::size_t>& segments, std::size_t before) {
    std::vector<std::uint32_t> old_order;
    for (const Segment& each : segments_) {
        old_order.push_back(each.id);
    }
    std::vector<Segment> moved;
    std::vector<Segment> out;
    out.reserve(segments_.size());
    for (const std::size_t each : segments) {
        moved.push_back(std::move(segments_[each]));
    }
    const auto put = [&] { std::move(moved.begin(), moved.end(), std::back_inserter(out)); };
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        if (i == before) {
            put();
        }
        if (!std::binary_search(segments.begin(), segments.end(), i)) {
            out.push_back(std::move(segments_[i]));
        }
    }
    if (before == segments_.size()) {
        put();
    }
    segments_ = std::move(out);
    const bool is_as_before =
        std::equal(segments_.begin(),
                   segments_.end(),
                   old_order.begin(),
                   [](const Segment& segment, std::uint32_t id) { return segment.id == id; });
    if (!is_as_before) {
        mend_line_ends();
    }
}

// The last segment of a message may lack its line end: then so does whatever is last now.
void Document::mend_line_ends() {
    is_changed_ = true;
    charge(segments_.size() * sizeof(Segment));
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        Segment& segment = segments_[i];
        const bool is_last = i + 1 == segments_.size();
        if (is_last && !ends_line_) {
            size_ -= segment.end.size();
            segment.end = {};
        } else if (segment.end.empty()) {
            segment.end = line_end_;
            size_ += line_end_.size();
        }
    }
}

std::string Document::where(std::size_t segment, const hl7::Path& path) const {
    hl7::Path full = path;
    const std::string_view own = name(segment);
    if (own.size() == 3) {
        std::copy_n(own.data(), 3, full.segment);
    }
    full.occurrence = 0;
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        count += name(i) == own ? 1 : 0;
        if (i == segment) {
            full.occurrence = count;
        }
    }
    if (count == 1) {
        full.occurrence = 0;
    }
    return hl7::to_string(full);
}

}  // namespace aorta::plugins::edit
