// Messages that come twice: told by their content, answered as the first was.
#pragma once

#include "common/hash/siphash.hpp"
#include "common/hl7/header.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::plugins::mllp {

enum class OnDuplicate : std::uint8_t {
    Replay,  // is answered as the first was, or will be; the pipeline does not see it
    Reject,  // is refused
    Pass,    // goes on, marked
};

struct DuplicateRule {
    Nanoseconds window{0};
    std::size_t max = 0;  // messages remembered; the oldest are forgotten first
    OnDuplicate action = OnDuplicate::Replay;
};

/// Remembers messages that were taken or are under way. Two are the same if all their bytes but
/// MSH-7 are, since some senders stamp the time anew; MSH-10 must not be empty. What was not
/// accepted is forgotten, so that its sender may try again. One thread at a time.
class Duplicates {
public:
    /// A message, and its sender with MSH-10, as keyed hashes.
    struct Fingerprint {
        hash::Hash128 message{};
        hash::Hash128 id{};
    };

    struct Known {
        std::uint64_t first_cookie = 0;
        bool is_accepted = false;  // the first answer was good; `reply` came with it
        bool is_settled = false;   // and so was the fate
        std::string reply;
        std::vector<std::uint64_t> waiting;  // cookies of duplicates
        bool is_overdue = false;  // the first answer did not come in time: the fate decides
        bool has_second_answer = false;
        hash::Hash128 id{};
        Nanoseconds since{0};
    };

    explicit Duplicates(const DuplicateRule& rule) : rule_(rule) {}

    OnDuplicate action() const { return rule_.action; }

    /// Of a message and its header; both hashes are 0 when MSH-10 is empty: never a duplicate.
    Fingerprint fingerprint(const hl7::Header& header, std::string_view message) const;

    /// What is known of this message, or null. Valid until the next call.
    Known* find(const Fingerprint& print, Nanoseconds now);

    /// True if a sender has used this MSH-10 for a message that is remembered.
    bool is_id_known(const Fingerprint& print) const { return ids_.contains(print.id); }

    /// The message goes into the pipeline under this cookie.
    void begin(const Fingerprint& print,
               std::uint64_t cookie,
               bool has_second_answer,
               Nanoseconds now);

    /// Those that are to be told the same as the first message.
    struct Echo {
        std::vector<std::uint64_t> cookies;
        bool is_first_due = false;  // on_fate: they have had no first answer yet
    };

    Echo on_ack(std::uint64_t cookie, const Outcome& answer);
    Echo on_fate(std::uint64_t cookie, const Outcome& fate);

    std::size_t size() const { return known_.size(); }

private:
    using Map = std::unordered_map<hash::Hash128, Known, hash::HashOfHash>;

    void forget(Map::iterator entry);
    void expire(Nanoseconds now);
    bool is_under_way(const Known& known) const;

    DuplicateRule rule_;
    hash::Hash128 key_ = hash::random_key();
    Map known_;
    std::unordered_map<hash::Hash128, std::uint32_t, hash::HashOfHash>
        ids_;                                                     // remembered messages of each
    std::unordered_map<std::uint64_t, hash::Hash128> under_way_;  // by cookie
    std::deque<std::pair<Nanoseconds, hash::Hash128>> order_;     // by age; some are forgotten
    std::size_t reply_bytes_ = 0;
};

}  // namespace aorta::plugins::mllp
