// A record on its way: the ABI's header, what it owns, and its share in the source record's
// receipt.
#pragma once

#include "message/buffer.hpp"
#include "message/receipt.hpp"

#include <aorta/abi.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::message {

/// Why a record left by a `rejected` port. Sticky: even if a sink stores it, its fate is
/// dead-lettered.
struct Rejection {
    ErrorCode code = ErrorCode::InvalidData;
    std::string reason;
    std::string where;
    std::uint32_t node = 0;
};

using Attributes = std::vector<std::pair<std::uint32_t, std::string>>;

/// Owned by one place at a time (a batch, a stage that holds it, a sink that delivers it). The
/// header's pointers follow `payload` and `view_block`. Charged to the budget for itself and its
/// attributes.
class Record : public aorta_record {
public:
    explicit Record(Budget* budget);
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;
    ~Record();

    static Record* from_abi(aorta_record* record) { return static_cast<Record*>(record); }

    static const Record* from_abi(const aorta_record* record) {
        return static_cast<const Record*>(record);
    }

    void set_payload(BufferRef payload);
    /// The same payload and parsed view as another record.
    void share_payload(const Record& other);
    void set_view(ViewRef view);

    const BufferRef& payload() const { return payload_; }

    std::string_view bytes() const { return {reinterpret_cast<const char*>(data), length}; }

    const Attributes& attributes() const;
    /// Empty with null data when absent.
    std::string_view attribute(std::uint32_t name) const;
    void set_attribute(std::uint32_t name, std::string_view value);

    /// A new record with the same header, payload, view, attributes and rejection, and a split of
    /// every share. Ids are the caller's business.
    std::unique_ptr<Record> copy() const;

    /// Settles every share with this fate, or dead-lettered if the record had been rejected.
    void settle(const Fate& fate);
    /// Keeps a peer's answer in every receipt whose source asks for this node's.
    void keep_reply(std::uint32_t node, const BufferRef& answer);
    /// Ends the record's own part: its children carry the receipts on.
    void dissolve();
    /// True when all whose record this is keep it if it fails: no dead letter is owed.
    bool senders_keep_failures() const;

    Share share;
    std::vector<Share> more_shares;  ///< of further parents
    std::unique_ptr<Rejection> rejection;
    std::uint64_t children = 0;  ///< emitted so far, for child ids
    std::uint32_t attempts = 0;  ///< failed ones that count, at its sink; a copy begins anew

private:
    void charge(std::uint64_t bytes);

    BufferRef payload_;
    ViewRef view_;
    std::unique_ptr<Attributes> attributes_;
    Budget* budget_;
    std::uint64_t charged_ = 0;
};

using RecordPtr = std::unique_ptr<Record>;
using Batch = std::vector<RecordPtr>;

}  // namespace aorta::message
