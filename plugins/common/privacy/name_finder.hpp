// Names of persons and places in free text, told by dictionaries and by what stands around them.
#pragma once

#include "common/privacy/scrub_patterns.hpp"
#include "common/privacy/scrubber.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace aorta::privacy {

/// A part of a text, and what it is.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    Finding finding = Finding::Text;
};

/// Appends the names in a text: words after a title, a label or a relative's word; known given and
/// family names with the words beside them; two unknown capitalised words in a row; unknown
/// capitalised words where a place is expected; `site_words` and `known_words` in any case.
void find_names(std::string_view text,
                const WordSet& site_words,
                const WordSet& known_words,
                std::vector<Span>& found);

}  // namespace aorta::privacy
