// The receipt: the lineage token of a source record. Every record that comes of it holds a share;
// when the last share is settled, the source learns the fate of all.
#pragma once

#include "message/buffer.hpp"

#include <aorta/result.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace aorta::message {

/// What became of a record. In rising order: the highest among the descendants is the source
/// record's.
enum class FateKind : std::uint8_t { Filtered, Delivered, DeadLettered, Failed };

std::string_view to_string(FateKind kind);

/// A fate with its reason: declared ids and a path or offset, never a value.
struct Fate {
    FateKind kind = FateKind::Failed;
    ErrorCode code = ErrorCode::Ok;
    std::string reason = {};
    std::string where = {};
    std::uint32_t node = 0;  ///< index of the node in the pipeline that decided

    static Fate delivered(std::uint32_t node) {
        return {FateKind::Delivered, ErrorCode::Ok, {}, {}, node};
    }
};

class Receipt;

/// Who is told about receipts: the source's side of delivery. [any thread]
class Settler {
public:
    Settler() = default;
    Settler(const Settler&) = delete;
    Settler& operator=(const Settler&) = delete;
    virtual ~Settler() = default;
    /// The node that the answer waits for has let the record pass. May be called more than once.
    virtual void on_after(Receipt& receipt) = 0;
    /// The shares that the sender waits for are settled: `required_fate` is stable. Called once.
    virtual void on_required_settled(Receipt& receipt) = 0;
    /// All shares are settled. Called once, last.
    virtual void on_settled(Receipt& receipt) = 0;
    /// True when the sender is told of failures and keeps the record, so that no dead letter is
    /// owed.
    virtual bool sender_keeps_failures() const = 0;

    /// The stream of the storage that numbers its records; 0 when there is none.
    virtual std::uint32_t stream() const { return 0; }

    /// True when the sender is answered with what this node's peer says.
    virtual bool wants_reply(std::uint32_t /*node*/) const { return false; }
};

/// One source record's token. Reference-counted; made with one reference and one share, which
/// belong to the Share given out by `open`.
class Receipt {
public:
    Receipt(Settler& settler, std::uint64_t source_cookie, std::uint64_t source_sequence)
        : cookie(source_cookie), sequence(source_sequence), settler_(settler) {}

    Receipt(const Receipt&) = delete;
    Receipt& operator=(const Receipt&) = delete;

    const std::uint64_t cookie;
    const std::uint64_t sequence;
    /// Set once the sender has its answer; whoever sets it gives the answer.
    std::atomic<bool> is_answered{false};
    /// The record was found invalid at or before the node that the answer waits for.
    std::atomic<bool> is_invalid{false};

    /// Two things that a promise may wait for; whoever brings the second one gives the answer.
    static constexpr std::uint8_t kIsDurable = 1;
    static constexpr std::uint8_t kMayAccept = 2;
    std::atomic<std::uint8_t> gates{0};
    /// It stands in its source's journal, or is on its way there. Set before it is shared.
    /// Taken back when the journal has lost it.
    std::atomic<bool> is_journaled{false};
    /// Of an earlier run: the source does not know it. Set before it is shared.
    bool is_replayed = false;
    /// The journal has read it back and sent it on. Set before that.
    bool is_read_back = false;
    /// It was settled in an earlier run and comes again for the state of plugins alone: nothing of
    /// it leaves the pipeline. Set before it is shared.
    bool is_past = false;
    /// Part of what came of the record lies in an outbox, which answers for it from now on.
    std::atomic<bool> is_parked{false};

    /// The highest fate of all shares that are not parked. Stable once settled.
    const Fate& fate() const { return fate_; }

    /// False when all shares were parked: `fate` says nothing then.
    bool has_fate() const { return has_fate_; }

    /// The highest fate of the shares that the sender waits for.
    const Fate& required_fate() const { return required_fate_; }

    bool sender_keeps_failures() const { return settler_.sender_keeps_failures(); }

    /// Keeps a peer's answer for the sender, if the source asks for this node's; the last one
    /// counts. Before the share whose record was answered is settled. [any thread]
    void keep_reply(std::uint32_t node, const BufferRef& answer);
    /// Empty when there is none. [any thread]
    BufferRef take_reply();

    void add_reference() { references_.fetch_add(1, std::memory_order_relaxed); }

    void drop_reference() {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

private:
    friend class Share;
    ~Receipt() = default;

    void merge(const Fate& fate, bool is_required);
    void close_required();
    void close_share();

    std::atomic<std::uint32_t> references_{1};
    std::atomic<std::uint32_t> shares_{1};
    std::atomic<std::uint32_t> required_{1};
    std::mutex mutex_;  // guards reply_, and the fates until the last share is closed
    bool has_fate_ = false;
    bool has_required_fate_ = false;
    Fate fate_;
    Fate required_fate_;
    BufferRef reply_;
    Settler& settler_;
};

/// A record's part in a receipt. Settle it, split it, or lose it: a share destroyed without a fate
/// is failed(lost). Move-only; empty shares (records without a source, in tests) do nothing.
class Share {
public:
    Share() = default;

    /// Takes over the first share of a new receipt.
    explicit Share(Receipt* receipt) : receipt_(receipt) {}

    Share(Share&& other) noexcept
        : receipt_(std::exchange(other.receipt_, nullptr)), is_required_(other.is_required_) {}

    Share& operator=(Share&& other) noexcept {
        std::swap(receipt_, other.receipt_);
        std::swap(is_required_, other.is_required_);
        return *this;
    }

    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share();

    explicit operator bool() const { return receipt_ != nullptr; }

    Receipt* receipt() const { return receipt_; }

    Share split() const;
    void settle(const Fate& fate);
    /// Settles without a fate of its own: the records emitted from it speak for it.
    void dissolve();
    /// Settles without a fate: an outbox has the record now, and answers for it.
    void park();
    /// The node that the sender's answer waits for has let the record pass.
    void passed_after() const;
    /// A node at or before the one that the answer waits for has found the record invalid.
    void mark_invalid() const;

    /// Receipt::keep_reply.
    void keep_reply(std::uint32_t node, const BufferRef& answer) const {
        if (receipt_ != nullptr) {
            receipt_->keep_reply(node, answer);
        }
    }

    /// Whose record it is; null for an empty share.
    const Settler* settler() const;
    /// The sender does not wait for this share any more.
    void make_optional();

    /// The sender waits for it.
    bool is_required() const { return receipt_ != nullptr && is_required_; }

    /// True when the sender is told if this share fails, and keeps the record then.
    bool sender_keeps_failures() const {
        return receipt_ != nullptr && is_required_ && receipt_->sender_keeps_failures();
    }

private:
    void close(const Fate* fate);

    Receipt* receipt_ = nullptr;
    bool is_required_ = true;
};

}  // namespace aorta::message
