// Short reads of values that apply_options has checked. Internal to load.
#pragma once

#include "config/value.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// The value under a key, or null when it is absent, null or not known for want of a variable.
inline const config::Value* known(const config::Value& map, std::string_view key) {
    const config::Value* value = map.find(key);
    const bool is_known = value != nullptr && !value->is(config::Value::Type::Null) &&
                          value->origin.kind != config::Origin::Kind::Unset;
    return is_known ? value : nullptr;
}

inline std::string text_of(const config::Value& map, std::string_view key) {
    const config::Value* value = known(map, key);
    return value == nullptr ? std::string() : value->text;
}

inline std::int64_t int_of(const config::Value& map, std::string_view key, std::int64_t otherwise) {
    const config::Value* value = known(map, key);
    return value == nullptr ? otherwise : value->integer;
}

inline std::chrono::nanoseconds duration_of(const config::Value& map,
                                            std::string_view key,
                                            std::chrono::nanoseconds otherwise) {
    return std::chrono::nanoseconds(int_of(map, key, otherwise.count()));
}

inline std::vector<std::string> texts_of(const config::Value& map, std::string_view key) {
    std::vector<std::string> out;
    if (const config::Value* list = known(map, key)) {
        for (const config::Value& item : list->items) {
            out.push_back(item.text);
        }
    }
    return out;
}

}  // namespace aorta::pipeline
