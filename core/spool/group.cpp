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

std::uint64_t Group::bytes() const {
    std::uint64_t bytes = bytes_of(entries);
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

std::vector<Part> encode_notes(Work& work) {
    std::vector<Part> parts;
    for (const auto& [stream, ranges] : work.trying) {
        parts.push_back({{.kind = ItemKind::Trying, .stream = stream}, encode(ranges)});
    }
    if (!work.released.empty()) {
        sort_and_join(work.released);
        parts.push_back({{.kind = ItemKind::Released}, encode(work.released)});
    }
    if (!work.over.empty()) {
        sort_and_join(work.over);
        parts.push_back({{.kind = ItemKind::Over}, encode(work.over)});
    }
    return parts;
}

std::span<Entry> entries_of_group(std::vector<Entry>& entries,
                                  std::size_t first,
                                  std::uint64_t bytes) {
    std::uint64_t taken = 0;
    std::size_t last = first;
    while (last < entries.size() && (last == first || taken < bytes)) {
        taken += bytes_of(entries[last++]);
    }
    return std::span{entries}.subspan(first, last - first);
}

}  // namespace aorta::spool
