// host.hpp: what a node asks of its host, and the records that it makes. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>
#include <aorta/ext/clock.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/reply.h>
#include <aorta/ext/state.h>
#include <aorta/ext/tables.h>
#include <aorta/ext/timer.h>
#include <aorta/options.hpp>
#include <aorta/table.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta {

/// A payload under construction, owned. Made by Host::buffer.
class Buffer {
public:
    Buffer() = default;

    Buffer(const aorta_host* host, aorta_buffer* buffer) : host_(host), buffer_(buffer) {}

    Buffer(Buffer&& other) noexcept
        : host_(other.host_), buffer_(std::exchange(other.buffer_, nullptr)) {}

    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(host_, other.host_);
        std::swap(buffer_, other.buffer_);
        return *this;
    }

    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    ~Buffer() {
        if (buffer_ != nullptr) {
            host_->buffer_free(host_, buffer_);
        }
    }

    explicit operator bool() const { return buffer_ != nullptr; }

    char* data() { return reinterpret_cast<char*>(buffer_->data); }

    std::size_t capacity() const { return static_cast<std::size_t>(buffer_->capacity); }

    std::size_t size() const { return static_cast<std::size_t>(buffer_->length); }

    std::string_view text() const { return {reinterpret_cast<const char*>(buffer_->data), size()}; }

    /// Sets the number of bytes in use, at most capacity().
    void resize(std::size_t length) { buffer_->length = length; }

    /// Appends bytes; the capacity must suffice.
    void append(std::string_view bytes) {
        std::memcpy(buffer_->data + buffer_->length, bytes.data(), bytes.size());
        buffer_->length += bytes.size();
    }

    aorta_buffer* release() { return std::exchange(buffer_, nullptr); }

private:
    const aorta_host* host_ = nullptr;
    aorta_buffer* buffer_ = nullptr;
};

struct LogField {
    LogField(std::string_view field, std::string_view value) : name(field), text(value) {}

    LogField(std::string_view field, std::int64_t value) : name(field), integer(value) {}

    std::string_view name;
    std::string_view text = {};
    std::int64_t integer = 0;
};

/// A counter of the node, cheap to add to from any thread.
class Counter {
public:
    Counter() = default;

    Counter(const aorta_host* host, const aorta_metrics* metrics, std::uint32_t id)
        : host_(host), metrics_(metrics), id_(id) {}

    void add(std::uint64_t n = 1) const {
        if (metrics_ != nullptr) {
            metrics_->add(host_, id_, n);
        }
    }

private:
    const aorta_host* host_ = nullptr;
    const aorta_metrics* metrics_ = nullptr;
    std::uint32_t id_ = 0;
};

struct Draft;
class Record;

/// The host, as one node sees it. A handle: copy it freely.
class Host {
public:
    Host() = default;

    explicit Host(const aorta_host* abi)
        : abi_(abi),
          log_(extension<aorta_log>(AORTA_EXT_LOG)),
          clock_(extension<aorta_clock>(AORTA_EXT_CLOCK)) {}

    const aorta_host* abi() const { return abi_; }

    template <class T>
    const T* extension(const char* id) const {
        return static_cast<const T*>(abi_->get_extension(abi_, id));
    }

    std::uint32_t intern(std::string_view name) const { return abi_->intern(abi_, to_abi(name)); }

    /// A buffer of at least `capacity` bytes. May overdraw the byte budget: sources wait for it.
    /// Throws bad_alloc without memory.
    Buffer buffer(std::size_t capacity) const {
        aorta_buffer* made = abi_->buffer_new(abi_, capacity);
        if (made == nullptr) {
            throw std::bad_alloc();
        }
        return {abi_, made};
    }

    Buffer buffer(std::string_view bytes) const {
        Buffer made = buffer(bytes.size());
        made.append(bytes);
        return made;
    }

    /// Wall clock since 1970 UTC. Virtual in pipeline tests.
    Nanoseconds now() const { return Nanoseconds{clock_->now_ns(abi_)}; }

    /// Steady clock, for time-outs. Virtual in pipeline tests.
    Nanoseconds steady() const { return Nanoseconds{clock_->steady_ns(abi_)}; }

    /// When the record was taken in, by the steady clock. A processor whose state is kept reckons
    /// with this instead of steady(): it is the same when the record comes again after a restart.
    Nanoseconds steady_of(const Record& record) const;

    /// Processors: whether the state outlives the process. If so, `drain` leaves alone what is
    /// held.
    bool keeps_state() const {
        const auto* state = extension<aorta_state_host>(AORTA_EXT_STATE);
        return state != nullptr && state->is_kept(abi_) != 0;
    }

    /// Processors: on_timer at or after this steady time; Nanoseconds::max() clears it.
    void set_timer(Nanoseconds at) const {
        extension<aorta_timer>(AORTA_EXT_TIMER)->set(abi_, at.count());
    }

    /// Logs an event in snake_case. Never a value of a message.
    void log(std::uint32_t level,
             std::string_view event,
             std::initializer_list<LogField> fields = {}) const {
        std::vector<aorta_log_field> abi_fields;
        abi_fields.reserve(fields.size());
        for (const LogField& field : fields) {
            abi_fields.push_back({to_abi(field.name), to_abi(field.text), field.integer});
        }
        log_->write(abi_,
                    level,
                    to_abi(event),
                    abi_fields.data(),
                    static_cast<std::uint32_t>(abi_fields.size()));
    }

    Counter counter(std::string_view name) const {
        const auto* metrics = extension<aorta_metrics>(AORTA_EXT_METRICS);
        return metrics == nullptr ? Counter{}
                                  : Counter{abi_, metrics, metrics->counter(abi_, to_abi(name))};
    }

    /// Sinks that reply: whether a source answers with what their peers say.
    bool wants_reply() const {
        const auto* replies = extension<aorta_reply>(AORTA_EXT_REPLY);
        return replies != nullptr && replies->is_wanted(abi_) != 0;
    }

    /// A table of the pipeline, to keep for the node's life; false when there is none of this name.
    Table table(std::string_view name) const {
        return detail::open_table(extension<aorta_tables>(AORTA_EXT_TABLES), name);
    }

    /// Sources: a buffer within the byte budget, or an empty one: then on_credit comes later.
    Buffer try_buffer(std::size_t capacity) const {
        return {abi_, abi_->try_buffer(abi_, capacity)};
    }

    /// Sources: sends records on, in this order.
    void push(std::span<Draft> drafts) const;
    void push(Draft&& draft) const;

    /// Sources: nothing more will come.
    void finished() const { abi_->finished(abi_); }

private:
    const aorta_host* abi_ = nullptr;
    const aorta_log* log_ = nullptr;
    const aorta_clock* clock_ = nullptr;
};

/// A record that a plugin makes. Fields left alone are the parent's.
struct Draft {
    Buffer payload = {};             ///< empty handle: share the parent's payload
    std::uint32_t content_type = 0;  ///< interned
    Nanoseconds event_time{0};
    std::vector<std::pair<std::uint32_t, std::string>> attributes = {};
    std::uint64_t position = 0;    ///< sources
    std::uint64_t connection = 0;  ///< sources: records of one connection keep their order
    std::uint64_t cookie = 0;      ///< sources: comes back in on_ack and on_settled
};

namespace detail {

/// The ABI form of drafts; keeps the attribute arrays alive for the call.
class AbiDrafts {
public:
    explicit AbiDrafts(std::span<Draft> drafts) : drafts_(drafts.size()), pointers_(drafts.size()) {
        for (std::size_t i = 0; i < drafts.size(); ++i) {
            convert(drafts[i], drafts_[i]);
            pointers_[i] = &drafts_[i];
        }
    }

    const aorta_draft* const* data() const { return pointers_.data(); }

    std::uint32_t size() const { return static_cast<std::uint32_t>(pointers_.size()); }

private:
    void convert(Draft& draft, aorta_draft& abi) {
        abi = {.size = sizeof(aorta_draft),
               .content_type = draft.content_type,
               .payload = draft.payload.release(),
               .event_time_ns = draft.event_time.count(),
               .attributes = nullptr,
               .attribute_count = draft.attributes.size(),
               .position = draft.position,
               .connection = draft.connection,
               .cookie = draft.cookie};
        if (!draft.attributes.empty()) {
            auto& list = attributes_.emplace_back();
            for (const auto& [name, value] : draft.attributes) {
                list.push_back({name, 0, to_abi(value)});
            }
            abi.attributes = list.data();
        }
    }

    std::vector<aorta_draft> drafts_;
    std::vector<const aorta_draft*> pointers_;
    std::vector<std::vector<aorta_attribute>> attributes_;
};

}  // namespace detail

inline void Host::push(std::span<Draft> drafts) const {
    const detail::AbiDrafts abi_drafts{drafts};
    abi_->push(abi_, abi_drafts.data(), abi_drafts.size());
}

inline void Host::push(Draft&& draft) const {
    push(std::span<Draft>{&draft, 1});
}

}  // namespace aorta
