// Free text without what identifies somebody: patterns, dictionaries of names, words of the record.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace aorta::privacy {

/// Words in small letters.
using WordSet = std::unordered_set<std::string>;

/// Adds the words of a text that are long enough to tell somebody from others (three letters).
void add_words(std::string_view text, WordSet& words);

struct ScrubberConfig {
    std::vector<std::string> patterns;  ///< RE2; what they find is removed
    std::vector<std::string> words;     ///< names of places and persons that the site knows
};

/// Time grows with the length of the text alone. Immutable once made; any thread may scrub.
class Scrubber {
public:
    static constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;

    /// Fails when a pattern is none; `where` is its number, from 0.
    static Result<Scrubber> make(const ScrubberConfig& config);

    Scrubber(Scrubber&&) noexcept;
    Scrubber& operator=(Scrubber&&) noexcept;
    Scrubber(const Scrubber&) = delete;
    Scrubber& operator=(const Scrubber&) = delete;
    ~Scrubber();

    /// Appends the text with [NAME], [DATE], [ID], [PLACE], [CONTACT], [AGE] or [TEXT] in the place
    /// of what was found. `known_words` are names that the record itself holds. False, and nothing
    /// appended, for a text beyond kMaxBytes.
    bool scrub(std::string_view text, const WordSet& known_words, std::string& out) const;

private:
    struct State;

    explicit Scrubber(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace aorta::privacy
