// Records as bytes, for the storage: what a record carries but its payload, its view and its
// receipt.
#pragma once

#include "message/interner.hpp"
#include "message/record.hpp"

#include <aorta/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::delivery {

/// The head of a stored entry. Names go as text, since their numbers are good for one process only.
/// [any thread]
class RecordCodec {
public:
    /// `nodes`: their names by index. Everything outlives the codec.
    RecordCodec(message::Interner& names,
                message::Budget& budget,
                const std::vector<std::string>& nodes)
        : names_(names), budget_(budget), nodes_(nodes) {}

    std::string encode(const message::Record& record) const;
    /// A record with this payload, charged to the budget (which may be overdrawn), without a share.
    /// Corrupt when the head cannot be read.
    Result<message::RecordPtr> decode(std::string_view head, std::string_view payload) const;
    /// Bytes that `decode` will charge, about.
    static std::uint64_t cost(std::string_view head, std::string_view payload);

private:
    std::uint32_t node_index(std::string_view name) const;

    message::Interner& names_;
    message::Budget& budget_;
    const std::vector<std::string>& nodes_;
};

}  // namespace aorta::delivery
