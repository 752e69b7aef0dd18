// Standard output for data, standard error for messages, and what a terminal may be shown.
#pragma once

#include "base/log.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

/// A variable of the environment; empty when it is not set.
std::string_view variable(const char* name);

/// [any thread; one mutex around each write]
class Console {
public:
    /// Looks at NO_COLOR, TERM and what the two streams are.
    Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    ~Console();

    /// To standard output, as it is. False when its reader is gone.
    bool out(std::string_view text);
    /// To standard error, as it is.
    void err(std::string_view text);
    /// "aorta: message" to standard error.
    void complain(std::string_view message);

    /// Replaces the line that shows progress, on a terminal only. Empty: takes it away.
    void progress(std::string_view line);

    bool has_terminal_out() const { return has_terminal_out_; }

    /// Characters in a row of the terminal behind standard output; 100 where there is none.
    static std::size_t width();

    /// Standard error is a terminal that can redraw a line.
    bool is_lively() const { return is_lively_; }

    enum class Stream { Out, Err };

    void no_color() { colors_out_ = colors_err_ = false; }

    /// The text in red, green or grey for one of the streams; plain where colours are not wanted.
    std::string red(std::string_view text, Stream to = Stream::Err) const {
        return painted("31", text, to);
    }

    std::string green(std::string_view text, Stream to = Stream::Err) const {
        return painted("32", text, to);
    }

    std::string grey(std::string_view text, Stream to = Stream::Err) const {
        return painted("90", text, to);
    }

private:
    std::string painted(std::string_view color, std::string_view text, Stream to) const;
    void clear_progress();

    bool has_terminal_out_ = false;
    bool is_lively_ = false;
    bool colors_out_ = false;
    bool colors_err_ = false;
    std::mutex mutex_;  // guards has_progress_ and the streams
    bool has_progress_ = false;
};

/// Log lines that do not tear the line of progress.
class ConsoleLog final : public base::Log {
public:
    ConsoleLog(Console& console,
               const base::Clock& clock,
               base::LogLevel least,
               base::LogFormat format)
        : Log(clock, least, format), console_(console) {}

protected:
    void emit(std::string_view line) override { console_.err(line); }

private:
    Console& console_;
};

/// Rows with columns side by side, two spaces apart. Columns that `right` names are aligned to the
/// right.
std::string table(const std::vector<std::vector<std::string>>& rows,
                  std::string_view indent,
                  const std::vector<std::size_t>& right = {});

}  // namespace aorta::app
