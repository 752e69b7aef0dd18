#include "base/suggest.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace aorta::base {

namespace {

constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kMaxListed = 12;

std::string fold(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        } else if (c == '-' || c == ' ') {
            c = '_';
        }
    }
    return out;
}

// Optimal string alignment: insert, delete, replace, swap neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates) {
    if (word.empty() || word.size() > kMaxWord) {
        return std::nullopt;
    }
    const std::string wanted = fold(word);
    // A third of the word may be wrong, one letter always, if a letter is left.
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::optional<std::string> found;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > kMaxWord) {
            continue;
        }
        const std::size_t edits = distance(wanted, fold(candidate));
        if (edits < best && edits < std::max(wanted.size(), candidate.size())) {
            best = edits;
            found = candidate;
        }
    }
    return found;
}

std::string suggestion_hint(std::string_view word, std::span<const std::string> candidates) {
    if (const auto near = suggest(word, candidates)) {
        return fmt::format("did you mean `{}`?", *near);
    }
    if (candidates.empty()) {
        return {};
    }
    const std::size_t listed = std::min(candidates.size(), kMaxListed);
    return fmt::format("known are: {}{}",
                       join(candidates.first(listed), ", "),
                       listed < candidates.size() ? ", …" : "");
}

}  // namespace aorta::base
