#include "common/testing_host/fake_host.hpp"

#include <aorta/ext/dead_letters.h>
#include <aorta/ext/refuse.h>

#include <algorithm>
#include <cstring>

namespace aorta::testing_host {

struct FakeHost::FakeRecord : aorta_record {
    std::string bytes;
    std::map<std::uint32_t, std::string> values;
};

template <class Body>
auto FakeHost::locked(Body body) const {
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
    return body();
}

// The functions behind aorta_host and its extensions.
struct FakeHost::Abi {
    static FakeHost& of(const aorta_host* host) { return *static_cast<FakeHost*>(host->data); }

    static std::uint32_t intern(const aorta_host* host, aorta_str name) {
        FakeHost& self = of(host);
        return self.locked([&] {
            const auto found =
                std::find(self.names_.begin(), self.names_.end(), std::string{from_abi(name)});
            const auto index = found - self.names_.begin();
            if (found == self.names_.end()) {
                self.names_.emplace_back(from_abi(name));
            }
            return static_cast<std::uint32_t>(index + 1);
        });
    }

    static aorta_buffer* buffer_new(const aorta_host* /*host*/, std::uint64_t capacity) {
        auto* bytes = new std::uint8_t[capacity + AORTA_PADDING]();
        return new aorta_buffer{bytes, 0, capacity};
    }

    static void buffer_free(const aorta_host* /*host*/, aorta_buffer* buffer) {
        delete[] buffer->data;
        delete buffer;
    }

    static aorta_buffer* try_buffer(const aorta_host* host, std::uint64_t capacity) {
        FakeHost& self = of(host);
        const bool granted = self.locked([&] {
            const bool fits = capacity <= self.budget_;
            if (fits && self.budget_ != UINT64_MAX) {
                self.budget_ -= capacity;
            }
            self.refusals_ += fits ? 0 : 1;
            return fits;
        });
        return granted ? buffer_new(host, capacity) : nullptr;
    }

    static void push(const aorta_host* host,
                     const aorta_draft* const* drafts,
                     std::uint32_t count) {
        FakeHost& self = of(host);
        self.locked([&] {
            for (std::uint32_t i = 0; i < count; ++i) {
                self.pushed_.push_back(self.taken(*drafts[i]));
                buffer_free(host, drafts[i]->payload);
            }
        });
    }

    static void finished(const aorta_host* host) {
        FakeHost& self = of(host);
        self.locked([&] { self.finished_ = true; });
    }

    static aorta_str attribute(const aorta_host* /*host*/,
                               const aorta_record* record,
                               std::uint32_t name) {
        const auto& values = static_cast<const FakeRecord*>(record)->values;
        const auto found = values.find(name);
        return found == values.end() ? aorta_str{} : to_abi(found->second);
    }

    static void complete(const aorta_host* host,
                         aorta_record* record,
                         std::uint32_t code,
                         aorta_str reason,
                         aorta_str where,
                         std::int64_t /*retry_after_ns*/) {
        FakeHost& self = of(host);
        self.locked([&] {
            self.completed_.push_back(
                {code, std::string{from_abi(reason)}, std::string{from_abi(where)}, record->id[1]});
        });
    }

    static void log(const aorta_host* host,
                    std::uint32_t /*level*/,
                    aorta_str event,
                    const aorta_log_field* /*fields*/,
                    std::uint32_t /*count*/) {
        FakeHost& self = of(host);
        self.locked([&] { ++self.events_[std::string{from_abi(event)}]; });
    }

    static std::int64_t now_ns(const aorta_host* host) {
        FakeHost& self = of(host);
        const std::lock_guard lock{self.mutex_};
        return self.now_ns_;
    }

    static std::int64_t steady_ns(const aorta_host* host) {
        FakeHost& self = of(host);
        const std::lock_guard lock{self.mutex_};
        return self.steady_ns_;
    }

    static std::uint32_t counter(const aorta_host* host, aorta_str name) {
        FakeHost& self = of(host);
        return self.locked([&] {
            self.counters_.emplace_back(std::string{from_abi(name)}, 0);
            return static_cast<std::uint32_t>(self.counters_.size() - 1);
        });
    }

    static void add(const aorta_host* host, std::uint32_t counter, std::uint64_t n) {
        FakeHost& self = of(host);
        self.locked([&] { self.counters_[counter].second += n; });
    }

    static void store(const aorta_host* host, aorta_record* /*record*/) {
        FakeHost& self = of(host);
        self.locked([&] { ++self.dead_letters_; });
    }

    static void refuse(const aorta_host* host,
                       const aorta_draft* /*draft*/,
                       std::uint32_t code,
                       aorta_str reason,
                       aorta_str where) {
        FakeHost& self = of(host);
        self.locked([&] {
            self.refused_.push_back(
                {code, std::string{from_abi(reason)}, std::string{from_abi(where)}});
        });
    }

    static const void* get_extension(const aorta_host* host, const char* id) {
        static constexpr aorta_log kLog{sizeof(aorta_log), log};
        static constexpr aorta_clock kClock{sizeof(aorta_clock), now_ns, steady_ns};
        static constexpr aorta_metrics kMetrics{sizeof(aorta_metrics), counter, add};
        static constexpr aorta_dead_letters kDeadLetters{sizeof(aorta_dead_letters), store};
        static constexpr aorta_refuse kRefuse{sizeof(aorta_refuse), refuse};
        const std::string_view name{id};
        if (name == of(host).hidden_) {
            return nullptr;
        }
        if (name == AORTA_EXT_LOG) {
            return &kLog;
        }
        if (name == AORTA_EXT_CLOCK) {
            return &kClock;
        }
        if (name == AORTA_EXT_METRICS) {
            return &kMetrics;
        }
        if (name == AORTA_EXT_REFUSE) {
            return &kRefuse;
        }
        return name == AORTA_EXT_DEAD_LETTERS ? &kDeadLetters : nullptr;
    }
};

FakeHost::FakeHost() {
    abi_ = {.size = sizeof(aorta_host),
            .abi_major = AORTA_ABI_MAJOR,
            .abi_minor = AORTA_ABI_MINOR,
            .reserved = 0,
            .data = this,
            .get_extension = Abi::get_extension,
            .intern = Abi::intern,
            .buffer_new = Abi::buffer_new,
            .buffer_free = Abi::buffer_free,
            .attribute = Abi::attribute,
            .try_buffer = Abi::try_buffer,
            .push = Abi::push,
            .finished = Abi::finished,
            .complete = Abi::complete};
}

FakeHost::~FakeHost() = default;

Pushed FakeHost::taken(const aorta_draft& draft) const {
    Pushed pushed;
    pushed.payload.assign(reinterpret_cast<const char*>(draft.payload->data),
                          static_cast<std::size_t>(draft.payload->length));
    pushed.content_type = draft.content_type == 0 ? "" : names_[draft.content_type - 1];
    for (std::uint64_t i = 0; i < draft.attribute_count; ++i) {
        const aorta_attribute& attribute = draft.attributes[i];
        pushed.attributes[names_[attribute.name - 1]] = std::string{from_abi(attribute.value)};
    }
    pushed.position = draft.position;
    pushed.connection = draft.connection;
    pushed.cookie = draft.cookie;
    pushed.event_time_ns = draft.event_time_ns;
    return pushed;
}

void FakeHost::set_budget(std::uint64_t bytes) {
    locked([&] { budget_ = bytes; });
}

std::size_t FakeHost::refusals() const {
    const std::lock_guard lock{mutex_};
    return refusals_;
}

std::vector<Pushed> FakeHost::pushed() const {
    const std::lock_guard lock{mutex_};
    return pushed_;
}

std::vector<Completed> FakeHost::refused() const {
    return locked([&] { return refused_; });
}

bool FakeHost::is_finished() const {
    const std::lock_guard lock{mutex_};
    return finished_;
}

bool FakeHost::wait_until(const std::function<bool()>& claim) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!claim()) {
        std::unique_lock lock{mutex_};
        // Woken by any call; looks again after a while for claims about things outside the host.
        changed_.wait_for(lock, std::chrono::milliseconds(5));
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
    }
    return true;
}

bool FakeHost::wait_for_pushed(std::size_t count) const {
    return wait_until([&] { return pushed().size() >= count; });
}

aorta_record* FakeHost::make_record(const RecordSpec& spec) {
    auto record = std::make_unique<FakeRecord>();
    record->bytes = spec.payload + std::string(AORTA_PADDING, '\0');
    record->size = sizeof(aorta_record);
    record->data = reinterpret_cast<const std::uint8_t*>(record->bytes.data());
    record->length = spec.payload.size();
    record->event_time_ns = spec.event_time_ns;
    record->ingest_time_ns = spec.ingest_time_ns;
    record->id[1] = spec.id;
    for (const auto& [name, value] : spec.attributes) {
        record->values[Abi::intern(&abi_, to_abi(name))] = value;
    }
    return locked([&] { return records_.emplace_back(std::move(record)).get(); });
}

std::vector<Delivery> FakeHost::deliveries(const std::vector<RecordSpec>& specs) {
    std::vector<Delivery> all;
    for (const RecordSpec& spec : specs) {
        all.emplace_back(&abi_, make_record(spec));
    }
    return all;
}

std::vector<Completed> FakeHost::completed() const {
    const std::lock_guard lock{mutex_};
    return completed_;
}

std::size_t FakeHost::dead_letters() const {
    const std::lock_guard lock{mutex_};
    return dead_letters_;
}

void FakeHost::set_now(Nanoseconds now) {
    locked([&] { now_ns_ = now.count(); });
}

void FakeHost::advance(Nanoseconds step) {
    locked([&] {
        now_ns_ += step.count();
        steady_ns_ += step.count();
    });
}

std::size_t FakeHost::logged(std::string_view event) const {
    const std::lock_guard lock{mutex_};
    const auto found = events_.find(event);
    return found == events_.end() ? 0 : found->second;
}

std::uint64_t FakeHost::counted(std::string_view counter) const {
    const std::lock_guard lock{mutex_};
    std::uint64_t total = 0;
    for (const auto& [name, value] : counters_) {
        total += name == counter ? value : 0;
    }
    return total;
}

void FakeHost::hide_extension(std::string id) {
    hidden_ = std::move(id);
}

}  // namespace aorta::testing_host
