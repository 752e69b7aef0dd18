#include "isolation/deeds.hpp"

#include "base/text.hpp"

#include <aorta/ext/gauges.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/timer.h>
#include <aorta/text.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <new>
#include <utility>

namespace aorta::isolation {
namespace {

// What lives as long as the worker, a plugin may not fill it up.
constexpr std::size_t kMostNames = 1'024;
constexpr std::size_t kMostName = 255;
constexpr std::size_t kMostSeries = 64;
constexpr std::size_t kMostLogged = 100;

template <class T>
const T* extension(const aorta_host* host, const char* id) {
    return static_cast<const T*>(host->get_extension(host, id));
}

aorta_buffer* buffer_of(const aorta_host* host, std::string_view bytes) {
    aorta_buffer* buffer = host->buffer_new(host, bytes.size());
    if (buffer == nullptr) {
        throw std::bad_alloc();
    }
    if (!bytes.empty()) {
        std::memcpy(buffer->data, bytes.data(), bytes.size());
    }
    buffer->length = bytes.size();
    return buffer;
}

std::uint32_t small(std::uint64_t number) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, UINT32_MAX));
}

std::uint8_t verdict_of(Deed deed) {
    switch (deed) {
        case Deed::Pass:
            return AORTA_PASS;
        case Deed::Drop:
            return AORTA_DROP;
        case Deed::Reject:
            return AORTA_REJECT;
        case Deed::Fail:
            return AORTA_FAIL;
        default:
            return AORTA_NO_VERDICT;
    }
}

}  // namespace

void Deeds::apply(std::span<const Act> acts,
                  std::span<Item> items,
                  std::uint8_t* maybe_verdicts,
                  const aorta_out* maybe_out) {
    logged_ = 0;
    Call call{items, maybe_verdicts, maybe_out};
    for (const Act& act : acts) {
        apply(act, call);
    }
}

std::vector<aorta_record*> Deeds::take_held() {
    std::vector<aorta_record*> all;
    for (const auto& [number, record] : std::exchange(held_, {})) {
        all.push_back(record);
    }
    return all;
}

aorta_record* Deeds::find(std::uint64_t record, const Call& call) const {
    if (!is_held(record)) {
        const std::uint64_t index = number_of(record);
        return index < call.items.size() ? call.items[index].record : nullptr;
    }
    const auto found = held_.find(number_of(record));
    return found == held_.end() ? nullptr : found->second;
}

void Deeds::apply(const Act& act, Call& call) {
    switch (act.deed) {
        case Deed::SetPayload:
        case Deed::SetContentType:
        case Deed::SetKey:
        case Deed::SetEventTime:
        case Deed::SetAttribute:
            if (aorta_record* record = find(act.record, call)) {
                apply_to(record, act);
            }
            break;
        case Deed::Pass:
        case Deed::Drop:
        case Deed::Reject:
        case Deed::Fail:
        case Deed::Absorb:
            if (number_of(act.record) < call.items.size() && call.out != nullptr) {
                apply_verdict(act, call);
            }
            break;
        case Deed::Emit:
        case Deed::EmitHeld:
            if (call.out != nullptr) {
                emit(act, call);
            }
            break;
        case Deed::Resolve:
            if (call.out != nullptr) {
                resolve(act, call);
            }
            break;
        case Deed::Verdicts:
            if (call.out != nullptr) {
                apply_verdicts(act, call);
            }
            break;
        case Deed::SetTimer:
            extension<aorta_timer>(host_, AORTA_EXT_TIMER)->set(host_, act.time_ns);
            break;
        case Deed::Log:
            log(act);
            break;
        case Deed::Count:
            count(act);
            break;
        case Deed::Gauge:
            gauge(act);
            break;
        case Deed::Finding:
        case Deed::Result:
        case Deed::HasState:
            break;  // of the process, not of records
    }
}

void Deeds::apply_to(aorta_record* record, const Act& act) {
    switch (act.deed) {
        case Deed::SetPayload:
            host_->set_payload(host_, record, buffer_of(host_, act.bytes), intern(act.name));
            break;
        case Deed::SetContentType:
            host_->set_content_type(host_, record, intern(act.name));
            break;
        case Deed::SetKey:
            host_->set_key(host_, record, to_abi(act.bytes));
            break;
        case Deed::SetEventTime:
            host_->set_event_time(host_, record, act.time_ns);
            break;
        default:
            if (const std::uint32_t name = intern(act.name); name != 0) {
                host_->set_attribute(host_, record, name, to_abi(act.bytes));
            }
    }
}

void Deeds::apply_verdict(const Act& act, Call& call) {
    Item& item = call.items[number_of(act.record)];
    if (act.deed == Deed::Absorb) {
        if (item.record != nullptr && held_.emplace(act.number, item.record).second) {
            if (item.index) {
                call.out->absorb(call.out, *item.index);
            }
            item.record = nullptr;
            item.absorbed_as = act.number;
        }
        return;
    }
    if (!item.index) {
        call.said = act;
        return;
    }
    const aorta_out* out = call.out;
    switch (act.deed) {
        case Deed::Pass:
            out->pass(out, *item.index, small(act.number));
            break;
        case Deed::Drop:
            out->drop(out, *item.index, to_abi(act.name), to_abi(act.where));
            break;
        case Deed::Reject:
            out->reject(out, *item.index, to_abi(act.name), to_abi(act.where));
            break;
        default:
            out->fail(out, *item.index, small(act.number), to_abi(act.name), to_abi(act.where));
    }
}

void Deeds::apply_verdicts(const Act& act, Call& call) {
    const std::size_t count = std::min(act.bytes.size(), call.items.size());
    for (std::size_t i = 0; i < count; ++i) {
        const Item& item = call.items[i];
        const auto verdict = static_cast<std::uint8_t>(act.bytes[i]);
        if (item.index) {
            call.verdicts[*item.index] = verdict;
        } else if (item.record != nullptr) {
            give_back(call.items[i], verdict, call);
        }
    }
}

/// The engine holds it, so that its verdict is that of something held.
void Deeds::give_back(Item& item, std::uint8_t verdict, const Call& call) {
    const bool is_said = verdict_of(call.said.deed) == verdict;
    if (is_said || verdict == AORTA_EMITTED) {
        call.out->resolve(call.out,
                          item.record,
                          verdict,
                          is_said ? small(call.said.number) : 0,
                          to_abi(call.said.name),
                          to_abi(call.said.where));
    } else {
        call.out->resolve(
            call.out, item.record, AORTA_FAIL, AORTA_INTERNAL, to_abi("plugin.no_verdict"), {});
    }
    item.record = nullptr;
}

/// What is sent now leaves before the first record that has no verdict yet.
void Deeds::put_before(std::uint64_t before, const Call& call) {
    for (std::size_t i = 0; i < std::min<std::uint64_t>(before, call.items.size()); ++i) {
        const auto index = call.items[i].index;
        if (index && call.verdicts[*index] == AORTA_NO_VERDICT) {
            call.verdicts[*index] = AORTA_PASS;  // until the real one is told
        }
    }
}

void Deeds::emit(const Act& act, Call& call) {
    std::vector<aorta_attribute> attributes;
    for (const auto& [name, value] : act.pairs) {
        if (const std::uint32_t number = intern(name); number != 0) {
            attributes.push_back({number, 0, to_abi(value)});
        }
    }
    aorta_draft draft{};
    draft.size = sizeof draft;
    draft.content_type = intern(act.name);
    draft.payload = act.has_bytes ? buffer_of(host_, act.bytes) : nullptr;
    draft.event_time_ns = act.time_ns;
    draft.attributes = attributes.data();
    draft.attribute_count = attributes.size();
    const aorta_out* out = call.out;
    const std::uint32_t port = small(act.number);
    if (act.deed == Deed::Emit) {
        const std::uint64_t index = number_of(act.record);
        const Item none;
        const Item& item = index < call.items.size() ? call.items[index] : none;
        if (item.index) {
            out->emit(out, *item.index, port, &draft);
        } else {
            aorta_record* parent =
                item.record != nullptr ? item.record : find(held(item.absorbed_as), call);
            out->emit_held(out, &parent, parent == nullptr ? 0 : 1, port, &draft);
        }
        return;
    }
    std::vector<aorta_record*> parents;
    for (const std::uint64_t parent : act.parents) {
        if (const auto found = held_.find(parent); found != held_.end()) {
            parents.push_back(found->second);
        }
    }
    put_before(act.before, call);
    out->emit_held(out, parents.data(), small(parents.size()), port, &draft);
}

void Deeds::resolve(const Act& act, const Call& call) {
    const auto found = is_held(act.record) ? held_.find(number_of(act.record)) : held_.end();
    if (found == held_.end()) {
        return;
    }
    aorta_record* record = found->second;
    held_.erase(found);
    put_before(act.before, call);
    call.out->resolve(
        call.out, record, small(act.kind), small(act.number), to_abi(act.name), to_abi(act.where));
}

void Deeds::log(const Act& act) {
    if (++logged_ > kMostLogged) {
        return;
    }
    std::vector<aorta_log_field> fields;
    for (std::size_t i = 0; i < act.pairs.size(); ++i) {
        const auto& [name, text] = act.pairs[i];
        aorta_log_field field{to_abi(name), to_abi(text), 0};
        const bool is_number = i < 64 && ((act.kind >> i) & 1U) != 0;
        if (is_number) {
            std::from_chars(text.data(), text.data() + text.size(), field.integer);
            field.text = {};
        }
        if (base::is_snake_case(name)) {
            fields.push_back(field);
        }
    }
    const std::string_view event = base::is_snake_case(act.name) ? act.name : "isolated_plugin";
    extension<aorta_log>(host_, AORTA_EXT_LOG)
        ->write(host_, small(act.number), to_abi(event), fields.data(), small(fields.size()));
}

/// False when it has no right to be one.
bool Deeds::is_new_series(std::string_view name) {
    return base::is_snake_case(name) && series_.size() < kMostSeries;
}

void Deeds::count(const Act& act) {
    const auto* metrics = extension<aorta_metrics>(host_, AORTA_EXT_METRICS);
    auto found = series_.find(act.name);
    if (found == series_.end() && is_new_series(act.name)) {
        found = series_.emplace(act.name, metrics->counter(host_, to_abi(act.name))).first;
    }
    if (found != series_.end() && found->second) {
        metrics->add(host_, *found->second, act.number);
    }
}

void Deeds::gauge(const Act& act) {
    auto found = series_.find(act.name);
    if (found == series_.end() && is_new_series(act.name)) {
        found = series_.emplace(act.name, std::nullopt).first;
    }
    if (found != series_.end() && !found->second) {
        extension<aorta_gauges>(host_, AORTA_EXT_GAUGES)
            ->set(host_, to_abi(act.name), std::bit_cast<double>(act.number));
    }
}

/// 0 for what is no name.
std::uint32_t Deeds::intern(std::string_view name) {
    if (name.empty() || name.size() > kMostName) {
        return 0;
    }
    if (const auto found = names_.find(name); found != names_.end()) {
        return found->second;
    }
    if (names_.size() == kMostNames) {
        return 0;
    }
    return names_.emplace(name, host_->intern(host_, to_abi(name))).first->second;
}

}  // namespace aorta::isolation
