// record.hpp: a record on its way through a node. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>
#include <aorta/host.hpp>
#include <aorta/options.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>

namespace aorta {

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

    /// Attaches a zeroed view to fill before the call returns. Throws bad_alloc without memory.
    std::byte* new_view(std::uint32_t type, std::size_t bytes) {
        void* view = host_->new_view(host_, record_, type, bytes);
        if (view == nullptr) {
            throw std::bad_alloc();
        }
        return static_cast<std::byte*>(view);
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
    // text_ counts up to size_ only.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
    Where() : size_(0) {}

    // NOLINTNEXTLINE(google-explicit-constructor, cppcoreguidelines-pro-type-member-init)
    Where(std::string_view text)
        : size_(
              static_cast<std::uint8_t>(text.size() < sizeof text_ ? text.size() : sizeof text_)) {
        std::memcpy(text_, text.data(), size_);
    }

    // NOLINTNEXTLINE(google-explicit-constructor)
    Where(const char* text) : Where(std::string_view{text}) {}

    Where(const std::string& text)
        : Where(std::string_view{text}) {}  // NOLINT(google-explicit-constructor)

    std::string_view text() const { return {text_, size_}; }

private:
    char text_[47];
    std::uint8_t size_;
};

}  // namespace aorta
