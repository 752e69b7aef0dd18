#include "flow/split/writer.hpp"

#include "common/hl7/header.hpp"

#include <algorithm>

namespace aorta::plugins::split {

namespace {

// What a control id and the set ids of a segment can grow by.
constexpr std::size_t kMostGrowth = 24;

constexpr std::size_t kHashDigits = 8;

// The lengths of MSH-10 before 2.7 and from it on.
constexpr std::size_t kShortControlId = 20;
constexpr std::size_t kLongControlId = 199;

std::string hash_digits(std::string_view text) {
    std::uint32_t hash = 2166136261U;  // FNV-1a
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    std::string digits(kHashDigits, '0');
    for (std::size_t i = kHashDigits; i > 0; --i) {
        digits[i - 1] = "0123456789ABCDEF"[hash & 15U];
        hash >>= 4U;
    }
    return digits;
}

bool is_delimiter(char c, const hl7::Delimiters& delimiters) {
    return c == delimiters.field || c == delimiters.component || c == delimiters.repetition ||
           c == delimiters.escape || c == delimiters.subcomponent || c == delimiters.truncation;
}

std::string_view line_end_of(hl7::LineEnd line_end) {
    switch (line_end) {
        case hl7::LineEnd::Lf:
            return "\n";
        case hl7::LineEnd::CrLf:
            return "\r\n";
        default:
            return "\r";
    }
}

}  // namespace

std::string part_control_id(std::string_view id,
                            std::size_t number,
                            std::size_t max_bytes,
                            const hl7::Delimiters& delimiters) {
    if (!hl7::Value::of(id).has_value()) {
        return std::string{id};
    }
    // A letter is never a delimiter.
    const std::string suffix = (is_delimiter('-', delimiters) ? "x" : "-") + std::to_string(number);
    if (id.size() + suffix.size() <= max_bytes) {
        return std::string{id} + suffix;
    }
    // An escape sequence is not cut in two: the id ends before it.
    const std::string_view kept =
        id.substr(0, std::min(max_bytes - suffix.size() - kHashDigits, id.find(delimiters.escape)));
    return std::string{kept} + hash_digits(id) + suffix;
}

PartWriter::PartWriter(const hl7::Message& message, const WriteConfig& config)
    : message_(message), config_(config), line_end_(line_end_of(message.line_end())) {
    if (config_.suffix_control_id) {
        control_id_ = message.field(0, 10);
    }
    const auto header = hl7::Header::parse(message.payload());
    max_control_id_ =
        header.ok() && header->is_version_at_least(2, 7) ? kLongControlId : kShortControlId;
    sizes_.reserve(message.segment_count() + 1);
    sizes_.push_back(0);
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        sizes_.push_back(sizes_.back() + message.segment(i).size() + line_end_.size());
    }
}

std::size_t PartWriter::most_bytes(const Part& part) const {
    std::uint64_t bytes = kMostGrowth;
    part.for_each_range([&](const Range& range) {
        bytes += sizes_[range.end] - sizes_[range.begin];
        if (!config_.set_ids.empty()) {
            bytes += std::uint64_t{range.end - range.begin} * kMostGrowth;
        }
    });
    return bytes;
}

void PartWriter::write(const Part& part, std::size_t number, std::string& out) const {
    std::vector<std::size_t> set_ids(config_.set_ids.size(), 0);
    part.for_each_range([&](const Range& range) {
        for (std::uint32_t segment = range.begin; segment < range.end; ++segment) {
            write_segment(segment, number, set_ids, out);
        }
    });
}

void PartWriter::write_segment(std::uint32_t segment,
                               std::size_t number,
                               std::vector<std::size_t>& set_ids,
                               std::string& out) const {
    const std::string_view whole = message_.segment(segment);
    std::string_view old;
    std::string value;
    if (segment == 0) {
        old = control_id_;
        if (old.data() != nullptr) {
            value = part_control_id(old, number, max_control_id_, message_.delimiters());
        }
    } else {
        const auto counted =
            std::find(config_.set_ids.begin(), config_.set_ids.end(), message_.name(segment));
        if (counted != config_.set_ids.end()) {
            const auto index = static_cast<std::size_t>(counted - config_.set_ids.begin());
            value = std::to_string(++set_ids[index]);
            old = message_.field(segment, 1);
        }
    }
    if (hl7::Value::of(old).has_value()) {
        const auto before = static_cast<std::size_t>(old.data() - whole.data());
        out.append(whole.substr(0, before)).append(value).append(whole.substr(before + old.size()));
    } else {
        out.append(whole);
    }
    out.append(line_end_);
}

}  // namespace aorta::plugins::split
