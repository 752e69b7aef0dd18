// What a plugin did in its own process, done in the worker.
#pragma once

#include "isolation/answer.hpp"

#include <aorta/abi.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::isolation {

/// A record that the plugin's process was given.
struct Item {
    aorta_record* record = nullptr;  ///< null: absorbed, or given back
    /// In the batch of the call; none: the engine holds it already.
    std::optional<std::uint32_t> index = {};
    std::uint64_t absorbed_as = 0;  ///< its number then
};

/// Does over the ABI what the plugin would have done there, with one instance's host. Numbers that
/// refer to nothing, and names that are none, are left out. As the instance: one thread at a time.
class Deeds {
public:
    explicit Deeds(const aorta_host* host) : host_(host) {}

    Deeds(const Deeds&) = delete;
    Deeds& operator=(const Deeds&) = delete;

    /// `items`: the batch as the process knows it. `maybe_verdicts`, `maybe_out`: of the call.
    void apply(std::span<const Act> acts,
               std::span<Item> items,
               std::uint8_t* maybe_verdicts,
               const aorta_out* maybe_out);

    /// Its process is gone: what it held, in the order in which it took it.
    std::vector<aorta_record*> take_held();

private:
    struct Call {
        std::span<Item> items;
        std::uint8_t* verdicts;
        const aorta_out* out;
        Act said = {};  // of an item without an index, which comes alone
    };

    void apply(const Act& act, Call& call);
    void apply_to(aorta_record* record, const Act& act);
    void apply_verdict(const Act& act, Call& call);
    static void apply_verdicts(const Act& act, Call& call);
    static void give_back(Item& item, std::uint8_t verdict, const Call& call);
    static void put_before(std::uint64_t before, const Call& call);
    void emit(const Act& act, Call& call);
    void resolve(const Act& act, const Call& call);
    void log(const Act& act);
    void count(const Act& act);
    void gauge(const Act& act);
    aorta_record* find(std::uint64_t record, const Call& call) const;
    std::uint32_t intern(std::string_view name);
    bool is_new_series(std::string_view name);

    const aorta_host* host_;
    std::map<std::uint64_t, aorta_record*> held_;
    std::map<std::string, std::uint32_t, std::less<>> names_;
    std::map<std::string, std::optional<std::uint32_t>, std::less<>> series_;  // ids of counters
    std::size_t logged_ = 0;                                                   // in this answer
};

}  // namespace aorta::isolation
