// Finding all matches of a regular expression (RE2: linear time, bounded memory).
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace re2 {
class RE2;
}

namespace aorta::expression {

/// A part of a text.
struct Found {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Movable; any thread may search.
class Finder {
public:
    /// What is found is the first group of the pattern if it has one, else all that it matches.
    /// Fails if the pattern is not RE2 syntax, is too large, or matches the empty text.
    static Result<Finder> compile(std::string_view pattern);

    Finder(Finder&&) noexcept;
    Finder& operator=(Finder&&) noexcept;
    Finder(const Finder&) = delete;
    Finder& operator=(const Finder&) = delete;
    ~Finder();

    /// The first match that begins at `from` or behind it; what lies before is context.
    std::optional<Found> next(std::string_view text, std::size_t from) const;

private:
    explicit Finder(std::unique_ptr<re2::RE2> regex);

    std::unique_ptr<re2::RE2> regex_;
};

}  // namespace aorta::expression
