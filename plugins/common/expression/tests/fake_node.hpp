// A host of one processor for the tests of the plugins that use expressions: plain memory, a clock
// that stands still until moved.
#pragma once

#include "common/hl7/index.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" const aorta_plugin_entry aorta_plugin;

namespace aorta::expression::testing {

/// Options as a pipeline would give them, defaults filled in by hand.
class OptionTree {
public:
    const aorta_value* text(std::string_view text) {
        auto& value = add(AORTA_STRING);
        value.text = keep(text);
        return &value;
    }

    const aorta_value* integer(std::int64_t integer) {
        auto& value = add(AORTA_INT);
        value.integer = integer;
        return &value;
    }

    const aorta_value* list(std::vector<const aorta_value*> items) {
        auto& value = add(AORTA_LIST);
        value.count = items.size();
        value.items = lists_.emplace_back(std::move(items)).data();
        return &value;
    }

    const aorta_value* map(const std::vector<std::pair<std::string, const aorta_value*>>& members) {
        std::vector<const aorta_value*> items;
        auto& keys = keys_.emplace_back();
        for (const auto& [key, item] : members) {
            keys.push_back(keep(key));
            items.push_back(item);
        }
        auto& value = add(AORTA_MAP);
        value.count = items.size();
        value.keys = keys.data();
        value.items = lists_.emplace_back(std::move(items)).data();
        return &value;
    }

private:
    aorta_value& add(std::uint32_t type) {
        return values_.emplace_back(aorta_value{.size = sizeof(aorta_value), .type = type});
    }

    aorta_str keep(std::string_view text) { return to_abi(texts_.emplace_back(text)); }

    std::deque<aorta_value> values_;
    std::deque<std::string> texts_;
    std::deque<std::vector<const aorta_value*>> lists_;
    std::deque<std::vector<aorta_str>> keys_;
};

struct Report {
    const aorta_value* at;
    std::string message;
};

/// Collects what `check` and `create` report.
class Reports {
public:
    std::vector<Report> errors;
    std::vector<Report> warnings;

    aorta_diagnostics abi() {
        return {sizeof(aorta_diagnostics),
                this,
                [](const aorta_diagnostics* self, const aorta_value* at, aorta_str message) {
                    static_cast<Reports*>(self->data)
                        ->errors.push_back({at, std::string{from_abi(message)}});
                },
                [](const aorta_diagnostics* self, const aorta_value* at, aorta_str message) {
                    static_cast<Reports*>(self->data)
                        ->warnings.push_back({at, std::string{from_abi(message)}});
                }};
    }
};

inline Reports check(const aorta_value* options) {
    Reports reports;
    const aorta_diagnostics abi = reports.abi();
    aorta_plugin.check(options, &abi);
    return reports;
}

struct Input {
    std::string payload;
    std::string content_type = "hl7v2";
    std::uint64_t key = 0;
    bool is_decoded = true;
};

/// What a node did, in words: "pass 0", "emit 1 {…}", "drop reason", "resolve emitted", …
using Deeds = std::vector<std::string>;

class FakeNode {
public:
    explicit FakeNode(const aorta_value* options);

    ~FakeNode() { instance_->destroy(instance_); }

    FakeNode(const FakeNode&) = delete;
    FakeNode& operator=(const FakeNode&) = delete;

    /// Runs one record through the node and tells what became of it.
    Deeds process(Input input);
    /// Moves the clock, and fires the timer if it is due.
    Deeds advance(Nanoseconds by);
    Deeds stop();

    std::uint64_t counter(const std::string& name) { return counters_[intern(name)]; }

    std::uint32_t intern(std::string_view name) {
        return ids_.try_emplace(std::string{name}, static_cast<std::uint32_t>(ids_.size() + 1))
            .first->second;
    }

    std::map<std::uint32_t, std::string> attributes;

private:
    struct Stored {
        Input input;
        std::vector<std::uint64_t> block;
        aorta_view view{};
        aorta_record record{};
    };

    static FakeNode& of(const aorta_host* host) { return *static_cast<FakeNode*>(host->data); }

    static FakeNode& of(const aorta_out* out) { return *static_cast<FakeNode*>(out->data); }

    void fill_host();
    void fill_out();

    void tell(std::string deed) { deeds_.push_back(std::move(deed)); }

    void tell_draft(const char* word, std::uint32_t port, const aorta_draft& draft);

    std::map<std::string, std::uint32_t> ids_;
    std::map<std::uint32_t, std::uint64_t> counters_;
    std::deque<Stored> records_;
    aorta_record* current_ = nullptr;
    std::int64_t now_ns_ = 0;
    std::int64_t timer_ns_ = INT64_MAX;
    Deeds deeds_;
    aorta_host host_{};
    aorta_out out_{};
    aorta_instance* instance_ = nullptr;
};

}  // namespace aorta::expression::testing
