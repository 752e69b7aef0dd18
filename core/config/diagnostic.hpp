// Diagnostics: all that is wrong with a configuration, in one report.
#pragma once

#include "config/value.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aorta::config {

enum class Severity { Error, Warning };

/// One finding. `message` says what was found, `hint` (may be empty) what would be accepted.
struct Diagnostic {
    Severity severity = Severity::Error;
    Position at = {};
    std::string message = {};
    std::string hint = {};
};

/// "file:line:column: error: message", and the hint on a second line, indented.
std::string to_text(const Diagnostic& diagnostic);

/// Collects findings. A value; one thread at a time. Holds the first 200 and counts the rest.
class Diagnostics {
public:
    static constexpr std::size_t kMaxKept = 200;

    void error(const Position& at, std::string message, std::string hint = {});
    void warning(const Position& at, std::string message, std::string hint = {});
    void add(Diagnostic diagnostic);
    void append(const Diagnostics& others);

    bool has_errors() const { return errors_ > 0; }

    bool empty() const { return errors_ + warnings_ == 0; }

    std::size_t error_count() const { return errors_; }

    std::size_t warning_count() const { return warnings_; }

    /// What was kept, by file, line and column.
    std::vector<Diagnostic> sorted() const;

    /// One finding after the other as to_text shows it, each line ended; then how many were left
    /// out.
    std::string to_text() const;

    /// [{"severity","file","line","column","message","hint"}, …] on one line.
    std::string to_json() const;

private:
    std::vector<Diagnostic> kept_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
};

}  // namespace aorta::config
