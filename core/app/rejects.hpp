// What became of the records of `aorta pipe` that were not delivered.
#pragma once

#include "delivery/dead_letters.hpp"
#include "message/receipt.hpp"
#include "pipeline/spec.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace aorta::app {

/// Dead letters that are only counted: they are settled at once.
class CountedDeadLetters final : public delivery::DeadLetters {
public:
    void store(delivery::Letter letter) override { letter.record->settle(letter.fate()); }

    std::string trouble() const override { return {}; }
};

/// [any thread; mutex_ guards all]
class Rejects {
public:
    explicit Rejects(const pipeline::PipelineSpec& spec);
    Rejects(const Rejects&) = delete;
    Rejects& operator=(const Rejects&) = delete;
    ~Rejects();

    /// Writes a line of JSON for each record from now on. False (errno) when it cannot be made.
    bool open(const std::string& file);

    void note(std::uint64_t sequence, const message::Fate& fate);

    /// Records that are in no sink although nobody filtered them.
    std::uint64_t rejected() const;
    /// A table of reasons, with the first records of each. Empty when there are none.
    std::string text() const;
    /// True when a line could not be written.
    bool has_failed() const;

private:
    struct Group {
        std::uint64_t count = 0;
        std::vector<std::uint64_t> first;  // their numbers, from 1
    };

    using Key = std::tuple<message::FateKind, std::uint32_t, std::string, std::string>;

    void write_line(std::uint64_t number, const message::Fate& fate);

    std::vector<std::string> nodes_;
    mutable std::mutex mutex_;
    std::map<Key, Group> groups_;
    std::uint64_t rejected_ = 0;
    int file_ = -1;
    bool has_failed_ = false;
};

}  // namespace aorta::app
