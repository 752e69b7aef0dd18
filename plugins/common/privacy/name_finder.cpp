#include "common/privacy/name_finder.hpp"

#include "common/privacy/word_lists.hpp"

#include <algorithm>
#include <string>

namespace aorta::privacy {
namespace {

constexpr std::size_t kMostWordsOfAName = 4;

enum class Case : std::uint8_t { Lower, Capital, Upper, Other };

struct Word {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string lower;
    Case letters = Case::Lower;
    std::uint8_t kinds = 0;
};

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/// Bytes of characters beyond ASCII count as letters.
bool is_letter(char c) {
    return is_upper(c) || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80U;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Case case_of(std::string_view word) {
    std::size_t upper = 0;
    std::size_t others = 0;
    for (const char c : word) {
        upper += is_upper(c) ? 1 : 0;
        others += is_digit(c) ? 1 : 0;
    }
    if (others > 0) {
        return Case::Other;
    }
    // À to Þ begin with this byte; those behind them are small.
    const bool begins_upper = is_upper(word[0]) || (word.size() > 1 && word[0] == '\xC3' &&
                                                    static_cast<unsigned char>(word[1]) < 0x9FU);
    const std::size_t letters =
        static_cast<std::size_t>(std::count_if(word.begin(), word.end(), is_letter));
    if (upper == letters && letters > 1) {
        return Case::Upper;
    }
    return begins_upper ? Case::Capital : Case::Lower;
}

/// The kinds of a word, or of the names that a hyphen joins.
std::uint8_t kinds_of_parts(std::string_view word) {
    std::uint8_t kinds = kinds_of(word);
    for (std::size_t at = 0; kinds == 0 && at < word.size();) {
        const std::size_t hyphen = std::min(word.find('-', at), word.size());
        kinds = static_cast<std::uint8_t>(kinds_of(word.substr(at, hyphen - at)) &
                                          (kGivenName | kFamilyName));
        at = hyphen + 1;
    }
    return kinds;
}

/// Letters and digits, with apostrophes, hyphens and points between letters: O'Brien, Jessup-Brown,
/// M.D
std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    std::size_t at = 0;
    while (at < text.size()) {
        if (!is_letter(text[at]) && !is_digit(text[at])) {
            ++at;
            continue;
        }
        Word word{.begin = at};
        while (at < text.size()) {
            const char c = text[at];
            const bool has_next = at + 1 < text.size() && is_letter(text[at + 1]);
            const bool is_inside =
                (c == '\'' || c == '-' || (c == '.' && at == word.begin + 1)) && has_next;
            if (!is_letter(c) && !is_digit(c) && !is_inside) {
                break;
            }
            ++at;
        }
        word.end = at;
        std::string_view spelt = text.substr(word.begin, at - word.begin);
        if (spelt.ends_with("'s")) {
            spelt.remove_suffix(2);
            word.end -= 2;
        }
        word.lower = spelt;
        std::transform(word.lower.begin(), word.lower.end(), word.lower.begin(), [](char c) {
            return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
        });
        word.letters = case_of(spelt);
        word.kinds = kinds_of_parts(word.lower);
        words.push_back(std::move(word));
    }
    return words;
}

class NameFinder {
public:
    NameFinder(std::string_view text, std::vector<Span>& found)
        : text_(text), words_(words_of(text)), found_(found) {}

    void find(const WordSet& site_words, const WordSet& known_words) {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            const Word& word = words_[i];
            if (known_words.contains(word.lower) || site_words.contains(word.lower)) {
                mark(i, i + 1, Finding::Name);
            }
            if ((word.kinds & kTitle) != 0) {
                after_title(i);
            }
            if ((word.kinds & kLabel) != 0) {
                after_label(i);
            }
            if ((word.kinds & kCredential) != 0 && word.letters != Case::Lower) {
                before_credential(i);
            }
            if ((word.kinds & kPlaceBefore) != 0 && word.letters == Case::Lower) {
                after_place(i);
            }
            known_name(i);
            unknown_pair(i);
            unknown_word(i);
        }
    }

private:
    std::string_view gap(std::size_t i) const {
        return i + 1 < words_.size()
                   ? text_.substr(words_[i].end, words_[i + 1].begin - words_[i].end)
                   : std::string_view{"\n\n"};
    }

    /// Only spaces, or a line's end, between a word and the next.
    bool touches(std::size_t i) const {
        const std::string_view between = gap(i);
        return !between.empty() && between.size() <= 3 &&
               between.find_first_not_of(" \t\r\n") == std::string_view::npos;
    }

    bool is_initial(std::size_t i) const {
        return i < words_.size() && words_[i].lower.size() == 1 &&
               words_[i].letters == Case::Capital;
    }

    /// An initial's point may stand before the next word of the name.
    bool continues(std::size_t i) const { return touches(i) || (is_initial(i) && gap(i) == ". "); }

    bool is_written_as_name(std::size_t i) const {
        return i < words_.size() &&
               (words_[i].letters == Case::Capital || words_[i].letters == Case::Upper);
    }

    bool has(std::size_t i, unsigned kinds) const {
        return i < words_.size() && (words_[i].kinds & kinds) != 0;
    }

    /// Capitalised, and neither a word of the language nor one that stands beside names. Words all
    /// in capitals are abbreviations unless a dictionary knows them.
    bool may_be_name(std::size_t i) const {
        if (!is_written_as_name(i) || has(i, kCommon | kCredential)) {
            return false;
        }
        if (has(i, kGivenName | kFamilyName)) {
            return true;
        }
        return words_[i].letters == Case::Capital && !has(i, kTitle | kLabel) &&
               words_[i].lower.size() > 1;
    }

    void mark(std::size_t begin, std::size_t end, Finding finding) {
        found_.push_back({words_[begin].begin, words_[end - 1].end, finding});
    }

    /// Marks the word and those behind it that go on with the name.
    void mark_from(std::size_t first, Finding finding) {
        std::size_t end = first + 1;
        // EZEKIEL THORNDIKE: behind a name in capitals, words in capitals belong to it.
        const bool is_upper = words_[first].letters == Case::Upper;
        while (end < words_.size() && end - first < kMostWordsOfAName && continues(end - 1) &&
               (may_be_name(end) || is_initial(end) || is_particle(end) ||
                (is_upper && words_[end].letters == Case::Upper &&
                 !has(end, kCommon | kTitle | kLabel | kCredential)))) {
            ++end;
        }
        while (end > first + 1 && is_particle(end - 1)) {
            --end;
        }
        mark(first, end, finding);
    }

    bool is_particle(std::size_t i) const {
        constexpr std::string_view kParticles[] = {
            "van", "von", "de", "del", "la", "der", "den", "bin", "al", "el", "di", "da"};
        return i < words_.size() &&
               std::find(std::begin(kParticles), std::end(kParticles), words_[i].lower) !=
                   std::end(kParticles);
    }

    void after_title(std::size_t i) {
        const std::string_view between = gap(i);
        if (!(between == " " || between == ". " || between == "." || between == "\n") ||
            !is_written_as_name(i + 1) || has(i + 1, kCredential)) {
            return;
        }
        // Behind a title that is written as one, any word is a name: Dr. Stone, Mrs. White.
        if (!may_be_name(i + 1) && !is_initial(i + 1) &&
            (words_[i].letters == Case::Lower || has(i, kLabel | kCommon))) {
            return;
        }
        mark_from(i + 1, Finding::Name);
    }

    void after_label(std::size_t i) {
        std::size_t first = i + 1;
        std::string_view between = gap(i);
        if (first < words_.size() && words_[first].lower == "is" && touches(i)) {
            between = gap(first);
            ++first;
        }
        const bool has_colon = between.find(':') != std::string_view::npos;
        if (between.size() > 6 ||
            between.find_first_not_of(" \t\n\r:,(-") != std::string_view::npos ||
            !is_written_as_name(first)) {
            return;
        }
        const bool is_upper_name = has_colon && words_[first].letters == Case::Upper &&
                                   words_[first].lower.size() > 2 &&
                                   !has(first, kCommon | kLabel | kCredential);
        if (!may_be_name(first) && !is_upper_name && !(is_initial(first) && gap(first) == ". ")) {
            return;
        }
        mark_from(first, Finding::Name);
        // NAKAGAWA, TOMIKO
        if (gap(first) == ", " && is_written_as_name(first + 1) &&
            words_[first + 1].letters == words_[first].letters &&
            !has(first + 1, kCommon | kCredential | kTitle)) {
            mark_from(first + 1, Finding::Name);
        }
    }

    void before_credential(std::size_t i) {
        std::size_t first = i;
        while (first > 0 && i - first < kMostWordsOfAName && is_written_as_name(first - 1) &&
               !has(first - 1, kCredential | kTitle) &&
               (may_be_name(first - 1) || is_initial(first - 1) ||
                (words_[first - 1].letters == Case::Upper && words_[i].letters == Case::Upper &&
                 !has(first - 1, kCommon | kLabel))) &&
               (gap(first - 1) == " " || (gap(first - 1) == ", " && first == i) ||
                (is_initial(first - 1) && gap(first - 1) == ". "))) {
            --first;
        }
        if (first < i) {
            mark(first, i, Finding::Name);
        }
    }

    void after_place(std::size_t i) {
        if (!touches(i) || !may_be_name(i + 1) || words_[i + 1].letters != Case::Capital) {
            return;
        }
        mark_from(i + 1, has(i + 1, kGivenName) ? Finding::Name : Finding::Place);
    }

    /// A name that a dictionary has. One that is a word, too, needs another name behind it.
    void known_name(std::size_t i) {
        if (!is_written_as_name(i) || !has(i, kGivenName | kFamilyName) ||
            has(i, kTitle | kLabel)) {
            return;
        }
        const bool is_word = has(i, kCommon) || words_[i].lower.size() < 3;
        const bool is_followed =
            (continues(i) && may_be_name(i + 1)) ||
            (gap(i) == ", " && has(i + 1, kGivenName) && is_written_as_name(i + 1));
        if (is_word && !is_followed) {
            return;
        }
        mark_from(i, Finding::Name);
        if (i > 0 && is_initial(i - 1) && gap(i - 1) == ". ") {
            mark(i - 1, i, Finding::Name);
        }
    }

    /// "Thistlewood Clutterbuck", "L. Pemberton": neither is a word.
    void unknown_pair(std::size_t i) {
        const bool is_pair = touches(i) && may_be_name(i) && may_be_name(i + 1) &&
                             words_[i].letters == Case::Capital &&
                             words_[i + 1].letters == Case::Capital;
        const bool has_initial = is_initial(i) && gap(i) == ". " && may_be_name(i + 1) &&
                                 words_[i + 1].letters == Case::Capital;
        if (is_pair || has_initial) {
            mark_from(i, Finding::Name);
        }
    }

    bool begins_sentence(std::size_t i) const {
        return i == 0 || gap(i - 1).find_first_of(".!?:;*#") != std::string_view::npos ||
               gap(i - 1).find("\n\n") != std::string_view::npos;
    }

    /// An unknown capitalised word within a sentence; or at its beginning, before what persons do:
    /// "Zainab denies pain".
    void unknown_word(std::size_t i) {
        if (words_[i].letters != Case::Capital || words_[i].kinds != 0 ||
            words_[i].lower.size() < 3) {
            return;
        }
        if (!begins_sentence(i) || (touches(i) && has(i + 1, kOfPersons))) {
            mark_from(i, Finding::Name);
        }
    }

    std::string_view text_;
    std::vector<Word> words_;
    std::vector<Span>& found_;
};

}  // namespace

void find_names(std::string_view text,
                const WordSet& site_words,
                const WordSet& known_words,
                std::vector<Span>& found) {
    NameFinder{text, found}.find(site_words, known_words);
}

void add_words(std::string_view text, WordSet& words) {
    for (const Word& word : words_of(text)) {
        if (word.lower.size() > 2 && (word.kinds & kCommon) == 0) {
            words.insert(word.lower);
        }
    }
}

}  // namespace aorta::privacy
