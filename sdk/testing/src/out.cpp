// The functions of aorta_out, and the check of a batch after the call.
#include "host.hpp"

#include <algorithm>
#include <utility>

namespace aorta::testing {
namespace {

constexpr std::uint64_t kMaxEmitted = 100'000;

}  // namespace

struct OutCalls {
    static TestHost& of(const aorta_out* self) { return *static_cast<TestHost*>(self->data); }

    static void pass(const aorta_out* self, std::uint32_t index, std::uint32_t port) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Outcome outcome{.verdict = AORTA_PASS};
        outcome.record.port = host.port_name(port, "pass");
        host.set_verdict(index, "pass", std::move(outcome));
    }

    static void drop(const aorta_out* self,
                     std::uint32_t index,
                     aorta_str reason,
                     aorta_str where) {
        verdict(self, index, "drop", AORTA_DROP, AORTA_OK, reason, where);
    }

    static void reject(const aorta_out* self,
                       std::uint32_t index,
                       aorta_str reason,
                       aorta_str where) {
        verdict(self, index, "reject", AORTA_REJECT, AORTA_INVALID_DATA, reason, where);
    }

    static void fail(const aorta_out* self,
                     std::uint32_t index,
                     std::uint32_t code,
                     aorta_str reason,
                     aorta_str where) {
        verdict(self, index, "fail", AORTA_FAIL, code, reason, where);
    }

    static aorta_record* absorb(const aorta_out* self, std::uint32_t index) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Item* item = host.in_batch(index, "absorb");
        host.set_verdict(index, "absorb", {.verdict = AORTA_ABSORB});
        if (item == nullptr) {
            return nullptr;
        }
        item->is_held = true;
        return &item->abi;
    }

    static void emit(const aorta_out* self,
                     std::uint32_t index,
                     std::uint32_t port,
                     const aorta_draft* draft) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (Item* item = host.in_batch(index, "emit")) {
            Record child = host.draft_record(draft, item, "emit");
            child.port = host.port_name(port, "emit");
            host.add_child(*item, child);
        }
    }

    static void emit_held(const aorta_out* self,
                          aorta_record* const* parents,
                          std::uint32_t count,
                          std::uint32_t port,
                          const aorta_draft* draft) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        host.check_worker("emit_held");
        if (count == 0) {
            host.add_finding("emit.orphan", "emit_held was given no parent");
        }
        std::vector<Item*> items;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (Item* item = held(host, parents[i], "emit_held")) {
                items.push_back(item);
            }
        }
        Record child =
            host.draft_record(draft, items.empty() ? nullptr : items.front(), "emit_held");
        child.port = host.port_name(port, "emit_held");
        for (Item* item : items) {
            host.add_child(*item, child);
        }
    }

    static void resolve(const aorta_out* self,
                        aorta_record* record,
                        std::uint32_t verdict,
                        std::uint32_t port_or_code,
                        aorta_str reason,
                        aorta_str where) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        host.check_worker("resolve");
        Item* item = held(host, record, "resolve");
        if (item == nullptr) {
            return;
        }
        Outcome outcome = std::move(item->outcome);
        outcome.verdict = verdict;
        outcome.record = item->visible();
        outcome.reason = text_of(reason);
        outcome.where = text_of(where);
        switch (verdict) {
            case AORTA_PASS:
                outcome.record.port = host.port_name(port_or_code, "resolve");
                break;
            case AORTA_EMITTED:
                if (item->emitted == 0) {
                    host.add_finding("emit.missing",
                                     "a held record was resolved as emitted without a child");
                }
                break;
            case AORTA_FAIL:
                outcome.code = checked_code(host, port_or_code);
                [[fallthrough]];
            case AORTA_DROP:
            case AORTA_REJECT:
                host.check_reason(outcome.reason, outcome.where);
                break;
            default:
                host.add_finding("verdict.unknown", "resolve was given an unknown verdict");
        }
        host.resolved_.push_back(std::move(outcome));
        item->is_held = false;
        // A record of the batch in process goes with its batch.
        if (std::find(host.batch_.begin(), host.batch_.end(), item) == host.batch_.end()) {
            host.items_.erase(record);
        }
    }

    // The rest is not a function of the table.

    static Item* held(TestHost& host, const aorta_record* record, const char* call) {
        Item* item = host.known(record, call);
        if (item != nullptr && !item->is_held) {
            host.add_finding("absorb.unpaired",
                             std::string(call) + " names a record that is not held");
            return nullptr;
        }
        return item;
    }

    static ErrorCode checked_code(TestHost& host, std::uint32_t code) {
        if (code == AORTA_OK || code > AORTA_INTERNAL) {
            host.add_finding("code.unknown", "fail was given no error code");
            return ErrorCode::Internal;
        }
        return static_cast<ErrorCode>(code);
    }

    static void verdict(const aorta_out* self,
                        std::uint32_t index,
                        const char* call,
                        std::uint32_t kind,
                        std::uint32_t code,
                        aorta_str reason,
                        aorta_str where) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        host.check_reason(text_of(reason), text_of(where));
        Outcome outcome{.verdict = kind};
        outcome.reason = text_of(reason);
        outcome.where = text_of(where);
        if (kind == AORTA_FAIL) {
            outcome.code = checked_code(host, code);
        }
        host.set_verdict(index, call, std::move(outcome));
    }
};

Item* TestHost::in_batch(std::uint32_t index, const char* call) {
    if (!check_worker(call)) {
        return nullptr;
    }
    if (index >= batch_.size()) {
        add_finding("index.range", std::string(call) + " names a record beyond the batch");
        return nullptr;
    }
    return batch_[index];
}

std::string TestHost::port_name(std::uint32_t port, const char* call) {
    if (port >= ports_.size()) {
        add_finding("port.range",
                    std::string(call) + " names port " + std::to_string(port) + " of " +
                        std::to_string(ports_.size()));
        return {};
    }
    return ports_[port];
}

void TestHost::set_verdict(std::uint32_t index, const char* call, Outcome outcome) {
    Item* item = in_batch(index, call);
    if (item == nullptr) {
        return;
    }
    if (item->outcome.verdict != AORTA_NO_VERDICT || verdicts_[index] != AORTA_NO_VERDICT) {
        add_finding("verdict.doubled", std::string(call) + " after another verdict");
    }
    verdicts_[index] = static_cast<std::uint8_t>(outcome.verdict);
    outcome.emitted = std::move(item->outcome.emitted);
    item->outcome = std::move(outcome);
}

void TestHost::add_child(Item& parent, const Record& child) {
    if (++parent.emitted == kMaxEmitted) {
        add_finding("emit.flood", "more than " + std::to_string(kMaxEmitted) + " records from one");
    }
    if (parent.keeps_children()) {
        parent.kept_bytes += child.payload.size();
        parent.outcome.emitted.push_back(child);
    }
}

void TestHost::check_verdict(Item& item, std::uint8_t byte, const std::string& record) {
    if (item.outcome.verdict != AORTA_NO_VERDICT) {
        if (item.outcome.verdict != byte) {
            add_finding("verdict.doubled", record + " has a verdict by a call and by its byte");
        }
        return;
    }
    item.outcome.verdict = byte;
    switch (byte) {
        case AORTA_NO_VERDICT:
            add_finding("verdict.missing", record + " has no verdict");
            break;
        case AORTA_PASS:
            item.outcome.record.port = port_name(0, "pass");
            break;
        case AORTA_EMITTED:
            if (item.emitted == 0) {
                add_finding("emit.missing", record + " is said to be emitted, without a child");
            }
            break;
        case AORTA_ABSORB:
            add_finding("absorb.unpaired", record + " is said to be absorbed, without the call");
            break;
        default:
            add_finding("verdict.unknown", record + " has a verdict that needs a call");
    }
}

void TestHost::check_batch(const std::vector<Item*>& items, const std::uint8_t* verdicts) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < items.size(); ++i) {
        Item& item = *items[i];
        if (about_.kind == About::Kind::Processor) {
            check_verdict(item,
                          verdicts[i],
                          "record " + std::to_string(i) + " of " + std::to_string(items.size()));
        }
        const std::string_view now(reinterpret_cast<const char*>(item.abi.data), item.abi.length);
        if (now != item.untouched) {
            add_finding("payload.written", "the plugin wrote into a payload that is shared");
            item.untouched = now;
        }
        std::string port = std::move(item.outcome.record.port);
        item.outcome.record = item.visible();
        item.outcome.record.port = std::move(port);
    }
}

aorta_out out_table(void* data) {
    return {.size = sizeof(aorta_out),
            .data = data,
            .pass = OutCalls::pass,
            .drop = OutCalls::drop,
            .reject = OutCalls::reject,
            .fail = OutCalls::fail,
            .absorb = OutCalls::absorb,
            .emit = OutCalls::emit,
            .emit_held = OutCalls::emit_held,
            .resolve = OutCalls::resolve};
}

}  // namespace aorta::testing
