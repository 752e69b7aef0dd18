// The functions of aorta_host.
#include "host.hpp"

#include <algorithm>
#include <utility>

namespace aorta::testing {
namespace {

constexpr std::uint64_t kMaxCapacity = 1ULL << 30U;
// Every third request of a source is refused once, so that it has to wait for credit.
constexpr std::uint64_t kRefuseEvery = 3;

}  // namespace

/// Static functions with access to the host behind `data`.
struct HostCalls {
    static TestHost& of(const aorta_host* self) { return *static_cast<TestHost*>(self->data); }

    static std::uint32_t intern(const aorta_host* self, aorta_str name) {
        if (name.size == 0) {
            of(self).find("intern.empty", "an empty name was interned");
        }
        return testing::intern(text_of(name));
    }

    static aorta_buffer* buffer_new(const aorta_host* self, std::uint64_t capacity) {
        TestHost& host = of(self);
        if (capacity > kMaxCapacity) {
            host.find("buffer.huge", "a buffer of more than 1 GiB was asked for");
            return nullptr;
        }
        auto owned = std::make_unique<OwnedBuffer>();
        owned->bytes = std::make_unique<std::uint8_t[]>(capacity + AORTA_PADDING);
        owned->abi = {owned->bytes.get(), 0, capacity};
        const std::lock_guard lock(host.mutex_);
        aorta_buffer* made = &owned->abi;
        host.buffers_.emplace(made, std::move(owned));
        return made;
    }

    static void buffer_free(const aorta_host* self, aorta_buffer* buffer) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        static_cast<void>(host.take_payload(buffer, "buffer_free"));
    }

    static void set_payload(const aorta_host* self,
                            aorta_record* record,
                            aorta_buffer* buffer,
                            std::uint32_t content_type) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Item* item = editable(host, record, "set_payload");
        const auto payload = host.take_payload(buffer, "set_payload");
        if (item == nullptr || !payload) {
            return;
        }
        item->set_bytes(*payload);
        item->abi.view = nullptr;
        if (content_type != 0) {
            set_type(host, *item, content_type, "set_payload");
        }
    }

    static void* new_view(const aorta_host* self,
                          aorta_record* record,
                          std::uint32_t type,
                          std::uint64_t length) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        Item* item = editable(host, record, "new_view");
        if (name_of(type).empty()) {
            host.add_finding("view.type", "new_view was given a type that is not interned");
        }
        return item == nullptr ? nullptr : item->set_view(type, length);
    }

    static void set_content_type(const aorta_host* self, aorta_record* record, std::uint32_t type) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (Item* item = editable(host, record, "set_content_type")) {
            set_type(host, *item, type, "set_content_type");
        }
    }

    static void set_key(const aorta_host* self, aorta_record* record, aorta_str identifier) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (Item* item = editable(host, record, "set_key")) {
            item->identifier = text_of(identifier);
            // Any hash will do here; it is never 0.
            item->abi.key = std::hash<std::string>{}(item->identifier) | 1U;
        }
    }

    static void set_event_time(const aorta_host* self, aorta_record* record, std::int64_t time_ns) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (Item* item = editable(host, record, "set_event_time")) {
            item->abi.event_time_ns = time_ns;
        }
    }

    static void set_attribute(const aorta_host* self,
                              aorta_record* record,
                              std::uint32_t name,
                              aorta_str value) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (name_of(name).empty()) {
            host.add_finding("attribute.name", "set_attribute was given a name not interned");
        }
        if (Item* item = editable(host, record, "set_attribute")) {
            item->attributes[name] = text_of(value);
        }
    }

    static aorta_str attribute(const aorta_host* self,
                               const aorta_record* record,
                               std::uint32_t name) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        const Item* item = host.known(record, "attribute");
        if (item == nullptr || !item->attributes.contains(name)) {
            return {nullptr, 0};
        }
        return abi_text(item->attributes.at(name));
    }

    static aorta_buffer* try_buffer(const aorta_host* self, std::uint64_t capacity) {
        TestHost& host = of(self);
        {
            const std::lock_guard lock(host.mutex_);
            source_only(host, "try_buffer");
            if (++host.tries_ % kRefuseEvery == 0) {
                host.owes_credit_ = true;
                host.changed_.notify_all();
                return nullptr;
            }
        }
        return buffer_new(self, capacity);
    }

    static void push(const aorta_host* self,
                     const aorta_draft* const* drafts,
                     std::uint32_t count) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        source_only(host, "push");
        host.check_active("push");
        if (host.is_finished_) {
            host.add_finding("finished.push", "a record was pushed after finished");
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            const aorta_draft& draft = *drafts[i];
            host.pushed_.push_back(
                {{host.draft_record(&draft, nullptr, "push"), draft.position, draft.connection},
                 draft.cookie});
        }
        host.changed_.notify_all();
    }

    static void finished(const aorta_host* self) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        source_only(host, "finished");
        host.check_active("finished");
        if (std::exchange(host.is_finished_, true)) {
            host.add_finding("finished.twice", "finished was called twice");
        }
        host.changed_.notify_all();
    }

    static void complete(const aorta_host* self,
                         aorta_record* record,
                         std::uint32_t code,
                         aorta_str reason,
                         aorta_str where,
                         std::int64_t /*retry_after_ns*/) {
        TestHost& host = of(self);
        const std::lock_guard lock(host.mutex_);
        if (code > AORTA_INTERNAL) {
            host.add_finding("code.unknown", "complete was given an unknown error code");
            code = AORTA_INTERNAL;
        }
        if (code != AORTA_OK) {
            host.check_reason(text_of(reason), text_of(where));
        }
        host.complete(record,
                      {static_cast<ErrorCode>(code),
                       std::string(text_of(reason)),
                       std::string(text_of(where))},
                      "complete");
    }

    // The rest is not a function of the table.

    static void source_only(TestHost& host, const char* call) {
        if (host.about_.kind != About::Kind::Source) {
            host.add_finding("kind.call", std::string(call) + " is for sources only");
        }
    }

    /// A record that the plugin may change now: of the batch in process, or held, by the worker.
    static Item* editable(TestHost& host, aorta_record* record, const char* call) {
        if (!host.check_worker(call)) {
            return nullptr;
        }
        Item* item = host.known(record, call);
        const auto& batch = host.batch_;
        if (item != nullptr && !item->is_held &&
            std::find(batch.begin(), batch.end(), item) == batch.end()) {
            host.add_finding("record.not_yours", std::string(call) + " on a record out of reach");
            return nullptr;
        }
        return item;
    }

    static void set_type(TestHost& host, Item& item, std::uint32_t type, const char* call) {
        if (name_of(type).empty()) {
            host.add_finding("content_type.unknown",
                             std::string(call) + " was given a type that is not interned");
        }
        item.abi.content_type = type;
    }
};

void TestHost::complete(const aorta_record* record, Completion completion, const char* call) {
    if (about_.kind != About::Kind::Sink) {
        add_finding("kind.call", std::string(call) + " is for sinks only");
        return;
    }
    check_active(call);
    Item* item = known(record, call);
    if (item == nullptr) {
        return;
    }
    if (std::exchange(item->is_completed, true)) {
        add_finding("complete.twice", "a record was completed twice");
        return;
    }
    item->completion = std::move(completion);
    item->completion.reply = std::move(item->reply);
    changed_.notify_all();
}

namespace {

aorta_host host_table(void* data) {
    return {.size = sizeof(aorta_host),
            .abi_major = AORTA_ABI_MAJOR,
            .abi_minor = AORTA_ABI_MINOR,
            .reserved = 0,
            .data = data,
            .get_extension = get_extension,
            .intern = HostCalls::intern,
            .buffer_new = HostCalls::buffer_new,
            .buffer_free = HostCalls::buffer_free,
            .set_payload = HostCalls::set_payload,
            .new_view = HostCalls::new_view,
            .set_content_type = HostCalls::set_content_type,
            .set_key = HostCalls::set_key,
            .set_event_time = HostCalls::set_event_time,
            .set_attribute = HostCalls::set_attribute,
            .attribute = HostCalls::attribute,
            .try_buffer = HostCalls::try_buffer,
            .push = HostCalls::push,
            .finished = HostCalls::finished,
            .complete = HostCalls::complete};
}

}  // namespace

TestHost::TestHost(const About& about, std::vector<std::string> ports, std::vector<Table> tables)
    : about_(about),
      ports_(std::move(ports)),
      tables_(std::move(tables)),
      abi_(host_table(this)),
      out_(out_table(this)),
      has_real_clock_(about.kind != About::Kind::Processor) {
    const auto report = [](const aorta_diagnostics* self, const aorta_value*, aorta_str message) {
        auto& host = *static_cast<TestHost*>(self->data);
        const std::lock_guard lock(host.mutex_);
        host.check_text("a diagnostic", text_of(message));
        host.errors_.emplace_back(text_of(message).substr(0, 1000));
    };
    diagnostics_ = {sizeof diagnostics_,
                    this,
                    report,
                    [](const aorta_diagnostics*, const aorta_value*, aorta_str) {},
                    [](const aorta_diagnostics* self, const char* id) -> const void* {
                        const auto& host = *static_cast<TestHost*>(self->data);
                        return std::string_view{id} == AORTA_EXT_TABLES ? host.tables_.abi()
                                                                        : nullptr;
                    }};
}

}  // namespace aorta::testing
