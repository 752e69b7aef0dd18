// Valid messages are broken in one place; the finding must be of that place and of the right code.
// What is expected comes from how the message was broken and from the standard, not from the tables
// of the validator. AORTA_SEED chooses other mutations.
#include "common/hl7/error_code.hpp"
#include "common/hl7/tests/fixtures.hpp"
#include "validate/hl7v2/tests/mutation_facts.hpp"
#include "validate/hl7v2/validator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

namespace aorta::plugins::validate_hl7v2 {
namespace {

constexpr std::uint32_t kSeed = 20240607;
constexpr int kMutations = 2000;

using Key = std::pair<std::string, std::string>;  // code and path

/// A message as its segments.
struct Base {
    std::string name;
    std::vector<std::string> segments;
    std::string type;     // ORU^R01
    std::string version;  // 2.5.1

    std::size_t count(std::string_view segment) const {
        std::size_t number = 0;
        for (const std::string& each : segments) {
            number += each.starts_with(segment) ? 1 : 0;
        }
        return number;
    }

    std::size_t find(std::string_view segment, std::size_t occurrence = 1) const {
        for (std::size_t i = 0; i < segments.size(); ++i) {
            if (segments[i].starts_with(segment) && --occurrence == 0) {
                return i;
            }
        }
        return segments.size();
    }
};

std::string join(const std::vector<std::string>& segments) {
    std::string text;
    for (const std::string& each : segments) {
        text += each + "\r";
    }
    return text;
}

Base base_of(std::string name, const std::string& text) {
    Base base{.name = std::move(name)};
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(text).ok());
    const hl7::Message message{text, builder.view()};
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        base.segments.emplace_back(message.segment(i));
    }
    const hl7::Split type = message.components(message.field(0, 9));
    base.type = std::string{type.at(1)} + "^" + std::string{type.at(2)};
    base.version = message.components(message.field(0, 12)).at(1);
    return base;
}

/// All findings, and the errors alone.
std::pair<std::multiset<Key>, std::multiset<Key>> findings(const std::string& text) {
    std::pair<std::multiset<Key>, std::multiset<Key>> all;
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(text).ok());
    Validator validator{ValidatorConfig{}};
    for (const Finding& finding : validator.run({text, builder.view()})) {
        const Key key{std::string{hl7::error_text_of(info_of(finding.problem).reason).code},
                      finding.path};
        all.first.insert(key);
        if (finding.severity == Severity::Error) {
            all.second.insert(key);
        }
    }
    return all;
}

std::vector<Base> bases() {
    std::vector<Base> all;
    for (std::size_t i = 0; i < std::size(kMessages); ++i) {
        all.push_back(base_of("own " + std::to_string(i), std::string{kMessages[i]}));
        EXPECT_TRUE(findings(join(all.back().segments)).second.empty())
            << i << " " << findings(join(all.back().segments)).second.begin()->second;
    }
    const auto folder = hl7::testing::fixtures() / "hl7v2" / "breadth";
    for (const auto& file : hl7::testing::hl7_files(folder)) {
        for (const std::string& text : hl7::testing::messages_of(hl7::testing::read_file(file))) {
            Base base = base_of(file.filename(), text);
            if (findings(join(base.segments)).second.empty()) {
                all.push_back(std::move(base));
            }
        }
    }
    return all;
}

struct Mutation {
    std::vector<std::string> segments;
    Key expected;
};

class Mutator {
public:
    explicit Mutator(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t count) { return random_() % count; }

    /// One of the words that is a segment of the message; empty if there is none.
    std::string one_of(const Base& base, std::string_view words, bool and_single) {
        std::vector<std::string> all;
        for (const std::string_view word : hl7::Split{words, ' '}) {
            if (!word.empty() && (and_single ? base.count(word) == 1 : base.count(word) > 0)) {
                all.emplace_back(word);
            }
        }
        return all.empty() ? std::string{} : all[below(all.size())];
    }

    /// A field set to something, in any segment that has it.
    std::optional<Mutation> set(const Base& base, const FieldFact& fact) {
        const hl7::Path path = *hl7::parse_path(fact.path);
        const std::size_t count = base.count(path.segment_name());
        if (count == 0 || base.version < fact.from || base.version > fact.to) {
            return std::nullopt;
        }
        const std::size_t occurrence = 1 + below(count);
        Mutation made{base.segments, {}};
        std::string& segment = made.segments[base.find(path.segment_name(), occurrence)];
        std::vector<std::string> fields;
        for (const std::string_view field : hl7::Split{segment, '|'}) {
            fields.emplace_back(field);
        }
        const std::size_t index = path.field - (path.segment_name() == "MSH" ? 1 : 0);
        fields.resize(std::max(fields.size(), index + 1));
        const bool is_observation = path.segment_name() == "OBX";
        if (!fact.where.empty() && (fields.size() < 6 || fields[2] != fact.where)) {
            return std::nullopt;
        }
        if (is_observation && path.field == 2 && fact.value.empty() &&
            (fields.size() < 6 || fields[5].empty())) {
            return std::nullopt;  // no value, so no type
        }
        fields[index] = fact.value;
        segment.clear();
        for (const std::string& field : fields) {
            segment += (&field == &fields.front() ? "" : "|") + field;
        }
        const bool is_2_7 = base.version >= "2.7";
        std::string at{is_2_7 && !fact.at_2_7.empty() ? fact.at_2_7
                       : !is_2_7 && !fact.at.empty()  ? fact.at
                                                      : fact.path};
        if (occurrence > 1) {
            at.insert(3, "[" + std::to_string(occurrence) + "]");
        }
        made.expected = {std::string{fact.code}, at};
        return made;
    }

private:
    std::mt19937 random_;
};

const Facts* facts_of(const Base& base) {
    for (const Facts& facts : kFacts) {
        for (const std::string_view type : hl7::Split{facts.type, ' '}) {
            if (type == base.type) {
                return &facts;
            }
        }
    }
    return nullptr;
}

std::optional<Mutation> drop(Mutator& mutator, const Base& base, const Facts& facts) {
    const std::string name = mutator.one_of(base, facts.required, true);
    if (name.empty()) {
        return std::nullopt;
    }
    Mutation made{base.segments, {"100", name}};
    made.segments.erase(made.segments.begin() + static_cast<std::ptrdiff_t>(base.find(name)));
    return made;
}

std::optional<Mutation> repeat(Mutator& mutator, const Base& base, const Facts& facts) {
    const std::string name = mutator.one_of(base, facts.single, true);
    if (name.empty()) {
        return std::nullopt;
    }
    Mutation made{base.segments, {"100", name + "[2]"}};
    const auto at = static_cast<std::ptrdiff_t>(base.find(name));
    made.segments.insert(made.segments.begin() + at, base.segments[base.find(name)]);
    return made;
}

std::optional<Mutation> move(Mutator& mutator, const Base& base, const Facts& facts) {
    const bool to_front = mutator.below(2) == 0;
    const std::string name = mutator.one_of(base, to_front ? facts.to_front : facts.to_end, true);
    const std::size_t from = name.empty() ? 0 : base.find(name);
    if (name.empty() || from + 2 >= base.segments.size() || from < 3) {
        return std::nullopt;  // two neighbours that change places: either may be called wrong
    }
    Mutation made{base.segments, {"100", name}};
    made.segments.erase(made.segments.begin() + static_cast<std::ptrdiff_t>(from));
    made.segments.insert(to_front ? made.segments.begin() + 1 : made.segments.end(),
                         base.segments[from]);
    return made;
}

std::optional<Mutation> spoil_name(Mutator& mutator, const Base& base, const Facts& /*facts*/) {
    const std::size_t at = 1 + mutator.below(base.segments.size());
    Mutation made{base.segments, {"100", "segment " + std::to_string(at + 1)}};
    made.segments.insert(made.segments.begin() + static_cast<std::ptrdiff_t>(at),
                         mutator.below(2) == 0 ? "and the rest of a text" : "nte|1");
    return made;
}

template <std::size_t N>
std::optional<Mutation> set_one(Mutator& mutator, const Base& base, const FieldFact (&all)[N]) {
    return mutator.set(base, all[mutator.below(N)]);
}

using Make = std::optional<Mutation> (*)(Mutator&, const Base&, const Facts&);

const std::vector<std::pair<std::string_view, Make>>& kinds() {
    static const std::vector<std::pair<std::string_view, Make>> kKinds = {
        {"segment dropped", drop},
        {"segment repeated", repeat},
        {"segment moved", move},
        {"segment name", spoil_name},
        {"type", [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kTypes); }},
        {"table", [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kTables); }},
        {"required",
         [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kRequired); }},
        {"length", [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kLengths); }},
        {"repetition",
         [](Mutator& m, const Base& b, const Facts&) { return set_one(m, b, kRepetitions); }},
    };
    return kKinds;
}

/// The finding is there, and no error beside it that was not there before.
bool is_right(const Base& base, const Mutation& mutation) {
    const auto before = findings(join(base.segments));
    const auto after = findings(join(mutation.segments));
    auto others = after.second;
    for (const Key& key : before.second) {
        others.erase(key);
    }
    others.erase(mutation.expected);
    return after.first.count(mutation.expected) > before.first.count(mutation.expected) &&
           others.empty();
}

TEST(Mutations, AreFoundWhereTheyAreWithTheRightCode) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in these tests changes the environment.
    const char* const given = std::getenv("AORTA_SEED");
    const auto seed =
        given == nullptr ? kSeed : static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
    const std::vector<Base> all = bases();
    Mutator mutator{seed};
    std::map<std::string_view, std::pair<int, int>> scores;  // right, all
    std::map<std::string, int> wrong;
    int right = 0;
    for (int made = 0; made < kMutations;) {
        const Base& base = all[mutator.below(all.size())];
        const Facts* const facts = facts_of(base);
        const auto& [kind, make] = kinds()[mutator.below(kinds().size())];
        const auto mutation = facts == nullptr ? std::nullopt : make(mutator, base, *facts);
        if (!mutation) {
            continue;
        }
        ++made;
        const bool is_good = is_right(base, *mutation);
        right += is_good ? 1 : 0;
        scores[kind].first += is_good ? 1 : 0;
        ++scores[kind].second;
        if (!is_good) {
            std::string found;
            for (const auto& [code, path] : findings(join(mutation->segments)).second) {
                found += " " + code + " " + path;
            }
            ++wrong[base.name + ": " + std::string{kind} + " " + mutation->expected.first + " " +
                    mutation->expected.second + ", found" + found];
        }
    }
    std::cout << "seed " << seed << ", " << all.size() << " valid messages\n";
    for (const auto& [kind, score] : scores) {
        std::cout << "  " << kind << ": " << score.first << " of " << score.second << "\n";
    }
    for (const auto& [text, count] : wrong) {
        std::cout << "  " << count << " × " << text << "\n";
    }
    EXPECT_GE(right * 100, kMutations * 99) << "seed " << seed;
}

}  // namespace
}  // namespace aorta::plugins::validate_hl7v2
