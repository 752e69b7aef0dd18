// Result<T>: a value, or an Error that says what went wrong, where, and what to do.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace aorta {

/// The closed set of failures. The numbers are those of the ABI (AORTA_INVALID_CONFIG …).
enum class ErrorCode : std::uint32_t {
    Ok = 0,
    InvalidConfig = 1,
    InvalidData = 2,
    NotFound = 3,
    Denied = 4,
    Unavailable = 5,
    Timeout = 6,
    ResourceExhausted = 7,
    Corrupt = 8,
    Cancelled = 9,
    Internal = 10,
};

/// The code's name in snake_case, as logs, metrics and fates show it.
constexpr std::string_view to_string(ErrorCode code) {
    constexpr std::string_view kNames[] = {"ok",
                                           "invalid_config",
                                           "invalid_data",
                                           "not_found",
                                           "denied",
                                           "unavailable",
                                           "timeout",
                                           "resource_exhausted",
                                           "corrupt",
                                           "cancelled",
                                           "internal"};
    const auto index = static_cast<std::uint32_t>(code);
    return index < std::size(kNames) ? kNames[index] : "unknown";
}

/// True when the same attempt may succeed later without anyone changing anything.
constexpr bool retryable(ErrorCode code) {
    return code == ErrorCode::Unavailable || code == ErrorCode::Timeout ||
           code == ErrorCode::ResourceExhausted;
}

/// What went wrong (`message`: a sentence a stranger can act on, never a value from a message) and
/// where (`where`: a file and line, a node, or a path such as PID-3).
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
    std::string where = {};
};

/// A value or an Error. Reading the value of a failed Result ends the process: check first.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value)
        : state_(std::in_place_index<0>, std::move(value)) {
    }  // NOLINT(google-explicit-constructor)

    Result(Error error)
        : state_(std::in_place_index<1>, std::move(error)) {
    }  // NOLINT(google-explicit-constructor)

    bool ok() const { return state_.index() == 0; }

    explicit operator bool() const { return ok(); }

    T& value() & { return checked(); }

    const T& value() const& { return const_cast<Result*>(this)->checked(); }

    T&& value() && { return std::move(checked()); }

    T& operator*() & { return checked(); }

    const T& operator*() const& { return value(); }

    T&& operator*() && { return std::move(checked()); }

    T* operator->() { return &checked(); }

    const T* operator->() const { return &value(); }

    const Error& error() const {
        if (ok()) {
            std::abort();
        }
        return *std::get_if<1>(&state_);
    }

private:
    T& checked() {
        if (!ok()) {
            std::abort();
        }
        return *std::get_if<0>(&state_);
    }

    std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;

    Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return !error_.has_value(); }

    explicit operator bool() const { return ok(); }

    const Error& error() const {
        if (ok()) {
            std::abort();
        }
        return *error_;
    }

private:
    std::optional<Error> error_;
};

}  // namespace aorta
