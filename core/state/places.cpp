#include "state/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace aorta::state {
namespace {

constexpr const char* kFact = "state";

std::string_view cut(std::string_view& text, char end) {
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return part;
}

template <class Number = std::uint32_t>
Number number(std::string_view text) {
    Number value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

Places read_places(const spool::Spool& spool) {
    const std::string fact = spool.fact(kFact);
    Places places;
    for (std::string_view left = fact; !left.empty();) {
        std::string_view line = cut(left, '\n');
        Place place;
        place.node = cut(line, '\t');
        place.stored_as = cut(line, '\t');
        place.plugin = cut(line, '\t');
        place.version = number(cut(line, '\t'));
        place.lanes = number(cut(line, '\t'));
        place.keys = cut(line, '\t');
        while (!line.empty()) {
            std::string_view begin = cut(line, '\t');
            const auto stream = number<spool::StreamId>(cut(begin, ':'));
            place.begins.push_back({stream, number<std::uint64_t>(begin)});
        }
        places.push_back(std::move(place));
    }
    return places;
}

void write_places(spool::Spool& spool, const Places& places) {
    if (places == read_places(spool)) {
        return;
    }
    std::string fact;
    for (const Place& place : places) {
        fact += fmt::format("{}\t{}\t{}\t{}\t{}\t{}",
                            place.node,
                            place.stored_as,
                            place.plugin,
                            place.version,
                            place.lanes,
                            place.keys);
        for (const Cut& begin : place.begins) {
            fact += fmt::format("\t{}:{}", begin.stream, begin.next);
        }
        fact += '\n';
    }
    spool.set_fact(kFact, fact);
}

bool adopt(spool::Spool& spool, const std::string& from, const std::string& to) {
    Places places = read_places(spool);
    const auto found = std::ranges::find(places, from, &Place::node);
    if (found == places.end()) {
        return false;
    }
    std::erase_if(places, [&](const Place& place) { return place.node == to; });
    std::ranges::find(places, from, &Place::node)->node = to;
    write_places(spool, places);
    return true;
}

bool discard(spool::Spool& spool, const std::string& node) {
    Places places = read_places(spool);
    if (std::erase_if(places, [&](const Place& place) { return place.node == node; }) == 0) {
        return false;
    }
    write_places(spool, places);
    return true;
}

std::string why_not(const Place& stored, const Place& present) {
    if (stored.plugin != present.plugin) {
        return fmt::format("it was `{}` then, and is `{}` now", stored.plugin, present.plugin);
    }
    if (stored.lanes != present.lanes) {
        return fmt::format("it had {} lanes then, and has {} now", stored.lanes, present.lanes);
    }
    if (stored.version > present.version) {
        return "a newer version of the plugin wrote it";
    }
    if (stored.keys != present.keys) {
        return "the secret `key` has changed since then";
    }
    return {};
}

}  // namespace aorta::state
