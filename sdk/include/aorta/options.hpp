// options.hpp: the options of a node. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>
#include <aorta/text.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta {

using Nanoseconds = std::chrono::nanoseconds;

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

}  // namespace aorta
