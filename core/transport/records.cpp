#include "transport/records.hpp"

#include "transport/frame.hpp"

#include <algorithm>

namespace aorta::transport {
namespace {

using message::Record;

enum Flag : std::uint64_t {
    kRequired = 1,
    kKeepsFailures = 2,
    kReply = 4,
    kRejection = 8,
    kView = 16,
    kAttributes = 32,
    kSameKey = 64,
    kContentType = 128,
    kAllFlags = 255,
};

constexpr std::uint64_t kUsualRecord = 1'024;  // bytes

std::uint64_t flags_of(const Record& record, const Lineage& lineage, bool has_same_key) {
    const auto flag = [](bool is_set, Flag value) { return is_set ? std::uint64_t{value} : 0; };
    return flag(lineage.is_required, kRequired) | flag(lineage.keeps_failures, kKeepsFailures) |
           flag(lineage.reply_from.has_value(), kReply) |
           flag(record.rejection != nullptr, kRejection) | flag(record.view != nullptr, kView) |
           flag(!record.attributes().empty(), kAttributes) | flag(has_same_key, kSameKey) |
           flag(record.content_type != 0, kContentType);
}

std::uint64_t bits(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

std::string_view cut(std::string_view text) {
    return text.substr(0, kMaxReason);
}

void write(WireWriter& out, const message::Rejection& why) {
    out.varint(static_cast<std::uint64_t>(why.code));
    out.text(cut(why.reason));
    out.text(cut(why.where));
    out.varint(why.node);
}

message::Rejection read_rejection(WireReader& in) {
    message::Rejection why;
    why.code = static_cast<ErrorCode>(in.varint(static_cast<std::uint64_t>(ErrorCode::Internal)));
    why.reason = in.text(kMaxReason);
    why.where = in.text(kMaxReason);
    why.node = static_cast<std::uint32_t>(in.varint(UINT32_MAX));
    if (why.code == ErrorCode::Ok) {
        in.fail();
    }
    return why;
}

/// Reads records behind one another.
class BodyReader {
public:
    BodyReader(std::string_view body, std::uint64_t previous, std::uint64_t max_record)
        : in_(body), max_record_(max_record), before_{.sequence = previous} {}

    Result<std::vector<WireRecord>> read() {
        std::vector<WireRecord> records;
        records.reserve(std::min(in_.rest().size() / kUsualRecord + 1, kMaxRecords));
        while (!in_.rest().empty() && records.size() < kMaxRecords) {
            read(records.emplace_back());
        }
        if (records.empty() || !in_.is_at_end()) {
            return Error{ErrorCode::Corrupt, "the records of a data frame cannot be read"};
        }
        return records;
    }

private:
    /// One that was used before, or the next new one.
    std::string_view name() {
        const std::uint64_t index = in_.varint(names_.size());
        if (in_.is_good() && index == names_.size() && index < kMaxNames) {
            names_.push_back(in_.text(kMaxName, 1));
        }
        if (!in_.is_good() || index >= names_.size()) {
            in_.fail();
            return {};
        }
        return names_[index];
    }

    void read(WireRecord& record) {
        const std::size_t left = in_.rest().size();
        const std::uint64_t flags = in_.varint(kAllFlags);
        const std::uint64_t step = in_.varint();
        record.sequence = before_.sequence + step;
        record.edge = static_cast<std::uint32_t>(in_.varint(kMaxEdge));
        record.content_type = (flags & kContentType) != 0 ? name() : std::string_view{};
        record.id = {in_.fixed(), in_.fixed()};
        record.key = (flags & kSameKey) != 0 ? before_.key : in_.fixed();
        record.event_time_ns = time(before_.event_time_ns);
        record.ingest_time_ns = time(before_.ingest_time_ns);
        record.position = in_.difference(before_.position);
        record.connection = in_.difference(before_.connection);
        record.children = in_.varint();
        optional_parts(record, flags);
        record.payload = in_.bytes(in_.varint());
        record.bytes = left - in_.rest().size();
        if (step == 0 || record.sequence < step || record.bytes > max_record_) {
            in_.fail();
        }
        before_ = {record.sequence,
                   record.key,
                   record.event_time_ns,
                   record.ingest_time_ns,
                   record.position,
                   record.connection};
    }

    std::int64_t time(std::int64_t before) {
        return static_cast<std::int64_t>(in_.difference(bits(before)));
    }

    void optional_parts(WireRecord& record, std::uint64_t flags) {
        record.lineage.is_required = (flags & kRequired) != 0;
        record.lineage.keeps_failures = (flags & kKeepsFailures) != 0;
        if ((flags & kReply) != 0) {
            record.lineage.reply_from = static_cast<std::uint32_t>(in_.varint(UINT32_MAX));
        }
        if ((flags & kRejection) != 0) {
            record.rejection = std::make_unique<message::Rejection>(read_rejection(in_));
        }
        if ((flags & kView) != 0) {
            record.view_type = name();
            record.view = in_.bytes(in_.varint());
        }
        if ((flags & kAttributes) != 0) {
            const std::uint64_t count = in_.varint(kMaxAttributes);
            for (std::uint64_t i = 0; i < count && in_.is_good(); ++i) {
                const std::string_view attribute = name();
                record.attributes.emplace_back(attribute, in_.bytes(in_.varint()));
            }
            if (count == 0) {
                in_.fail();
            }
        }
    }

    WireReader in_;
    std::uint64_t max_record_;
    std::vector<std::string_view> names_;
    RecordBefore before_;
};

}  // namespace

bool BodyWriter::has_room_for(const Record& record) const {
    return count_ < kMaxRecords && record.attributes().size() <= kMaxAttributes &&
           indexes_.size() + record.attributes().size() + 2 <= kMaxNames;
}

void BodyWriter::write_name(std::uint32_t name) {
    const auto [found, is_new] = indexes_.try_emplace(name, indexes_.size());
    records_.varint(found->second);
    if (is_new) {
        records_.text(names_.name(name));
    }
}

std::optional<std::uint64_t> BodyWriter::add(const Record& record,
                                             std::uint64_t sequence,
                                             std::uint32_t edge,
                                             const Lineage& lineage) {
    if (!has_room_for(record)) {
        return {};
    }
    WireWriter& out = records_;
    const std::size_t before = out.size();
    const bool has_same_key = record.key == before_.key;
    out.varint(flags_of(record, lineage, has_same_key));
    out.varint(sequence - before_.sequence);
    out.varint(edge);
    if (record.content_type != 0) {
        write_name(record.content_type);
    }
    out.fixed(record.id[0]);
    out.fixed(record.id[1]);
    if (!has_same_key) {
        out.fixed(record.key);
    }
    out.difference(bits(record.event_time_ns), bits(before_.event_time_ns));
    out.difference(bits(record.ingest_time_ns), bits(before_.ingest_time_ns));
    out.difference(record.position, before_.position);
    out.difference(record.connection, before_.connection);
    out.varint(record.children);
    if (lineage.reply_from) {
        out.varint(*lineage.reply_from);
    }
    if (record.rejection) {
        write(out, *record.rejection);
    }
    if (record.view != nullptr) {
        write_name(record.view->type);
        out.text({static_cast<const char*>(record.view->data), record.view->length});
    }
    if (!record.attributes().empty()) {
        out.varint(record.attributes().size());
        for (const auto& [name, value] : record.attributes()) {
            write_name(name);
            out.text(value);
        }
    }
    out.text(record.bytes());
    before_ = {sequence,
               record.key,
               record.event_time_ns,
               record.ingest_time_ns,
               record.position,
               record.connection};
    ++count_;
    return out.size() - before;
}

Result<std::vector<WireRecord>> read_body(std::string_view body,
                                          std::uint64_t previous,
                                          std::uint64_t max_record) {
    return BodyReader{body, previous, max_record}.read();
}

void fill(Record& record,
          const WireRecord& wire,
          message::Interner& names,
          message::Budget& budget) {
    record.id[0] = wire.id[0];
    record.id[1] = wire.id[1];
    record.key = wire.key;
    record.event_time_ns = wire.event_time_ns;
    record.ingest_time_ns = wire.ingest_time_ns;
    record.position = wire.position;
    record.connection = wire.connection;
    record.children = wire.children;
    record.content_type = wire.content_type.empty() ? 0 : names.intern(wire.content_type);
    for (const auto& [name, value] : wire.attributes) {
        record.set_attribute(names.intern(name), value);
    }
    if (wire.rejection) {
        record.rejection = std::make_unique<message::Rejection>(*wire.rejection);
    }
    record.set_payload(message::BufferRef{message::copy_of(wire.payload, budget)});
}

message::RecordPtr make_record(const WireRecord& wire,
                               message::Interner& names,
                               message::Budget& budget) {
    auto record = std::make_unique<Record>(&budget);
    fill(*record, wire, names, budget);
    return record;
}

std::uint64_t cost(const WireRecord& wire) {
    return sizeof(Record) + (wire.bytes - wire.payload.size()) +
           message::block_bytes(wire.payload.size());
}

}  // namespace aorta::transport
