// Structured logging to standard error: one JSON object a line (or a readable line on a terminal).
// An event name plus fields, never a value of a message.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace aorta::base {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Json, Text };

struct LogField {
    LogField(std::string_view field, std::string_view value) : name(field), text(value) {}

    LogField(std::string_view field, const char* value) : name(field), text(value) {}
    template <class Integer>

    requires std::is_integral_v<Integer> LogField(std::string_view field, Integer value)
        : name(field), text(nullptr, 0), integer(static_cast<std::int64_t>(value)) {}

    std::string_view name;
    std::string_view text;  ///< null data: `integer` is the value
    std::int64_t integer = 0;
};

/// Where log lines go. Repetitions of an event within a second are counted, and the count is told
/// with the next one. [any thread; one mutex around the write]
class Log {
public:
    explicit Log(const Clock& clock,
                 LogLevel least = LogLevel::Info,
                 LogFormat format = LogFormat::Json)
        : clock_(clock), least_(least), format_(format) {}

    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    virtual ~Log() = default;

    void write(LogLevel level, std::string_view event, std::span<const LogField> fields = {});

    void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::Info, event, {fields.begin(), fields.size()});
    }

    void warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::Warn, event, {fields.begin(), fields.size()});
    }

    void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::Error, event, {fields.begin(), fields.size()});
    }

protected:
    /// One whole line with its newline. Called under the mutex.
    virtual void emit(std::string_view line);

private:
    struct Window {
        std::int64_t second = 0;
        std::uint32_t lines = 0;
        std::uint64_t suppressed = 0;
    };

    const Clock& clock_;
    const LogLevel least_;
    const LogFormat format_;
    std::mutex mutex_;
    std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace aorta::base
