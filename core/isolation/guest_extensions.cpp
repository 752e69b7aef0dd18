// The extensions of the host in the plugin's process.
#include "isolation/guest_host.hpp"
#include "transport/wire.hpp"

#include <aorta/ext/clock.h>
#include <aorta/ext/gauges.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/state.h>
#include <aorta/ext/timer.h>
#include <aorta/text.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace aorta::isolation {
namespace {

constexpr std::uint32_t kMostFields = 32;
/// Between two answers; what is more is left out, as a log does with repetitions.
constexpr std::size_t kMostNotes = 100;
constexpr std::uint64_t kMostRow = std::uint64_t{16} << 20U;

}  // namespace

struct GuestHost::Extensions {
    static GuestHost& of(const aorta_host* host) { return *static_cast<GuestHost*>(host->data); }

    static void log(const aorta_host* host,
                    std::uint32_t level,
                    aorta_str event,
                    const aorta_log_field* fields,
                    std::uint32_t count) {
        GuestHost& self = of(host);
        Act act{.deed = Deed::Log, .number = level, .name = from_abi(event)};
        const std::uint32_t some = std::min(count, kMostFields);
        std::array<std::string, kMostFields> numbers;
        for (std::uint32_t i = 0; i < some; ++i) {
            const bool is_number = fields[i].text.data == nullptr;
            if (is_number) {
                numbers[i] = std::to_string(fields[i].integer);
                act.kind |= std::uint64_t{1} << i;
            }
            act.pairs.emplace_back(
                from_abi(fields[i].name),
                is_number ? std::string_view{numbers[i]} : from_abi(fields[i].text));
        }
        const std::scoped_lock lock(self.mutex_);
        if (self.note_count_ < kMostNotes) {
            ++self.note_count_;
            write(self.notes_, act);
        }
    }

    static std::int64_t now_ns(const aorta_host* host) {
        const std::scoped_lock lock(of(host).mutex_);
        return of(host).clocks_.now_ns + of(host).elapsed_ns();
    }

    static std::int64_t steady_ns(const aorta_host* host) {
        const std::scoped_lock lock(of(host).mutex_);
        return of(host).clocks_.steady_ns + of(host).elapsed_ns();
    }

    static void set_timer(const aorta_host* host, std::int64_t at_ns) {
        of(host).add({.deed = Deed::SetTimer, .time_ns = at_ns});
    }

    static std::uint32_t counter(const aorta_host* host, aorta_str name) {
        GuestHost& self = of(host);
        const std::scoped_lock lock(self.mutex_);
        self.counters_.emplace_back(from_abi(name), 0);
        return static_cast<std::uint32_t>(self.counters_.size() - 1);
    }

    static void add(const aorta_host* host, std::uint32_t counter_id, std::uint64_t n) {
        GuestHost& self = of(host);
        const std::scoped_lock lock(self.mutex_);
        if (counter_id < self.counters_.size()) {
            self.counters_[counter_id].second += n;
        }
    }

    static void set_gauge(const aorta_host* host, aorta_str name, double value) {
        GuestHost& self = of(host);
        const std::scoped_lock lock(self.mutex_);
        self.gauges_.insert_or_assign(std::string{from_abi(name)}, value);
    }

    static std::uint32_t is_state_kept(const aorta_host*) { return 0; }
};

const void* GuestHost::get_extension(const aorta_host* host, const char* id) {
    static constexpr aorta_log kLog{sizeof(aorta_log), Extensions::log};
    static constexpr aorta_clock kClock{
        sizeof(aorta_clock), Extensions::now_ns, Extensions::steady_ns};
    static constexpr aorta_timer kTimer{sizeof(aorta_timer), Extensions::set_timer};
    static constexpr aorta_metrics kMetrics{
        sizeof(aorta_metrics), Extensions::counter, Extensions::add};
    static constexpr aorta_gauges kGauges{sizeof(aorta_gauges), Extensions::set_gauge};
    static constexpr aorta_state_host kState{sizeof(aorta_state_host), Extensions::is_state_kept};
    const std::array<std::pair<const char*, const void*>, 7> all{{
        {AORTA_EXT_LOG, &kLog},
        {AORTA_EXT_CLOCK, &kClock},
        {AORTA_EXT_TIMER, &kTimer},
        {AORTA_EXT_METRICS, &kMetrics},
        {AORTA_EXT_GAUGES, &kGauges},
        {AORTA_EXT_STATE, &kState},
        {AORTA_EXT_TABLES, Extensions::of(host).tables()},
    }};
    const auto* const found = std::find_if(
        all.begin(), all.end(), [&](const auto& each) { return std::strcmp(each.first, id) == 0; });
    return found == all.end() ? nullptr : found->second;
}

const aorta_table* GuestHost::open_table(std::string_view name) {
    const auto found = std::find_if(
        tables_.begin(), tables_.end(), [&](const TableShape& each) { return each.name == name; });
    if (found == tables_.end()) {
        return nullptr;
    }
    const auto texts = [](const std::vector<std::string>& all) {
        std::vector<aorta_str> out;
        for (const std::string& text : all) {
            out.push_back(to_abi(text));
        }
        return out;
    };
    Open& open = open_.emplace_back();
    open.shape = static_cast<std::size_t>(found - tables_.begin());
    open.columns_text = texts(found->columns);
    open.keys_text.assign(found->keys.begin(), found->keys.end());
    open.defaults_text = texts(found->defaults);
    static_cast<aorta_table&>(open) = {
        .size = sizeof(aorta_table),
        .column_count = static_cast<std::uint32_t>(open.columns_text.size()),
        .key_count = static_cast<std::uint32_t>(open.keys_text.size()),
        .on_missing = static_cast<std::uint32_t>(found->on_missing),
        .columns = open.columns_text.data(),
        .keys = open.keys_text.data(),
        .defaults = found->has_defaults ? open.defaults_text.data() : nullptr};
    return &open;
}

/// The rows stay with the worker, which loads them anew when they change.
const aorta_str* GuestHost::find(Open& table, const aorta_str* keys, std::uint32_t count) {
    if (count != table.key_count || !has_rows_) {
        return nullptr;
    }
    transport::WireWriter question;
    question.varint(table.shape);
    question.varint(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        question.text(from_abi(keys[i]));
    }
    const auto sent = channel_.send(FrameKind::Find, question.take());
    const auto row = sent.ok() ? channel_.receive(kMostRow) : Result<Frame>{sent.error()};
    if (!row.ok() || row->kind != FrameKind::Row) {
        std::_Exit(EXIT_FAILURE);  // the worker is gone
    }
    transport::WireReader in{row->body};
    table.row.clear();
    const std::uint64_t cells = in.varint(table.column_count);
    for (std::uint64_t i = 0; i < cells; ++i) {
        table.row.emplace_back(in.text(kMostRow));
    }
    table.cells.clear();
    for (const std::string& cell : table.row) {
        table.cells.push_back(to_abi(cell));
    }
    return table.cells.size() == table.column_count && in.is_at_end() ? table.cells.data()
                                                                      : nullptr;
}

}  // namespace aorta::isolation
