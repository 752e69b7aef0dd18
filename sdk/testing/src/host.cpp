#include "host.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace aorta::testing {
namespace {

constexpr std::size_t kMaxFindings = 100;
constexpr std::size_t kMaxChildrenKept = 1000;
constexpr std::uint64_t kMaxChildBytesKept = 64U << 20U;

struct Names {
    std::mutex mutex;
    std::vector<std::string> names;
};

Names& names() {
    // The ABI promises one numbering for the whole process.
    static Names all;
    return all;
}

}  // namespace

std::uint32_t intern(std::string_view name) {
    const std::lock_guard lock(names().mutex);
    auto& all = names().names;
    const auto found = std::find(all.begin(), all.end(), name);
    if (found != all.end()) {
        return static_cast<std::uint32_t>(found - all.begin()) + 1;
    }
    all.emplace_back(name);
    return static_cast<std::uint32_t>(all.size());
}

std::string name_of(std::uint32_t number) {
    const std::lock_guard lock(names().mutex);
    const auto& all = names().names;
    return number == 0 || number > all.size() ? std::string{} : all[number - 1];
}

Item::Item(const Record& from, const std::string& content_type) {
    abi.size = sizeof abi;
    abi.content_type = intern(from.content_type.empty() ? content_type : from.content_type);
    abi.event_time_ns = from.event_time_ns;
    set_bytes(from.payload);
    if (!from.view_type.empty()) {
        std::memcpy(
            set_view(intern(from.view_type), from.view.size()), from.view.data(), from.view.size());
    }
    for (const auto& [name, value] : from.attributes) {
        attributes[intern(name)] = value;
    }
}

void Item::set_bytes(std::string_view from) {
    bytes = std::make_unique<std::uint8_t[]>(from.size() + AORTA_PADDING);
    std::memcpy(bytes.get(), from.data(), from.size());
    untouched = from;
    abi.data = bytes.get();
    abi.length = from.size();
}

std::byte* Item::set_view(std::uint32_t type, std::size_t length) {
    view_bytes.assign(length / sizeof(std::max_align_t) + 1, {});
    view = {sizeof view, type, view_bytes.data(), length};
    abi.view = &view;
    return reinterpret_cast<std::byte*>(view_bytes.data());
}

Record Item::visible() const {
    Record record;
    record.payload.assign(reinterpret_cast<const char*>(abi.data), abi.length);
    record.content_type = name_of(abi.content_type);
    for (const auto& [name, value] : attributes) {
        record.attributes[name_of(name)] = value;
    }
    if (abi.view != nullptr) {
        record.view_type = name_of(view.type);
        record.view.assign(static_cast<const char*>(view.data), view.length);
    }
    record.identifier = identifier;
    record.event_time_ns = abi.event_time_ns;
    return record;
}

bool Item::keeps_children() const {
    return outcome.emitted.size() < kMaxChildrenKept && kept_bytes < kMaxChildBytesKept;
}

std::vector<std::string> TestHost::take_errors() {
    const std::lock_guard lock(mutex_);
    return std::exchange(errors_, {});
}

void TestHost::find(std::string rule, std::string message) {
    const std::lock_guard lock(mutex_);
    add_finding(std::move(rule), std::move(message));
}

std::vector<Finding> TestHost::findings() const {
    const std::lock_guard lock(mutex_);
    return findings_;
}

/// Once each: a rule broken for every record of a batch is one finding.
void TestHost::add_finding(std::string rule, std::string message) {
    Finding finding{std::move(rule), std::move(message)};
    if (findings_.size() < kMaxFindings &&
        std::find(findings_.begin(), findings_.end(), finding) == findings_.end()) {
        findings_.push_back(std::move(finding));
    }
}

void TestHost::set_phase(Phase phase) {
    const std::lock_guard lock(mutex_);
    phase_ = phase;
}

Item& TestHost::offer(const Record& record) {
    const bool takes_all = about_.inputs.empty() || about_.inputs[0] == "*";
    auto item = std::make_unique<Item>(record, takes_all ? "bytes" : about_.inputs[0]);
    const std::lock_guard lock(mutex_);
    item->abi.position = items_.size() + 1;
    item->abi.connection = 1;
    item->abi.id[1] = item->abi.position;
    item->abi.ingest_time_ns = kStartOfTests + steady_ns_;
    Item& offered = *item;
    items_.emplace(&offered.abi, std::move(item));
    return offered;
}

void TestHost::release(const Item& item) {
    const std::lock_guard lock(mutex_);
    items_.erase(&item.abi);
}

void TestHost::begin_call(std::vector<Item*> batch, std::uint8_t* verdicts) {
    const std::lock_guard lock(mutex_);
    worker_ = std::this_thread::get_id();
    batch_ = std::move(batch);
    verdicts_ = verdicts;
}

void TestHost::end_call() {
    const std::lock_guard lock(mutex_);
    worker_ = {};
    batch_.clear();
    verdicts_ = nullptr;
}

std::vector<Outcome> TestHost::take_resolved() {
    const std::lock_guard lock(mutex_);
    return std::exchange(resolved_, {});
}

std::size_t TestHost::held_count() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        items_.begin(), items_.end(), [](const auto& entry) { return entry.second->is_held; }));
}

bool TestHost::wait_completed(const std::vector<Item*>& items, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&items] {
        return std::all_of(
            items.begin(), items.end(), [](const Item* item) { return item->is_completed; });
    });
}

std::vector<TestHost::Push> TestHost::wait_pushed(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(
        lock, deadline, [this] { return !pushed_.empty() || owes_credit_ || is_finished_; });
    return std::exchange(pushed_, {});
}

bool TestHost::take_credit_debt() {
    const std::lock_guard lock(mutex_);
    return std::exchange(owes_credit_, false);
}

bool TestHost::is_finished() const {
    const std::lock_guard lock(mutex_);
    return is_finished_ && pushed_.empty();
}

void TestHost::advance(std::chrono::nanoseconds time) {
    const std::lock_guard lock(mutex_);
    steady_ns_ += time.count();
}

std::optional<std::int64_t> TestHost::take_due_alarm() {
    const std::lock_guard lock(mutex_);
    if (alarm_ns_ > steady_ns_) {
        return std::nullopt;
    }
    alarm_ns_ = INT64_MAX;
    return steady_ns_;
}

void TestHost::check_leaks() {
    const std::lock_guard lock(mutex_);
    if (!buffers_.empty()) {
        add_finding("buffer.leaked",
                    std::to_string(buffers_.size()) + " payload buffers were never freed");
    }
}

// ---- Checks of what a call brought; all with the mutex held ------------------------------------

void TestHost::check_text(std::string_view what, std::string_view text) {
    if (text.find(kCanary) != std::string_view::npos) {
        add_finding("data.leaked", std::string(what) + " carries data of a message");
    }
}

void TestHost::check_reason(std::string_view reason, std::string_view where) {
    check_text("a reason", reason);
    check_text("a place", where);
    if (reason == "plugin.exception") {
        add_finding("exception.thrown", "the plugin threw while it handled a record");
    } else if (!about_.reasons.contains(reason)) {
        // Shown only when it looks like an id: else it may be anything.
        const bool is_id = reason.size() <= 64 &&
                           reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._") ==
                               std::string_view::npos;
        add_finding(
            "reason.undeclared",
            "the descriptor does not declare the reason " +
                (is_id ? "`" + std::string(reason) + "`" : "that was given (no id at all)"));
    }
    if (where.size() > 256) {
        add_finding("where.long", "a place is longer than 256 bytes: it must be a path or offset");
    }
}

bool TestHost::check_worker(const char* call) {
    if (worker_ == std::this_thread::get_id()) {
        return true;
    }
    add_finding("thread.worker",
                std::string(call) + " was called outside of the call that the host made");
    return false;
}

void TestHost::check_active(const char* call) {
    if (phase_ == Phase::Stopped || phase_ == Phase::Destroyed) {
        add_finding("stop.ignored", std::string(call) + " was called after stop had returned");
    }
}

Item* TestHost::known(const aorta_record* record, const char* call) {
    const auto found = items_.find(record);
    if (found == items_.end()) {
        add_finding("record.unknown",
                    std::string(call) + " names a record that the plugin does not have (any more)");
        return nullptr;
    }
    return found->second.get();
}

std::optional<std::string> TestHost::take_payload(aorta_buffer* buffer, const char* call) {
    const auto found = buffers_.find(buffer);
    if (found == buffers_.end()) {
        add_finding("buffer.unknown",
                    std::string(call) + " names a buffer that the plugin does not own (any more)");
        return std::nullopt;
    }
    const OwnedBuffer& owned = *found->second;
    const std::size_t capacity = owned.abi.capacity;
    const auto* padding = owned.bytes.get() + capacity;
    if (owned.abi.length > capacity || owned.abi.data != owned.bytes.get()) {
        add_finding("buffer.overrun", std::string(call) + " was given more than its capacity");
        buffers_.erase(found);
        return std::nullopt;
    }
    if (std::any_of(
            padding, padding + AORTA_PADDING, [](std::uint8_t byte) { return byte != 0; })) {
        add_finding("buffer.overrun", "the plugin wrote behind the capacity of a buffer");
    }
    std::string payload(reinterpret_cast<const char*>(owned.abi.data), owned.abi.length);
    buffers_.erase(found);
    return payload;
}

Record TestHost::draft_record(const aorta_draft* draft, const Item* parent, const char* call) {
    Record record;
    if (parent != nullptr && parent->keeps_children()) {
        record = parent->visible();
        record.identifier.clear();
    }
    if (draft->payload != nullptr) {
        record.payload = take_payload(draft->payload, call).value_or("");
        record.view_type.clear();
        record.view.clear();
    } else if (parent == nullptr) {
        add_finding("draft.empty", "a pushed record has no payload");
    }
    if (draft->content_type != 0) {
        record.content_type = name_of(draft->content_type);
    }
    const bool has_type = draft->content_type == 0 && parent != nullptr;
    if (!has_type && record.content_type.empty()) {
        add_finding("draft.content_type",
                    std::string(call) + " was given a content type that is not interned");
    }
    if (draft->event_time_ns != 0) {
        record.event_time_ns = draft->event_time_ns;
    }
    for (std::uint64_t i = 0; i < draft->attribute_count; ++i) {
        const std::string name = name_of(draft->attributes[i].name);
        if (name.empty()) {
            add_finding("draft.attribute", "an attribute has a name that is not interned");
        }
        record.attributes[name] = text_of(draft->attributes[i].value);
    }
    return record;
}

}  // namespace aorta::testing
