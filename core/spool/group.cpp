#include "spool/group.hpp"

namespace aorta::spool {
namespace {

std::uint64_t bytes_of(const Entry& entry) {
    const std::uint64_t payload = entry.payload ? entry.payload.get()->length : 0;
    return item_bytes(sizeof(std::uint32_t) + entry.head.size() + payload +
                      base::Sealer::kTagBytes);
}

std::string_view payload_of(const Entry& entry) {
    return entry.payload ? message::bytes_of(*entry.payload.get()) : std::string_view{};
}

}  // namespace

std::uint64_t bytes_of(std::span<const Entry> entries) {
    std::uint64_t bytes = 0;
    for (const Entry& entry : entries) {
        bytes += bytes_of(entry);
    }
    return bytes;
}

void Group::take(std::span<Entry> from, std::uint64_t most_bytes) {
    std::size_t count = 0;
    while (count < from.size() && (count == 0 || entry_bytes < most_bytes)) {
        entry_bytes += bytes_of(from[count++]);
    }
    entries = from.first(count);
}

std::uint64_t Group::bytes() const {
    std::uint64_t bytes = entry_bytes;
    for (const Part& part : before) {
        bytes += item_bytes(part.body.size());
    }
    for (const Part& part : behind) {
        bytes += item_bytes(part.body.size());
    }
    return bytes;
}

void Group::put_into(ItemBuffer& out) {
    for (const Part& part : before) {
        out.add(part.header, {part.body});
    }
    placed.clear();
    for (const Entry& entry : entries) {
        const std::uint64_t position =
            out.add({.kind = ItemKind::Entry,
                     .stream = entry.stream,
                     .sequence = entry.sequence,
                     .root = entry.root},
                    {head_prefix(entry.head.size()), entry.head, payload_of(entry)});
        placed.push_back({entry.stream, entry.sequence, position});
    }
    for (const Part& part : behind) {
        out.add(part.header, {part.body});
    }
}

std::vector<Part> encode_streams_and_facts(const Work& work) {
    std::vector<Part> parts;
    for (const StreamState& stream : work.streams) {
        parts.push_back({{.kind = ItemKind::Stream}, encode(stream)});
    }
    for (const auto& [name, value] : work.facts) {
        parts.push_back({{.kind = ItemKind::Fact}, encode_fact(name, value)});
    }
    return parts;
}

std::vector<Part> encode_notes(Notes& notes, std::uint8_t flags) {
    std::vector<Part> parts;
    for (const auto& [stream, ranges] : notes.trying) {
        parts.push_back({{.kind = ItemKind::Trying, .stream = stream}, encode(ranges)});
    }
    if (!notes.released.empty()) {
        sort_and_join(notes.released);
        parts.push_back({{.kind = ItemKind::Released, .flags = flags}, encode(notes.released)});
    }
    if (!notes.over.empty()) {
        sort_and_join(notes.over);
        parts.push_back({{.kind = ItemKind::Over, .flags = flags}, encode(notes.over)});
    }
    return parts;
}

}  // namespace aorta::spool
