// The body of a data frame: records with their names, as bytes and back (docs/formats/link.md).
// Not delivery's RecordCodec: that one writes an entry that stands alone; here records lean on the
// one before, which is most of a small record's size on a thin line.
#pragma once

#include "message/interner.hpp"
#include "message/record.hpp"
#include "transport/wire.hpp"

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::transport {

constexpr std::uint64_t kMaxNames = 1'024;
constexpr std::uint64_t kMaxName = 255;  // bytes of one
constexpr std::uint64_t kMaxRecords = 1'024;
constexpr std::uint64_t kMaxAttributes = 256;
constexpr std::uint64_t kMaxEdge = 65'535;

/// What a record's receipt means to the other side.
struct Lineage {
    bool is_required = false;     ///< its source waits for it
    bool keeps_failures = false;  ///< its source is told of failures: no dead letter is owed
    std::optional<std::uint32_t> reply_from = {};  ///< node whose peer's answer the source wants

    bool operator==(const Lineage&) const = default;
};

/// A record as it came. Views are of the body.
struct WireRecord {
    std::uint64_t sequence = 0;
    std::uint32_t edge = 0;
    Lineage lineage = {};
    std::array<std::uint64_t, 2> id = {};
    std::uint64_t key = 0;
    std::int64_t event_time_ns = 0;
    std::int64_t ingest_time_ns = 0;
    std::uint64_t position = 0;
    std::uint64_t connection = 0;
    std::uint64_t children = 0;
    std::string_view content_type = {};
    std::vector<std::pair<std::string_view, std::string_view>> attributes = {};
    std::unique_ptr<message::Rejection> rejection = {};
    std::string_view view_type = {};  ///< empty: no view
    std::string_view view = {};
    std::string_view payload = {};
    std::uint64_t bytes = 0;  ///< that it takes in the body: what credit counts
};

/// What a record leans on: the one before it.
struct RecordBefore {
    std::uint64_t sequence = 0;
    std::uint64_t key = 0;
    std::int64_t event_time_ns = 0;
    std::int64_t ingest_time_ns = 0;
    std::uint64_t position = 0;
    std::uint64_t connection = 0;
};

/// Builds one body. Discard it after `take`.
class BodyWriter {
public:
    /// `previous`: the sequence that the first one follows. The body is written behind `head`.
    /// `names` outlives the writer.
    BodyWriter(const message::Interner& names, std::uint64_t previous, std::string head = {})
        : names_(names),
          head_size_(head.size()),
          records_(std::move(head)),
          before_{.sequence = previous} {}

    /// The bytes that it took. Nothing, and nothing changed, when the body has no room for it.
    std::optional<std::uint64_t> add(const message::Record& record,
                                     std::uint64_t sequence,
                                     std::uint32_t edge,
                                     const Lineage& lineage);

    std::uint64_t count() const { return count_; }

    /// Of the body.
    std::size_t size() const { return records_.size() - head_size_; }

    /// Head and body.
    std::string take() { return records_.take(); }

private:
    void write_name(std::uint32_t name);
    bool has_room_for(const message::Record& record) const;

    const message::Interner& names_;
    const std::size_t head_size_;
    std::map<std::uint32_t, std::uint64_t> indexes_;
    WireWriter records_;
    std::uint64_t count_ = 0;
    RecordBefore before_;
};

/// Corrupt when a bound or the order is broken. `previous` as for BodyWriter. A record larger than
/// `max_record` is refused.
Result<std::vector<WireRecord>> read_body(std::string_view body,
                                          std::uint64_t previous,
                                          std::uint64_t max_record);

/// Gives a new record what came, but its view. `record` and `budget` as in make_record.
void fill(message::Record& record,
          const WireRecord& wire,
          message::Interner& names,
          message::Budget& budget);
/// A record of its own, charged to the budget (which may be overdrawn), without share and view.
message::RecordPtr make_record(const WireRecord& wire,
                               message::Interner& names,
                               message::Budget& budget);
/// Bytes that make_record charges, about.
std::uint64_t cost(const WireRecord& wire);

}  // namespace aorta::transport
