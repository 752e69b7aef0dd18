// Names as small numbers: content types, attribute names, view types, reasons.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace aorta::message {

/// Numbers start at 1; 0 is no name. Names live as long as the interner. [any thread, one mutex]
class Interner {
public:
    Interner() = default;
    Interner(const Interner&) = delete;
    Interner& operator=(const Interner&) = delete;

    std::uint32_t intern(std::string_view name);
    /// The name of a number that `intern` gave; empty for 0 and unknown ones.
    std::string_view name(std::uint32_t id) const;

private:
    mutable std::mutex mutex_;
    std::deque<std::string> names_;
    std::map<std::string_view, std::uint32_t> ids_;
};

}  // namespace aorta::message
