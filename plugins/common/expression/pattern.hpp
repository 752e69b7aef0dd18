// A compiled regular expression (RE2: linear time, bounded memory).
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
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

/// A pattern and the text that takes the place of what it matches. Movable; any thread may replace.
class Replacement {
public:
    /// Text times replacement: what a replacing may cost at most.
    static constexpr std::size_t kMaxWork = std::size_t{64} << 20U;

    /// In `with`, \1 to \9 are the groups of the pattern, \0 all that it matched. Fails as
    /// Pattern does, or if `with` is longer than a pattern may be or names a group that is not
    /// there.
    static Result<Replacement> compile(std::string_view pattern, std::string_view with);

    Replacement(Replacement&&) noexcept;
    Replacement& operator=(Replacement&&) noexcept;
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;
    ~Replacement();

    /// Replaces every match. False, and nothing done, when the text is too long (kMaxWork).
    bool apply(std::string& text) const;

private:
    Replacement(std::unique_ptr<re2::RE2> regex, std::string with);

    std::unique_ptr<re2::RE2> regex_;
    std::string with_;
};

}  // namespace aorta::expression
