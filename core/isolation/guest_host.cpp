#include "isolation/guest_host.hpp"

#include "base/check.hpp"

#include <aorta/ext/state.h>
#include <aorta/text.hpp>

#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace aorta::isolation {
namespace {

using message::BufferBlock;

BufferBlock* block_of(aorta_buffer* buffer) {
    return static_cast<BufferBlock*>(buffer);
}

std::string_view bytes_of(const aorta_buffer& buffer) {
    return {reinterpret_cast<const char*>(buffer.data), static_cast<std::size_t>(buffer.length)};
}

GuestRecord& guest(aorta_record* record) {
    return static_cast<GuestRecord&>(*message::Record::from_abi(record));
}

}  // namespace

struct GuestHost::Functions {
    static GuestHost& of(const aorta_host* host) { return *static_cast<GuestHost*>(host->data); }

    static std::uint32_t intern(const aorta_host* host, aorta_str name) {
        return of(host).names_.intern(from_abi(name));
    }

    static aorta_buffer* buffer_new(const aorta_host*, std::uint64_t capacity) {
        BufferBlock* block = message::new_buffer(capacity, nullptr);
        if (block == nullptr) {
            static_cast<void>(::operator new(capacity));  // ends the process as any other does
        }
        return block;
    }

    static void buffer_free(const aorta_host*, aorta_buffer* buffer) {
        if (buffer != nullptr) {
            message::release(block_of(buffer));
        }
    }

    static void set_payload(const aorta_host* host,
                            aorta_record* record,
                            aorta_buffer* buffer,
                            std::uint32_t content_type) {
        GuestHost& self = of(host);
        message::seal(*block_of(buffer));
        self.add({.deed = Deed::SetPayload,
                  .record = guest(record).name,
                  .name = self.names_.name(content_type),
                  .bytes = bytes_of(*buffer)});
        guest(record).set_payload(message::BufferRef{block_of(buffer)});
        if (content_type != 0) {
            record->content_type = content_type;
        }
    }

    /// For the rest of the way through this process: the worker would have to prove that it fits.
    static void* new_view(const aorta_host*,
                          aorta_record* record,
                          std::uint32_t type,
                          std::uint64_t length) {
        message::ViewBlock* block = message::new_view(type, length, nullptr);
        AORTA_CHECK(block != nullptr);
        guest(record).set_view(message::ViewRef{block});
        return block->data;
    }

    static void set_content_type(const aorta_host* host, aorta_record* record, std::uint32_t type) {
        GuestHost& self = of(host);
        self.add({.deed = Deed::SetContentType,
                  .record = guest(record).name,
                  .name = self.names_.name(type)});
        record->content_type = type;
    }

    /// The secret of the hash stays with the worker: within this process a key is only as good as
    /// telling identifiers apart.
    static void set_key(const aorta_host* host, aorta_record* record, aorta_str identifier) {
        of(host).add(
            {.deed = Deed::SetKey, .record = guest(record).name, .bytes = from_abi(identifier)});
        record->key =
            identifier.size == 0 ? 0 : std::hash<std::string_view>{}(from_abi(identifier));
    }

    static void set_event_time(const aorta_host* host, aorta_record* record, std::int64_t time_ns) {
        of(host).add(
            {.deed = Deed::SetEventTime, .record = guest(record).name, .time_ns = time_ns});
        record->event_time_ns = time_ns;
    }

    static void set_attribute(const aorta_host* host,
                              aorta_record* record,
                              std::uint32_t name,
                              aorta_str value) {
        GuestHost& self = of(host);
        self.add({.deed = Deed::SetAttribute,
                  .record = guest(record).name,
                  .name = self.names_.name(name),
                  .bytes = from_abi(value)});
        guest(record).set_attribute(name, from_abi(value));
    }

    static aorta_str attribute(const aorta_host*, const aorta_record* record, std::uint32_t name) {
        const std::string_view value = message::Record::from_abi(record)->attribute(name);
        return to_abi(value);
    }
};

struct GuestHost::Calls {
    static GuestHost& of(const aorta_out* out) { return *static_cast<GuestHost*>(out->data); }

    static void pass(const aorta_out* out, std::uint32_t index, std::uint32_t port) {
        of(out).set_verdict(index, AORTA_PASS, {.deed = Deed::Pass, .number = port});
    }

    static void drop(const aorta_out* out, std::uint32_t index, aorta_str reason, aorta_str where) {
        of(out).set_verdict(
            index,
            AORTA_DROP,
            {.deed = Deed::Drop, .name = from_abi(reason), .where = from_abi(where)});
    }

    static void reject(const aorta_out* out,
                       std::uint32_t index,
                       aorta_str reason,
                       aorta_str where) {
        of(out).set_verdict(
            index,
            AORTA_REJECT,
            {.deed = Deed::Reject, .name = from_abi(reason), .where = from_abi(where)});
    }

    static void fail(const aorta_out* out,
                     std::uint32_t index,
                     std::uint32_t code,
                     aorta_str reason,
                     aorta_str where) {
        of(out).set_verdict(index,
                            AORTA_FAIL,
                            {.deed = Deed::Fail,
                             .number = code,
                             .name = from_abi(reason),
                             .where = from_abi(where)});
    }

    static aorta_record* absorb(const aorta_out* out, std::uint32_t index) {
        GuestHost& self = of(out);
        if (index >= self.batch_.size() || !self.batch_[index]) {
            return nullptr;
        }
        std::unique_ptr<GuestRecord>& record = self.batch_[index];
        record->name = held(++self.last_held_);
        self.add({.deed = Deed::Absorb, .record = in_batch(index), .number = self.last_held_});
        self.verdicts_[index] = AORTA_ABSORB;
        aorta_record* kept = record.get();
        self.held_.emplace(kept, std::move(record));
        return kept;
    }

    static void emit(const aorta_out* out,
                     std::uint32_t index,
                     std::uint32_t port,
                     const aorta_draft* draft) {
        of(out).add_draft({.deed = Deed::Emit, .record = in_batch(index), .number = port}, *draft);
    }

    static void emit_held(const aorta_out* out,
                          aorta_record* const* parents,
                          std::uint32_t count,
                          std::uint32_t port,
                          const aorta_draft* draft) {
        GuestHost& self = of(out);
        Act act{.deed = Deed::EmitHeld, .before = self.before(), .number = port};
        for (std::uint32_t i = 0; i < count; ++i) {
            if (self.held_.contains(parents[i])) {
                act.parents.push_back(number_of(guest(parents[i]).name));
            }
        }
        self.add_draft(std::move(act), *draft);
    }

    static void resolve(const aorta_out* out,
                        aorta_record* record,
                        std::uint32_t verdict,
                        std::uint32_t port_or_code,
                        aorta_str reason,
                        aorta_str where) {
        GuestHost& self = of(out);
        const auto found = self.held_.extract(record);
        if (found.empty()) {
            return;
        }
        self.add({.deed = Deed::Resolve,
                  .record = found.mapped()->name,
                  .before = self.before(),
                  .number = port_or_code,
                  .kind = verdict,
                  .name = from_abi(reason),
                  .where = from_abi(where)});
    }
};

GuestHost::GuestHost(Channel& channel, const Opening& opening)
    : channel_(channel),
      tables_(opening.tables),
      is_clock_frozen_(opening.is_clock_frozen),
      has_rows_(!opening.only_checks),
      // What only sources and sinks call is left out.
      abi_{.size = sizeof(aorta_host),
           .abi_major = AORTA_ABI_MAJOR,
           .abi_minor = AORTA_ABI_MINOR,
           .reserved = 0,
           .data = this,
           .get_extension = get_extension,
           .intern = Functions::intern,
           .buffer_new = Functions::buffer_new,
           .buffer_free = Functions::buffer_free,
           .set_payload = Functions::set_payload,
           .new_view = Functions::new_view,
           .set_content_type = Functions::set_content_type,
           .set_key = Functions::set_key,
           .set_event_time = Functions::set_event_time,
           .set_attribute = Functions::set_attribute,
           .attribute = Functions::attribute},
      out_{.size = sizeof(aorta_out),
           .data = this,
           .pass = Calls::pass,
           .drop = Calls::drop,
           .reject = Calls::reject,
           .fail = Calls::fail,
           .absorb = Calls::absorb,
           .emit = Calls::emit,
           .emit_held = Calls::emit_held,
           .resolve = Calls::resolve},
      tables_abi_{.size = sizeof(aorta_tables),
                  .data = this,
                  .open =
                      [](const aorta_tables* self, aorta_str name) {
                          return static_cast<GuestHost*>(self->data)->open_table(from_abi(name));
                      },
                  .name =
                      [](const aorta_tables* self, std::uint32_t index) {
                          const auto& shapes = static_cast<GuestHost*>(self->data)->tables_;
                          return index < shapes.size() ? to_abi(shapes[index].name) : aorta_str{};
                      },
                  .find =
                      [](const aorta_tables* self,
                         const aorta_table* table,
                         const aorta_str* keys,
                         std::uint32_t count) {
                          // Made by open_table, and given out as const.
                          auto* open = const_cast<Open*>(static_cast<const Open*>(table));
                          return static_cast<GuestHost*>(self->data)->find(*open, keys, count);
                      }},
      budget_(std::numeric_limits<std::int64_t>::max()) {}

void GuestHost::begin(const Clocks& clocks) {
    batch_.clear();
    verdicts_.clear();
    scanned_ = 0;
    const std::scoped_lock lock(mutex_);
    clocks_ = clocks;
    begun_ = std::chrono::steady_clock::now();
}

Result<aorta_batch> GuestHost::batch(std::string_view body) {
    const auto wires = transport::read_body(body, 0, std::numeric_limits<std::uint64_t>::max());
    if (!wires.ok()) {
        return wires.error();
    }
    pointers_.clear();
    for (const transport::WireRecord& wire : *wires) {
        auto record = std::make_unique<GuestRecord>(&budget_);
        transport::fill(*record, wire, names_, budget_);
        record->name = in_batch(batch_.size());
        if (!wire.view_type.empty()) {
            message::ViewBlock* view =
                message::new_view(names_.intern(wire.view_type), wire.view.size(), &budget_);
            AORTA_CHECK(view != nullptr);
            std::memcpy(view->data, wire.view.data(), wire.view.size());
            record->set_view(message::ViewRef{view});
        }
        pointers_.push_back(record.get());
        batch_.push_back(std::move(record));
    }
    verdicts_.assign(batch_.size(), AORTA_NO_VERDICT);
    return aorta_batch{.size = sizeof(aorta_batch),
                       .count = static_cast<std::uint32_t>(batch_.size()),
                       .records = pointers_.data(),
                       .verdicts = verdicts_.data(),
                       .out = &out_};
}

std::string GuestHost::take() {
    {
        const std::scoped_lock lock(mutex_);
        answer_ += notes_;
        notes_.clear();
        note_count_ = 0;
        for (auto& [name, count] : counters_) {
            if (count != 0) {
                add({.deed = Deed::Count, .number = count, .name = name});
                count = 0;
            }
        }
        for (const auto& [name, value] : gauges_) {
            add({.deed = Deed::Gauge, .number = std::bit_cast<std::uint64_t>(value), .name = name});
        }
        gauges_.clear();
    }
    if (!verdicts_.empty()) {
        add({.deed = Deed::Verdicts,
             .bytes = {reinterpret_cast<const char*>(verdicts_.data()), verdicts_.size()}});
    }
    return std::exchange(answer_, {});
}

/// Of the batch, so many have their verdict: what is sent now leaves before the next.
std::uint64_t GuestHost::before() const {
    while (scanned_ < verdicts_.size() && verdicts_[scanned_] != AORTA_NO_VERDICT) {
        ++scanned_;
    }
    return scanned_;
}

void GuestHost::set_verdict(std::uint32_t index, std::uint8_t kind, const Act& act) {
    if (index >= verdicts_.size()) {
        return;
    }
    verdicts_[index] = kind;
    Act whole = act;
    whole.record = in_batch(index);
    add(whole);
}

void GuestHost::add_draft(Act act, const aorta_draft& draft) {
    act.name = names_.name(draft.content_type);
    act.time_ns = draft.event_time_ns;
    act.has_bytes = draft.payload != nullptr;
    if (draft.payload != nullptr) {
        act.bytes = bytes_of(*draft.payload);
    }
    for (std::uint64_t i = 0; i < draft.attribute_count; ++i) {
        act.pairs.emplace_back(names_.name(draft.attributes[i].name),
                               from_abi(draft.attributes[i].value));
    }
    add(act);
    if (draft.payload != nullptr) {
        message::release(block_of(draft.payload));
    }
}

std::int64_t GuestHost::elapsed_ns() const {
    return is_clock_frozen_ ? 0
                            : std::chrono::duration_cast<std::chrono::nanoseconds>(
                                  std::chrono::steady_clock::now() - begun_)
                                  .count();
}

}  // namespace aorta::isolation
