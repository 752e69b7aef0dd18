#include "encode/hl7v2/encoder.hpp"

#include "common/hl7/frame.hpp"
#include "common/hl7/reason.hpp"

#include <algorithm>
#include <string_view>

namespace aorta::plugins::encode_hl7v2 {

namespace {

constexpr std::uint32_t kCharsetField = 18;
constexpr std::string_view kLineEnds[] = {"\r", "\n", "\r\n"};

std::string_view line_end_text(hl7::LineEnd line_end) {
    return kLineEnds[static_cast<std::size_t>(line_end)];
}

/// Appends a segment without the separators that stand in front of nothing but a separator of a
/// higher level or the end. Repetitions keep their place.
void append_trimmed(const hl7::Message& message, std::size_t segment, std::string& out) {
    const hl7::Delimiters& delimiters = message.delimiters();
    const std::string_view text = message.segment(segment);
    // The delimiters of a header are no separators.
    const std::size_t head = message.is_header(segment) ? 4 + message.field(segment, 2).size() : 0;
    out += text.substr(0, head);
    const std::size_t start = out.size();
    const auto is = [](char c, char delimiter) { return delimiter != 0 && c == delimiter; };
    const auto strip = [&](auto&& is_low) {
        while (out.size() > start && is_low(out.back())) {
            out.pop_back();
        }
    };
    const auto is_inner = [&](char c) {
        return is(c, delimiters.component) || is(c, delimiters.subcomponent);
    };
    for (const char c : text.substr(head)) {
        if (is(c, delimiters.component)) {
            strip([&](char low) { return is(low, delimiters.subcomponent); });
        } else if (is(c, delimiters.repetition) || c == delimiters.field) {
            strip(is_inner);
        }
        out += c;
    }
    strip([&](char c) { return is_inner(c) || c == delimiters.field; });
}

Result<void> append_segments(const hl7::Message& message,
                             const EncoderConfig& config,
                             std::string& out) {
    const hl7::LineEnd line_end = config.line_ends.value_or(message.line_end());
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        const std::string_view segment = message.segment(i);
        const char terminator = line_end == hl7::LineEnd::Lf ? '\n' : '\r';
        if (segment.find(terminator) != std::string_view::npos) {
            return hl7::make_error(ErrorCode::InvalidData,
                                   hl7::kNotEncodable,
                                   "a line end inside a segment would end it",
                                   "segment " + std::to_string(i + 1));
        }
        if (config.trim) {
            append_trimmed(message, i, out);
        } else {
            out += segment;
        }
        out += line_end_text(line_end);
    }
    return {};
}

Result<void> put_into_frame(std::string& out) {
    constexpr char kFraming[] = {hl7::kFrameStart, hl7::kFrameEnd};
    const std::size_t at = out.find_first_of(std::string_view{kFraming, sizeof kFraming});
    if (at != std::string_view::npos) {
        return hl7::make_error_at(ErrorCode::InvalidData,
                                  kFrameByte,
                                  "the message holds a byte that MLLP uses for framing",
                                  at);
    }
    out.insert(out.begin(), hl7::kFrameStart);
    out += hl7::kFrameEnd;
    out += hl7::kFrameCr;
    return {};
}

}  // namespace

Result<void> Encoder::encode(const hl7::Message& message,
                             std::string_view received,
                             std::string& out) {
    out.clear();
    if (config_.line_ends || config_.trim) {
        if (Result<void> appended = append_segments(message, config_, out); !appended.ok()) {
            return appended;
        }
    } else {
        out = message.payload();
    }
    if (Result<void> converted = convert(message, received, out); !converted.ok()) {
        return converted;
    }
    return config_.mllp ? put_into_frame(out) : Result<void>{};
}

/// Brings a message that is otherwise ready into the set that is asked for.
Result<void> Encoder::convert(const hl7::Message& message,
                              std::string_view received,
                              std::string& out) {
    const char separator = message.delimiters().repetition;
    std::string msh18{config_.charset.as_received ? received : config_.charset.msh18};
    if (!config_.charset.as_received && separator != 0) {
        std::replace(msh18.begin(), msh18.end(), '~', separator);
    }
    const hl7::CharsetChoice to = hl7::read_charset(msh18, separator);
    if (to.kind != hl7::CharsetChoice::Kind::Known) {
        return {};
    }
    hl7::CharsetChoice from = hl7::read_charset(message.field(0, kCharsetField), separator);
    if (from.kind != hl7::CharsetChoice::Kind::Known || from.is_plain()) {
        from = hl7::choice_of(hl7::guess_charset(out));
    }
    if (from.is_plain() || from == to) {
        return {};
    }
    if (!from.is_utf8()) {
        const Result<std::size_t> decoded = from_.to_utf8(out, from, scratch_);
        if (!decoded.ok()) {
            return decoded.error();
        }
        std::swap(out, scratch_);
    }
    if (to.is_utf8()) {
        return {};
    }
    const Result<std::size_t> encoded = to_.from_utf8(out, to, msh18, scratch_);
    if (!encoded.ok()) {
        return encoded.error();
    }
    std::swap(out, scratch_);
    return {};
}

}  // namespace aorta::plugins::encode_hl7v2
