#include "common/privacy/scrubber.hpp"

#include "common/expression/finder.hpp"
#include "common/privacy/name_finder.hpp"
#include "common/privacy/scrub_patterns.hpp"

#include <algorithm>
#include <stdexcept>

namespace aorta::privacy {
namespace {

struct Pattern {
    Finding finding;
    expression::Finder finder;
};

void find_all(const Pattern& pattern, std::string_view text, std::vector<Span>& found) {
    std::size_t from = 0;
    while (const auto match = pattern.finder.next(text, from)) {
        found.push_back({match->begin, match->end, pattern.finding});
        from = std::max(match->end, from + 1);
    }
}

}  // namespace

struct Scrubber::State {
    std::vector<Pattern> patterns;
    WordSet words;
};

Scrubber::Scrubber(std::unique_ptr<State> state) : state_(std::move(state)) {}

Scrubber::Scrubber(Scrubber&&) noexcept = default;
Scrubber& Scrubber::operator=(Scrubber&&) noexcept = default;
Scrubber::~Scrubber() = default;

Result<Scrubber> Scrubber::make(const ScrubberConfig& config) {
    auto state = std::make_unique<State>();
    for (const ScrubPattern& pattern : scrub_patterns()) {
        auto finder = expression::Finder::compile(expanded(pattern.pattern));
        if (!finder.ok()) {
            throw std::logic_error("a pattern of the scrubber is wrong: " + finder.error().message);
        }
        state->patterns.push_back({pattern.finding, std::move(*finder)});
    }
    for (std::size_t i = 0; i < config.patterns.size(); ++i) {
        auto finder = expression::Finder::compile(config.patterns[i]);
        if (!finder.ok()) {
            return Error{finder.error().code, finder.error().message, std::to_string(i)};
        }
        state->patterns.push_back({Finding::Text, std::move(*finder)});
    }
    for (const std::string& word : config.words) {
        add_words(word, state->words);
    }
    return Scrubber{std::move(state)};
}

bool Scrubber::scrub(std::string_view text, const WordSet& known_words, std::string& out) const {
    if (text.size() > kMaxBytes) {
        return false;
    }
    std::vector<Span> found;
    for (const Pattern& pattern : state_->patterns) {
        find_all(pattern, text, found);
    }
    find_names(text, state_->words, known_words, found);
    std::sort(found.begin(), found.end(), [](const Span& a, const Span& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::size_t at = 0;
    for (const Span& span : found) {
        if (span.end <= at) {
            continue;
        }
        if (span.begin >= at) {
            out += text.substr(at, span.begin - at);
            out += tag_of(span.finding);
        }
        at = span.end;  // what overlaps goes with the tag before it
    }
    out += text.substr(at);
    return true;
}

}  // namespace aorta::privacy
