#include "spool/tests/proof/model.hpp"

#include <algorithm>

namespace aorta::spool::proof {
namespace {

std::string text(Name name) {
    return (is_journal(name.stream) ? "journal " : "outbox ") + std::to_string(name.stream) +
           " entry " + std::to_string(name.sequence);
}

}  // namespace

void Register::check(const std::string& value, const std::string& what) {
    for (std::size_t i = durable_; i < values_.size(); ++i) {
        if (values_[i] == value) {
            values_ = {value};
            durable_ = 0;
            unsure_end_ = 0;
            return;
        }
    }
    throw Violation{what +
                    ": what came back is older than what was durable, or nothing that was set"};
}

void Model::append(Name name, Entry entry) {
    Stream& stream = streams_.at(name.stream);
    if (entry.root) {
        roots_[*entry.root].outstanding.insert(name);
    }
    stream.entries.insert_or_assign(name.sequence, std::move(entry));
    stream.next = name.sequence + 1;
}

void Model::promise(std::size_t stream, std::uint64_t end) {
    Stream& at = streams_.at(stream);
    if (end < at.promised_end) {
        throw Violation{"on_durable went back"};
    }
    if (end > at.next) {
        throw Violation{"on_durable names entries that were never appended"};
    }
    for (auto one = at.entries.lower_bound(at.promised_end);
         one != at.entries.end() && one->first < end;
         ++one) {
        one->second.is_promised = true;
    }
    at.promised_end = end;
}

void Model::promise_all() {
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
        promise(stream, std::max(streams_.at(stream).next, streams_.at(stream).promised_end));
        for (auto& [sequence, entry] : streams_.at(stream).entries) {
            if (entry.done == Done::Asked) {
                entry.done = Done::Durably;
            }
        }
    }
    fact.durable(fact.newest());
    for (Register& one : snapshots) {
        one.durable(one.newest());
    }
}

Model::Expected Model::settle(Name root) {
    const auto found = roots_.find(root);
    if (found == roots_.end()) {
        return {.is_sure = false};
    }
    const RootState state = found->second;
    if (!state.is_closed || !state.outstanding.empty()) {
        return {.is_sure = state.is_sure};
    }
    roots_.erase(found);
    return {.is_sure = state.is_sure,
            .over = root,
            .fate = state.is_fate_sure ? state.fate : std::nullopt};
}

Model::Expected Model::close(Name root, std::optional<FateKind> fate) {
    streams_.at(root.stream).entries.at(root.sequence).done = Done::Asked;
    RootState& state = roots_[root];
    state.is_closed = true;
    state.fate = std::max(state.fate, fate);
    return settle(root);
}

Model::Expected Model::finish(Name outbox, FateKind fate) {
    Entry& entry = streams_.at(outbox.stream).entries.at(outbox.sequence);
    entry.done = Done::Asked;
    if (!entry.root) {
        return {.is_sure = false};  // its root is said to be none
    }
    const auto found = roots_.find(*entry.root);
    if (found == roots_.end()) {
        return {.is_sure = false};
    }
    found->second.outstanding.erase(outbox);
    found->second.fate = std::max(found->second.fate, std::optional{fate});
    return settle(*entry.root);
}

void Model::tried(std::size_t stream, const std::vector<std::uint64_t>& sequences) {
    for (const std::uint64_t sequence : sequences) {
        streams_.at(stream).entries.at(sequence).was_tried = true;
    }
}

void Model::check_entry(Name name, const StoredEntry& found) const {
    const auto& entries = streams_.at(name.stream).entries;
    const auto known = entries.find(name.sequence);
    if (known == entries.end()) {
        throw Violation{"phantom: " + text(name)};
    }
    if (known->second.done == Done::Durably) {
        throw Violation{"came back though it was over durably: " + text(name)};
    }
    if (found.head() != known->second.head || found.payload() != known->second.payload) {
        throw Violation{"corrupt: " + text(name)};
    }
    if (known->second.root && found.root.sequence != known->second.root->sequence) {
        throw Violation{"another root: " + text(name)};
    }
    if (found.attempts != 0 && !known->second.was_tried) {
        throw Violation{"never tried, but it says so: " + text(name)};
    }
}

void Model::check_read(std::size_t stream,
                       std::uint64_t from,
                       const std::vector<StoredEntry>& found,
                       bool is_start) {
    Stream& at = streams_.at(stream);
    std::set<std::uint64_t> seen;
    for (const StoredEntry& one : found) {
        if (one.sequence < from || (!seen.empty() && one.sequence <= *seen.rbegin())) {
            throw Violation{"out of order: " + text({stream, one.sequence})};
        }
        seen.insert(one.sequence);
        check_entry({stream, one.sequence}, one);
    }
    for (auto one = at.entries.lower_bound(from); one != at.entries.end();) {
        const bool is_back = seen.contains(one->first);
        Entry& entry = one->second;
        if (entry.is_promised && entry.done == Done::No && !is_back) {
            throw Violation{"lost: " + text({stream, one->first})};
        }
        if (!is_start) {
            if (is_back && entry.done != Done::No) {
                throw Violation{"read though it is done: " + text({stream, one->first})};
            }
        } else if (is_back) {
            entry.is_promised = true;
            entry.done = Done::No;
        } else if (entry.done == Done::No) {
            one = at.entries.erase(one);  // it was not promised
            continue;
        } else {
            entry.done = Done::Durably;
        }
        ++one;
    }
    if (!seen.empty()) {
        at.promised_end = std::max(at.promised_end, *seen.rbegin() + 1);
    }
}

void Model::opened(std::size_t stream, std::uint64_t next) {
    Stream& at = streams_.at(stream);
    if (next < at.promised_end) {
        throw Violation{"a sequence that was promised would be used again in stream " +
                        std::to_string(stream) + ": " + std::to_string(next)};
    }
    at.entries.erase(at.entries.lower_bound(next), at.entries.end());
    at.next = next;
    at.promised_end = next;
}

void Model::check_missing(Name name) const {
    const auto& entries = streams_.at(name.stream).entries;
    const auto known = entries.find(name.sequence);
    if (known != entries.end() && known->second.is_promised) {
        throw Violation{known->second.done == Done::No
                            ? "reported as missing, and it was promised: " + text(name)
                            : "reported as missing, and it was over: " + text(name)};
    }
}

void Model::crash() {
    const auto is_safe = [this](Name name) {
        const auto& entries = streams_.at(name.stream).entries;
        const auto known = entries.find(name.sequence);
        return known != entries.end() && known->second.is_promised &&
               (known->second.done == Done::No || known->second.done == Done::Durably);
    };
    for (auto& [root, state] : roots_) {
        state.is_sure = state.is_sure && is_safe(root) &&
                        std::all_of(state.outstanding.begin(), state.outstanding.end(), is_safe);
    }
    fact.crash();
    for (Register& one : snapshots) {
        one.crash();
    }
    for (Stream& stream : streams_) {
        for (auto& [sequence, entry] : stream.entries) {
            if (entry.done != Done::Asked) {
                continue;
            }
            entry.done = Done::Unsure;
            if (entry.root) {
                roots_[*entry.root].is_sure = false;
            }
        }
    }
}

void Model::rebuild_roots() {
    std::map<Name, RootState> before;
    before.swap(roots_);
    const auto revive = [&](Name root) -> RootState& {
        const auto [at, is_new] = roots_.try_emplace(root);
        if (is_new) {
            const auto known = before.find(root);
            at->second.is_sure = known != before.end() && known->second.is_sure;
            at->second.fate = known == before.end() ? std::nullopt : known->second.fate;
            const auto& entries = streams_.at(root.stream).entries;
            const auto entry = entries.find(root.sequence);
            at->second.is_closed = entry == entries.end() || entry->second.done != Done::No;
            at->second.is_fate_sure =
                at->second.is_closed && known != before.end() && known->second.is_fate_sure;
        }
        return at->second;
    };
    for (std::size_t stream = kJournals; stream < kStreams; ++stream) {
        for (const auto& [sequence, entry] : streams_.at(stream).entries) {
            if (entry.root && entry.done == Done::No) {
                revive(*entry.root).outstanding.insert({stream, sequence});
            }
        }
    }
    for (std::size_t stream = 0; stream < kJournals; ++stream) {
        for (const Name& name : open(stream)) {
            revive(name);
        }
    }
}

std::vector<Name> Model::open(std::size_t stream) const {
    std::vector<Name> found;
    for (const auto& [sequence, entry] : streams_.at(stream).entries) {
        if (entry.done == Done::No) {
            found.push_back({stream, sequence});
        }
    }
    return found;
}

}  // namespace aorta::spool::proof
