// A compiled regular expression (RE2: linear time, bounded memory).
#pragma once

#include <aorta/result.hpp>

#include <memory>
#include <string_view>

namespace re2 {
class RE2;
}

namespace aorta::expression {

/// Movable; any thread may match.
class Pattern {
public:
    /// Fails if the pattern is not RE2 syntax or is too large.
    static Result<Pattern> compile(std::string_view text);

    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;
    ~Pattern();

    /// True if it matches anywhere in the text.
    bool is_in(std::string_view text) const;

private:
    explicit Pattern(std::unique_ptr<re2::RE2> regex);

    std::unique_ptr<re2::RE2> regex_;
};

}  // namespace aorta::expression
