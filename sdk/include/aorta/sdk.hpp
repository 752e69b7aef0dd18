// sdk.hpp: the pleasant way to write a plugin. Derive from Processor, Source or Sink, describe it
// in a constexpr Descriptor, and close the file with AORTA_PLUGIN(Class, kDescriptor).
//
// Everything handed to a method is borrowed for the call. Exceptions are caught at the border and
// become fail(internal) for the record, so throw only when something is broken.
#pragma once

#include <aorta/abi.h>
#include <aorta/descriptor.hpp>
#include <aorta/ext/clock.h>
#include <aorta/ext/log.h>
#include <aorta/ext/metrics.h>
#include <aorta/ext/reply.h>
#include <aorta/ext/state.h>
#include <aorta/ext/tables.h>
#include <aorta/ext/timer.h>
#include <aorta/result.hpp>
#include <aorta/state.hpp>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta {

using Nanoseconds = std::chrono::nanoseconds;

inline aorta_str to_abi(std::string_view text) {
    return {text.data(), text.size()};
}

inline std::string_view from_abi(aorta_str text) {
    return {text.data, static_cast<std::size_t>(text.size)};
}

/// The options of a node, or a part of them: checked against the descriptor, defaults filled in, so
/// that reading a declared option cannot fail. An undeclared or absent one reads as empty.
class Options {
public:
    explicit Options(const aorta_value* value = nullptr) : value_(value) {}

    bool exists() const { return value_ != nullptr && value_->type != AORTA_NULL; }

    std::string_view text() const { return value_ != nullptr ? from_abi(value_->text) : ""; }

    bool flag() const { return value_ != nullptr && value_->integer != 0; }

    std::int64_t integer() const { return value_ != nullptr ? value_->integer : 0; }

    std::uint64_t bytes() const { return static_cast<std::uint64_t>(integer()); }

    Nanoseconds duration() const { return Nanoseconds{integer()}; }

    double real() const {
        if (value_ == nullptr) {
            return 0.0;
        }
        return value_->type == AORTA_REAL ? value_->real : static_cast<double>(value_->integer);
    }

    /// Number of items of a list or map.
    std::size_t size() const {
        return value_ != nullptr ? static_cast<std::size_t>(value_->count) : 0;
    }

    Options item(std::size_t index) const { return Options{value_->items[index]}; }

    std::string_view key(std::size_t index) const { return from_abi(value_->keys[index]); }

    Options operator[](std::string_view name) const {
        for (std::size_t i = 0; value_ != nullptr && value_->keys != nullptr && i < size(); ++i) {
            if (key(i) == name) {
                return item(i);
            }
        }
        return Options{};
    }

    /// Copies a list of texts.
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < size(); ++i) {
            all.emplace_back(item(i).text());
        }
        return all;
    }

    const aorta_value* abi() const { return value_; }

private:
    const aorta_value* value_;
};

/// A table of the pipeline, as one node has it open. A handle: copy it freely, use it on one thread
/// at a time. From Host::table, or from Diagnostics::table, where it has columns only.
class Table {
public:
    Table() = default;

    Table(const aorta_tables* tables, const aorta_table* table) : tables_(tables), table_(table) {}

    /// False for a table that the pipeline does not have.
    explicit operator bool() const { return table_ != nullptr; }

    /// 0 when the table cannot be read here (a check without the site's variables).
    std::size_t column_count() const { return table_->column_count; }

    std::string_view column(std::size_t index) const { return from_abi(table_->columns[index]); }

    /// The number of a column, or nothing.
    std::optional<std::size_t> find_column(std::string_view name) const {
        for (std::size_t i = 0; i < column_count(); ++i) {
            if (column(i) == name) {
                return i;
            }
        }
        return std::nullopt;
    }

    std::size_t key_count() const { return table_->key_count; }

    /// The name of the n-th column of the key.
    std::string_view key(std::size_t index) const { return column(table_->keys[index]); }

    /// AORTA_MISSING_…: what the pipeline says of keys that are not there.
    std::uint32_t on_missing() const { return table_->on_missing; }

    /// The cells that stand in for a missing row: one a column, or none at all.
    std::span<const aorta_str> defaults() const { return cells(table_->defaults); }

    /// The cells of the row with these keys (from_abi gives the text): one a column, or none at
    /// all when there is no such row. Valid until the next find.
    std::span<const aorta_str> find(std::span<const std::string_view> keys) const {
        aorta_str few[4];
        std::vector<aorta_str> many;
        aorta_str* abi = few;
        if (keys.size() > std::size(few)) {
            many.resize(keys.size());
            abi = many.data();
        }
        for (std::size_t i = 0; i < keys.size(); ++i) {
            abi[i] = to_abi(keys[i]);
        }
        return cells(tables_->find(tables_, table_, abi, static_cast<std::uint32_t>(keys.size())));
    }

    std::span<const aorta_str> find(std::string_view key) const { return find({&key, 1}); }

private:
    std::span<const aorta_str> cells(const aorta_str* maybe_row) const {
        return {maybe_row, maybe_row == nullptr ? 0 : column_count()};
    }

    const aorta_tables* tables_ = nullptr;
    const aorta_table* table_ = nullptr;
};

namespace detail {

inline Table open_table(const aorta_tables* tables, std::string_view name) {
    return tables == nullptr ? Table{} : Table{tables, tables->open(tables, to_abi(name))};
}

}  // namespace detail

/// Where `check` and `start` report problems of options, with the position in the pipeline file.
class Diagnostics {
public:
    explicit Diagnostics(const aorta_diagnostics* abi) : abi_(abi) {}

    void error(Options at, std::string_view message) {
        abi_->error(abi_, at.abi(), to_abi(message));
        failed_ = true;
    }

    void warning(Options at, std::string_view message) {
        abi_->warning(abi_, at.abi(), to_abi(message));
    }

    bool failed() const { return failed_; }

    /// A table of the pipeline with its columns, for `check` to look at; false when there is none.
    Table table(std::string_view name) const { return detail::open_table(tables(), name); }

    /// "the pipeline has the tables a, b": what to say of a name that is not among them.
    std::string table_names() const {
        std::string names;
        for (std::uint32_t i = 0; tables() != nullptr; ++i) {
            const std::string_view name = from_abi(tables()->name(tables(), i));
            if (name.empty()) {
                break;
            }
            names += (i == 0 ? "" : ", ") + std::string{name};
        }
        return names.empty() ? "the pipeline has no tables"
                             : "the pipeline has the tables " + names;
    }

private:
    const aorta_tables* tables() const {
        const bool can = abi_->size > offsetof(aorta_diagnostics, get_extension) &&
                         abi_->get_extension != nullptr;
        return can ? static_cast<const aorta_tables*>(abi_->get_extension(abi_, AORTA_EXT_TABLES))
                   : nullptr;
    }

    const aorta_diagnostics* abi_;
    bool failed_ = false;
};

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
    Buffer buffer(std::size_t capacity) const { return {abi_, abi_->buffer_new(abi_, capacity)}; }

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

/// A record on its way through a node, borrowed.
class Record {
public:
    Record(const aorta_host* host, aorta_record* record) : host_(host), record_(record) {}

    /// The payload; at least AORTA_PADDING readable bytes lie behind it.
    std::string_view payload() const {
        return {reinterpret_cast<const char*>(record_->data),
                static_cast<std::size_t>(record_->length)};
    }

    std::uint32_t content_type() const { return record_->content_type; }

    std::uint64_t key() const { return record_->key; }

    std::uint64_t position() const { return record_->position; }

    Nanoseconds event_time() const { return Nanoseconds{record_->event_time_ns}; }

    Nanoseconds ingest_time() const { return Nanoseconds{record_->ingest_time_ns}; }

    /// 32 hex digits, the same after a replay.
    std::string id() const {
        constexpr char kHex[] = "0123456789abcdef";
        std::string text;
        for (const std::uint64_t half : record_->id) {
            for (int shift = 60; shift >= 0; shift -= 4) {
                text += kHex[(half >> shift) & 15U];
            }
        }
        return text;
    }

    /// The parsed view of this layout, or empty.
    std::span<const std::byte> view(std::uint32_t type) const {
        if (record_->view == nullptr || record_->view->type != type) {
            return {};
        }
        return {static_cast<const std::byte*>(record_->view->data),
                static_cast<std::size_t>(record_->view->length)};
    }

    /// Empty with null data when absent.
    std::string_view attribute(std::uint32_t name) const {
        return from_abi(host_->attribute(host_, record_, name));
    }

    /// Replaces the payload and drops the view. content_type 0 keeps it.
    void set_payload(Buffer payload, std::uint32_t content_type = 0) {
        host_->set_payload(host_, record_, payload.release(), content_type);
    }

    /// Attaches a zeroed view to fill before the call returns.
    std::byte* new_view(std::uint32_t type, std::size_t bytes) {
        return static_cast<std::byte*>(host_->new_view(host_, record_, type, bytes));
    }

    void set_content_type(std::uint32_t type) { host_->set_content_type(host_, record_, type); }

    /// Sets the key to a keyed hash of a patient or device id.
    void set_key(std::string_view identifier) {
        host_->set_key(host_, record_, to_abi(identifier));
    }

    void set_event_time(Nanoseconds time) { host_->set_event_time(host_, record_, time.count()); }

    void set_attribute(std::uint32_t name, std::string_view value) {
        host_->set_attribute(host_, record_, name, to_abi(value));
    }

    aorta_record* abi() const { return record_; }

private:
    const aorta_host* host_;
    aorta_record* record_;
};

inline Nanoseconds Host::steady_of(const Record& record) const {
    const Nanoseconds taken_in = record.ingest_time();
    const Nanoseconds age = taken_in.count() == 0 ? taken_in : now() - taken_in;
    return steady() - (age.count() > 0 ? age : Nanoseconds{0});
}

/// A path or an offset such as "PID-3[2].1" or "byte 17": a short text by value, cut at 47 bytes.
/// Never a value of a message.
class Where {
public:
    Where()
        : size_(0) {}  // NOLINT(cppcoreguidelines-pro-type-member-init): text_ counts up to size_

    Where(std::string_view
              text)  // NOLINT(google-explicit-constructor, cppcoreguidelines-pro-type-member-init)
        : size_(
              static_cast<std::uint8_t>(text.size() < sizeof text_ ? text.size() : sizeof text_)) {
        std::memcpy(text_, text.data(), size_);
    }

    Where(const char* text)
        : Where(std::string_view{text}) {}  // NOLINT(google-explicit-constructor)

    Where(const std::string& text)
        : Where(std::string_view{text}) {}  // NOLINT(google-explicit-constructor)

    std::string_view text() const { return {text_, size_}; }

private:
    char text_[47];
    std::uint8_t size_;
};

/// What a processor says of a record. Reasons are ids that the descriptor declares and live longer
/// than the call.
struct Verdict {
    std::uint32_t kind = AORTA_PASS;
    std::uint32_t port = 0;
    ErrorCode code = ErrorCode::Ok;
    std::string_view reason = {};
    Where where = {};

    static Verdict pass(std::uint32_t port = 0) { return {AORTA_PASS, port}; }

    /// Consumed: its fate is that of the records emitted from it.
    static Verdict emitted() { return {AORTA_EMITTED}; }

    static Verdict drop(std::string_view reason, Where where = {}) {
        return {AORTA_DROP, 0, ErrorCode::Ok, reason, where};
    }

    static Verdict reject(std::string_view reason, Where where = {}) {
        return {AORTA_REJECT, 0, ErrorCode::InvalidData, reason, where};
    }

    static Verdict fail(ErrorCode code, std::string_view reason, Where where = {}) {
        return {AORTA_FAIL, 0, code, reason, where};
    }

    /// After Out::absorb.
    static Verdict absorbed() { return {AORTA_ABSORB}; }
};

/// The way out of a processor, valid during process, on_timer and drain.
class Out {
public:
    Out(const aorta_host* host, const aorta_out* abi, std::uint32_t index)
        : host_(host), abi_(abi), index_(index) {}

    /// Sends a new record, child of the record in process.
    void emit(std::uint32_t port, Draft draft) {
        const detail::AbiDrafts drafts{std::span<Draft>{&draft, 1}};
        abi_->emit(abi_, index_, port, drafts.data()[0]);
    }

    /// Keeps the record in process; return Verdict::absorbed() and resolve it later.
    Record absorb() { return {host_, abi_->absorb(abi_, index_)}; }

    /// Sends a new record, child of held ones.
    void emit_from(std::span<const Record> parents, std::uint32_t port, Draft draft) {
        std::vector<aorta_record*> held;
        for (const Record& parent : parents) {
            held.push_back(parent.abi());
        }
        const detail::AbiDrafts drafts{std::span<Draft>{&draft, 1}};
        abi_->emit_held(
            abi_, held.data(), static_cast<std::uint32_t>(held.size()), port, drafts.data()[0]);
    }

    /// Gives a held record back.
    void resolve(const Record& held, const Verdict& verdict) {
        const std::uint32_t extra =
            verdict.kind == AORTA_FAIL ? static_cast<std::uint32_t>(verdict.code) : verdict.port;
        abi_->resolve(abi_,
                      held.abi(),
                      verdict.kind,
                      extra,
                      to_abi(verdict.reason),
                      to_abi(verdict.where.text()));
    }

private:
    const aorta_host* host_;
    const aorta_out* abi_;
    std::uint32_t index_;
};

/// Derive, implement process, construct from (const Options&, Host).
/// A static `void check(const Options&, Diagnostics&)` may look at options before anything starts.
///
/// A processor that remembers something between records can have it kept over a restart (see
/// ext/state.h): it declares `static constexpr std::uint32_t kStateVersion`, `void
/// save(StateWriter&) const` and `Result<void> load(StateReader&, std::uint32_t version)`, on the
/// thread of `process`. Then its decisions must follow from records, their order and
/// Host::steady_of alone.
class Processor {
public:
    Processor() = default;
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;
    virtual ~Processor() = default;

    /// One record, one verdict. One thread at a time.
    virtual Verdict process(Record& record, Out& out) = 0;

    /// The alarm of Host::set_timer. `steady` is Host::steady().
    virtual void on_timer(Out& /*out*/, Nanoseconds /*steady*/) {}

    /// The pipeline is stopping: resolve every held record.
    virtual void drain(Out& /*out*/) {}
};

/// An answer (AORTA_ACK_…) or a fate (AORTA_FATE_…) of a record that a source pushed.
struct Outcome {
    std::uint32_t kind = 0;
    ErrorCode code = ErrorCode::Ok;
    std::string_view reason = {};
    std::string_view where = {};
    /// on_ack: what the peer of the sink named by `ack: { reply: … }` answered, for the call only.
    /// Tell the sender this. Empty: answer by `kind`, as without `reply`.
    std::string_view reply = {};
};

/// Derive, implement start and stop. The callbacks come from any thread and must not block.
class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Starts reading, on the source's own threads.
    virtual Result<void> start() = 0;
    /// Stops reading: no push after it returns. Acknowledgements may still come until destruction.
    virtual void stop() = 0;

    /// The budget has room again after an empty try_buffer.
    virtual void on_credit() {}

    /// The answer for the sender, exactly once for each pushed record.
    virtual void on_ack(std::uint64_t /*cookie*/, const Outcome& /*answer*/) {}

    /// The fate of all that came of a pushed record, exactly once.
    virtual void on_settled(std::uint64_t /*cookie*/, const Outcome& /*fate*/) {}
};

/// One record to deliver. A handle: end it exactly once, now or later, from any thread.
class Delivery {
public:
    Delivery(const aorta_host* host, aorta_record* record) : host_(host), record_(record) {}

    Record record() const { return {host_, record_}; }

    /// The peer's answer, before `done` or `fail`: the sender gets it if its source asks for it.
    /// False when it is longer than AORTA_REPLY_MAX. Cheap when no source asks.
    bool reply(std::string_view answer) const {
        const auto* replies =
            static_cast<const aorta_reply*>(host_->get_extension(host_, AORTA_EXT_REPLY));
        return replies == nullptr || replies->is_wanted(host_) == 0 ||
               replies->set(host_, record_, to_abi(answer)) == AORTA_OK;
    }

    void done() const { host_->complete(host_, record_, AORTA_OK, {}, {}, 0); }

    void fail(ErrorCode code,
              std::string_view reason,
              std::string_view where = {},
              Nanoseconds retry_after = Nanoseconds{0}) const {
        host_->complete(host_,
                        record_,
                        static_cast<std::uint32_t>(code),
                        to_abi(reason),
                        to_abi(where),
                        retry_after.count());
    }

private:
    const aorta_host* host_;
    aorta_record* record_;
};

/// Derive, implement consume.
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    virtual Result<void> start() { return {}; }

    virtual void stop() {}

    /// Delivers records in this order. The next call comes when all of them are completed.
    virtual void consume(std::span<const Delivery> deliveries) = 0;
};

}  // namespace aorta

#include <aorta/glue.hpp>
