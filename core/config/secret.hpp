// Secret: a text that wipes itself and cannot be printed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace aorta::config {

/// A secret text, such as a password or a key. Copies share one buffer, which is overwritten when
/// the last copy goes. There is no stream, log or text operator on purpose.
class Secret {
public:
    Secret() = default;
    /// Takes the bytes and wipes what it took them from.
    explicit Secret(std::string&& bytes);

    /// The text itself. Hand it to what needs it, keep no copy.
    std::string_view reveal() const {
        return bytes_ ? std::string_view(*bytes_) : std::string_view();
    }

    bool empty() const { return reveal().empty(); }

    friend bool operator==(const Secret& left, const Secret& right) {
        return left.reveal() == right.reveal();
    }

private:
    // Shared so that copying a tree of options does not spread the bytes over the heap.
    std::shared_ptr<const std::string> bytes_;
};

}  // namespace aorta::config
