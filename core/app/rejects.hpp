// What became of the records of `aorta pipe` that were not delivered, and what others are warned
// of.
#pragma once

#include "config/descriptor.hpp"
#include "config/value.hpp"
#include "delivery/dead_letters.hpp"
#include "message/record.hpp"
#include "pipeline/spec.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace aorta::app {

/// [any thread; mutex_ guards all]
class Rejects {
public:
    /// `findings` is the interned name of the attribute in which plugins say what they found: a
    /// list of maps with path, reason, severity and text, as JSON.
    Rejects(const pipeline::PipelineSpec& spec, std::uint32_t findings);
    Rejects(const Rejects&) = delete;
    Rejects& operator=(const Rejects&) = delete;
    ~Rejects();

    /// Writes a line of JSON for each record from now on. False (errno) when it cannot be made.
    bool open(const std::string& file);

    /// A record on its way: what was found is kept until `note` tells the fate.
    void look(const message::Record& record);
    void note(std::uint64_t sequence, const message::Fate& fate);

    /// Records that are in no sink although nobody filtered them.
    std::uint64_t rejected() const;
    /// The findings of the first records, then a table of reasons, with the first records of each
    /// and what the reason means.
    /// Empty when there are none.
    std::string text() const;
    /// The findings of the first records that were delivered all the same, and how many more there
    /// are.
    std::string warnings() const;
    /// True when a line could not be written.
    bool has_failed() const;

private:
    struct Group {
        std::uint64_t count = 0;
        std::vector<std::uint64_t> first;  // their numbers, from 1
    };

    using Key = std::tuple<message::FateKind, std::uint32_t, std::string, std::string>;

    /// What a plugin's descriptor says of a reason; empty for one of the engine's.
    std::string_view meaning(std::uint32_t node, std::string_view reason) const;
    void write_line(std::uint64_t number, const message::Fate& fate, const config::Value* findings);
    std::string take_findings(std::uint64_t sequence);

    struct Node {
        std::string name;
        std::vector<config::Reason> reasons;
    };

    std::vector<Node> nodes_;
    const std::uint32_t findings_id_;
    mutable std::mutex mutex_;
    std::map<Key, Group> groups_;
    std::map<std::uint64_t, std::string> findings_;  // by sequence, until the fate is known
    std::string explained_;
    std::uint64_t explained_count_ = 0;
    std::string warned_;
    std::uint64_t warned_count_ = 0;
    std::uint64_t rejected_ = 0;
    int file_ = -1;
    bool has_failed_ = false;
};

/// Dead letters that are only counted and explained: they are settled at once.
class CountedDeadLetters final : public delivery::DeadLetters {
public:
    explicit CountedDeadLetters(Rejects& rejects) : rejects_(rejects) {}

    void store(delivery::Letter letter) override;

    std::string trouble() const override { return {}; }

private:
    Rejects& rejects_;
};

}  // namespace aorta::app
