#include "base/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>

namespace aorta::base {
namespace {

constexpr std::uint32_t kLinesPerSecond = 10;
constexpr std::size_t kMostEvents = 1024;

std::string_view name_of(LogLevel level) {
    constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
    return kNames[static_cast<std::size_t>(level)];
}

void append_json(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_value(std::string& out, const LogField& field, LogFormat format) {
    if (field.text.data() == nullptr) {
        fmt::format_to(std::back_inserter(out), "{}", field.integer);
    } else if (format == LogFormat::Json) {
        append_json(out, field.text);
    } else {
        out += field.text;
    }
}

}  // namespace

void Log::write(LogLevel level, std::string_view event, std::span<const LogField> fields) {
    if (level < least_) {
        return;
    }
    const Nanoseconds now = clock_.now();
    const std::scoped_lock lock(mutex_);
    if (windows_.size() > kMostEvents) {
        windows_.clear();
    }
    auto found = windows_.find(event);
    if (found == windows_.end()) {
        found = windows_.emplace(std::string{event}, Window{}).first;
    }
    Window& window = found->second;
    const std::int64_t second = now.count() / 1'000'000'000;
    if (window.second != second) {
        window.second = second;
        window.lines = 0;
    }
    if (++window.lines > kLinesPerSecond) {
        ++window.suppressed;
        return;
    }
    std::string line;
    if (format_ == LogFormat::Json) {
        line = fmt::format(R"({{"ts":"{}","level":"{}","event":)", to_rfc3339(now), name_of(level));
        append_json(line, event);
    } else {
        line = fmt::format("{:5} {}", name_of(level), event);
    }
    for (const LogField& field : fields) {
        if (format_ == LogFormat::Json) {
            line += ',';
            append_json(line, field.name);
            line += ':';
        } else {
            line += ' ';
            line += field.name;
            line += '=';
        }
        append_value(line, field, format_);
    }
    if (window.suppressed != 0) {
        line += format_ == LogFormat::Json ? ",\"suppressed\":" : " suppressed=";
        line += std::to_string(window.suppressed);
        window.suppressed = 0;
    }
    line += format_ == LogFormat::Json ? "}\n" : "\n";
    emit(line);
}

void Log::emit(std::string_view line) {
    // A log line that cannot be written has nobody to be told to.
    while (!line.empty()) {
        const ssize_t wrote = ::write(STDERR_FILENO, line.data(), line.size());
        if (wrote <= 0) {
            return;
        }
        line.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

}  // namespace aorta::base
