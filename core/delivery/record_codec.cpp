#include "delivery/record_codec.hpp"

#include "base/byte_stream.hpp"

#include <algorithm>

namespace aorta::delivery {
namespace {

using message::Record;
using message::RecordPtr;

constexpr std::uint8_t kVersion = 1;

// The fixed part, in this order. Ids and times as in aorta_record.
struct Fixed {
    std::uint64_t key;
    std::int64_t event_time_ns;
    std::int64_t ingest_time_ns;
    std::uint64_t position;
    std::uint64_t connection;
    std::uint64_t id[2];
    std::uint64_t children;
};

Error unreadable() {
    return {ErrorCode::Corrupt, "the head of a stored record cannot be read"};
}

}  // namespace

std::string RecordCodec::encode(const Record& record) const {
    base::ByteWriter out;
    out.number(kVersion);
    out.number(Fixed{record.key,
                     record.event_time_ns,
                     record.ingest_time_ns,
                     record.position,
                     record.connection,
                     {record.id[0], record.id[1]},
                     record.children});
    out.text(names_.name(record.content_type));
    out.number(static_cast<std::uint32_t>(record.attributes().size()));
    for (const auto& [name, value] : record.attributes()) {
        out.text(names_.name(name));
        out.text(value);
    }
    out.number(static_cast<std::uint8_t>(record.rejection ? 1 : 0));
    if (record.rejection) {
        out.number(static_cast<std::uint32_t>(record.rejection->code));
        out.text(record.rejection->reason);
        out.text(record.rejection->where);
        out.text(nodes_[record.rejection->node]);
    }
    return out.take();
}

Result<RecordPtr> RecordCodec::decode(std::string_view head, std::string_view payload) const {
    base::ByteReader in{head};
    if (in.number<std::uint8_t>() != kVersion) {
        return unreadable();
    }
    auto record = std::make_unique<Record>(&budget_);
    const auto fixed = in.number<Fixed>();
    record->key = fixed.key;
    record->event_time_ns = fixed.event_time_ns;
    record->ingest_time_ns = fixed.ingest_time_ns;
    record->position = fixed.position;
    record->connection = fixed.connection;
    record->id[0] = fixed.id[0];
    record->id[1] = fixed.id[1];
    record->children = fixed.children;
    const std::string_view content_type = in.text();
    record->content_type = content_type.empty() ? 0 : names_.intern(content_type);
    const auto attributes = in.number<std::uint32_t>();
    for (std::uint32_t i = 0; i < attributes && in.is_good(); ++i) {
        const std::string_view name = in.text();
        record->set_attribute(names_.intern(name), in.text());
    }
    if (in.number<std::uint8_t>() != 0) {
        auto why = std::make_unique<message::Rejection>();
        const auto code = in.number<std::uint32_t>();
        if (code > static_cast<std::uint32_t>(ErrorCode::Internal)) {
            return unreadable();
        }
        why->code = static_cast<ErrorCode>(code);
        why->reason = in.text();
        why->where = in.text();
        why->node = node_index(in.text());
        record->rejection = std::move(why);
    }
    if (!in.is_good() || !in.is_at_end()) {
        return unreadable();
    }
    record->set_payload(message::BufferRef{message::copy_of(payload, budget_)});
    return record;
}

std::uint64_t RecordCodec::cost(std::string_view head, std::string_view payload) {
    return sizeof(Record) + head.size() + message::block_bytes(payload.size());
}

std::uint32_t RecordCodec::node_index(std::string_view name) const {
    const auto found = std::find(nodes_.begin(), nodes_.end(), name);
    return found == nodes_.end() ? 0 : static_cast<std::uint32_t>(found - nodes_.begin());
}

}  // namespace aorta::delivery
