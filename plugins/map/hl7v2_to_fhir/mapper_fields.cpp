// The part of Mapper that follows the maps of segments and data types.
#include "common/hl7/escape.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <algorithm>
#include <array>

namespace aorta::plugins::map_hl7v2_to_fhir {

using guide::Action;
using guide::Kind;

namespace {

constexpr std::size_t kMaxRepetitions = 0xFFFF;  // that Scope tells apart
constexpr int kMaxDepth = 12;  // of data types in each other; HL7's own stay below

struct Names {
    std::uint16_t system = guide::number_of("system");
    std::uint16_t display = guide::number_of("display");
    std::uint16_t part_of = guide::number_of("partOf");
    std::uint16_t location = guide::number_of("Location");
    std::uint16_t reference_type = guide::type_of("Reference");
    std::uint16_t location_type = guide::type_of("Location");
};

const Names& names() {
    static const Names all;
    return all;
}

// Which component of PL names the bed, the room, the level, the point of care, the building, the
// facility.
constexpr std::array<std::uint8_t, 6> kPlaces = {3, 2, 8, 1, 7, 4};

// A constant that the guide has for a field that is not there: its condition asks for just that.
bool is_for_absence(const guide::Row& row, std::string_view segment) {
    const auto condition = guide::condition(row.condition, row.condition_count);
    return row.action == Action::Fixed &&
           std::any_of(condition.begin(), condition.end(), [&](const guide::Op& op) {
               return op.code == guide::OpCode::Valued && op.field == row.field &&
                      op.component == 0 && guide::text(op.segment) == segment;
           });
}

bool is_hl7_table(std::string_view system) {
    return system.empty() || system.starts_with("HL7");
}

}  // namespace

std::string Mapper::decoded(std::string_view raw, hl7::TextKind kind) const {
    const hl7::Delimiters& delimiters = view_.message().delimiters();
    return hl7::has_escapes(raw, delimiters) ? hl7::decode(raw, delimiters, kind)
                                             : std::string{raw};
}

void Mapper::note_policy(std::size_t segment, const guide::Map& map) {
    for (const guide::Row& row : guide::rows(map)) {
        if (row.field != 0) {
            account_.mark(view_.message().field(segment, row.field), Outcome::Policy);
        }
    }
}

void Mapper::fields(std::size_t segment, const guide::Map& map, Cursor at) {
    const hl7::Message& message = view_.message();
    for (const guide::Row& row : guide::rows(map)) {
        const auto condition = guide::condition(row.condition, row.condition_count);
        Situation situation{.segment = segment, .field = row.field};
        const std::string_view whole =
            row.field == 0 ? message.segment(segment) : message.field(segment, row.field);
        if (row.field == 0 ||
            (is_for_absence(row, message.name(segment)) && !is_valued(message, whole))) {
            if (row.action != Action::Map && holds(condition, view_, situation, account_)) {
                apply(row, situation, {}, at, {}, 0);
            }
            continue;
        }
        if (whole.empty()) {
            continue;
        }
        const auto steps = guide::steps(row.steps, row.step_count);
        if (!steps.empty() && (steps.front().flags & guide::kEach) != 0) {
            each_component(segment, row, whole, at);
            continue;
        }
        for (const std::string_view repetition : message.repetitions(whole)) {
            situation.own = repetition;
            if (situation.repetition > kMaxRepetitions) {
                account_.mark(repetition, Outcome::NoRoom);
            } else if (is_valued(message, repetition)) {
                if (holds(condition, view_, situation, account_)) {
                    apply(row, situation, {repetition}, at, {}, 0);
                } else {
                    account_.mark(repetition, Outcome::ConditionFalse);
                }
            }
            ++situation.repetition;
        }
    }
}

// Each repetition of OBX-5 is a component, of which the other fields hold too.
void Mapper::each_component(std::size_t segment,
                            const guide::Row& row,
                            std::string_view whole,
                            Cursor at) {
    const hl7::Message& message = view_.message();
    const Source value{message.repetitions(whole).at(1)};
    if (!is_valued(message, value.raw)) {
        return;
    }
    Situation situation{.segment = segment, .field = 5};
    for (const std::string_view repetition : message.repetitions(message.field(segment, 5))) {
        if (situation.repetition > kMaxRepetitions) {
            account_.mark(value.raw, Outcome::NoRoom);
            break;
        }
        situation.own = repetition;
        if (is_valued(message, repetition)) {
            if (holds(guide::condition(row.condition, row.condition_count),
                      view_,
                      situation,
                      account_)) {
                apply(row, situation, value, at, {}, 0);
            } else {
                account_.mark(value.raw, Outcome::ConditionFalse);
            }
        }
        ++situation.repetition;
    }
}

void Mapper::components(const guide::Map& map,
                        const Situation& situation,
                        Cursor at,
                        const Inherited& from,
                        int depth) {
    if (depth > kMaxDepth) {
        return;
    }
    const hl7::Message& message = view_.message();
    for (const guide::Row& row : guide::rows(map)) {
        const Source part =
            row.field == 0 ? situation.value : situation.value.part(message, row.field);
        const bool is_there = is_valued(message, part.raw);
        if (!is_there && !is_for_absence(row, "")) {
            continue;
        }
        if (holds(
                guide::condition(row.condition, row.condition_count), view_, situation, account_)) {
            apply(row, situation, part, at, from, depth);
        } else if (is_there && row.field != 0) {
            account_.mark(part.raw, Outcome::ConditionFalse);
        }
    }
}

void Mapper::apply(const guide::Row& row,
                   const Situation& situation,
                   const Source& value,
                   Cursor at,
                   const Inherited& from,
                   int depth) {
    if (row.action == Action::Narrative) {
        account_.mark(value.raw, Outcome::Narrative);
        return;
    }
    const Scope scope{static_cast<std::uint32_t>(situation.segment),
                      static_cast<std::uint16_t>(situation.repetition)};
    at = drafts_.walk(at, guide::steps(row.steps, row.step_count), scope);
    if (at.node == kNone) {
        account_.mark(value.raw, Outcome::NoRoom);
        return;
    }
    switch (row.action) {
        case Action::Fixed:
            drafts_.set(at.node,
                        row.kind == Kind::Inherit ? from.kind : row.kind,
                        guide::text(row.argument));
            return;
        case Action::Join:
            join(row, situation, value, at);
            return;
        case Action::Copy:
            copy(row, situation, value, at, from);
            return;
        case Action::Narrative:
            return;
        case Action::Map:
            break;
    }
    const guide::Map& map = guide::kMaps[row.argument];
    Situation inner = situation;
    inner.value = value;
    if (map.is_chain != 0) {
        chain(map, inner, at, depth + 1);
        return;
    }
    if (guide::text(map.name) == "HD[uri]") {
        if (const std::string uri = authority_of(value); !uri.empty()) {
            put(at, Kind::Uri, to_primitive(Kind::Uri, uri, zones_).value_or(uri), value.raw);
            return;
        }
    }
    components(map, inner, at, {row.kind, row.codes, row.concepts}, depth + 1);
}

// The smallest place is the one that is meant; each is part of the next larger one.
void Mapper::chain(const guide::Map& map, const Situation& situation, Cursor at, int depth) {
    const hl7::Message& message = view_.message();
    const guide::Step up[] = {{names().part_of, names().reference_type, 0, 0},
                              {names().location, names().location_type, 0, guide::kReference}};
    const Scope scope{static_cast<std::uint32_t>(situation.segment)};
    const Cursor smallest = at;
    bool is_first = true;
    const auto run = [&](std::uint8_t label, Cursor place) {
        for (const guide::Row& row : guide::rows(map)) {
            const auto steps = guide::steps(row.steps, row.step_count);
            if (steps.empty() || steps.front().label != label) {
                continue;
            }
            const Source part = situation.value.part(message, row.field);
            if (is_valued(message, part.raw) &&
                holds(guide::condition(row.condition, row.condition_count),
                      view_,
                      situation,
                      account_)) {
                guide::Row rest = row;
                ++rest.steps;
                --rest.step_count;
                apply(rest, situation, part, place, {}, depth);
            }
        }
    };
    for (std::uint8_t label = 1; label <= kPlaces.size(); ++label) {
        if (is_valued(message, situation.value.part(message, kPlaces[label - 1U]).raw)) {
            at = is_first ? at : drafts_.walk(at, up, scope);
            is_first = false;
            run(label, at);
        }
    }
    run(0, smallest);
    if (!is_valued(message, situation.value.part(message, kPlaces[0]).raw)) {
        run(1, smallest);  // what the guide says of the bed holds for whatever is the smallest
    }
}

void Mapper::put(Cursor at, Kind kind, std::string_view text, std::string_view raw) {
    const Drafts::Set set = drafts_.set(at.node, kind, text);
    if (set == Drafts::Set::Done) {
        drafts_.node(at.node).raw = raw;
        drafts_.note_source(at.resource);
    }
    account_.mark(raw, set == Drafts::Set::Taken ? Outcome::NoRoom : Outcome::Mapped);
}

void Mapper::put_member(Cursor at, std::uint16_t name, Kind kind, std::string_view text) {
    const guide::Step step{name, 0, 0, guide::kPrimitive};
    drafts_.set(
        drafts_.walk({drafts_.node(at.node).parent, at.resource}, {&step, 1}, {}).node, kind, text);
}

bool Mapper::put_concept(Cursor at,
                         Kind kind,
                         const guide::Concept& found,
                         const Situation& situation,
                         const guide::Row& row,
                         std::string_view raw) {
    if (kind == Kind::Boolean && guide::text(found.target) != "true" &&
        guide::text(found.target) != "false") {
        return false;
    }
    put(at, kind, guide::text(found.target), raw);
    const std::uint32_t parent = drafts_.node(at.node).parent;
    if (parent != kNone && guide::type_name(drafts_.node(parent).type) == "Coding") {
        if (found.system != 0) {
            put_member(at, names().system, Kind::Uri, guide::text(found.system));
        }
        const Source text = situation.value.part(view_.message(), row.field + 1U);
        const bool is_renamed = found.code != found.target;
        if (found.display != 0 && is_renamed && !is_valued(view_.message(), text.raw)) {
            put_member(at, names().display, Kind::Text, guide::text(found.display));
        }
    }
    return true;
}

void Mapper::copy(const guide::Row& row,
                  const Situation& situation,
                  const Source& value,
                  Cursor at,
                  const Inherited& from) {
    const hl7::Message& message = view_.message();
    const Kind kind = row.kind == Kind::Inherit ? from.kind : row.kind;
    const std::uint16_t codes = row.kind == Kind::Inherit ? from.codes : row.codes;
    const bool is_whole = row.argument == 1 && kind == Kind::Text;
    const std::string_view raw = is_whole ? value.raw : value.leaf(message).raw;
    if (!is_valued(message, raw)) {
        return;
    }
    const std::string text =
        decoded(raw, is_whole ? hl7::TextKind::Formatted : hl7::TextKind::Plain);
    const bool takes_concept = kind == Kind::Code || kind == Kind::Boolean;
    const std::uint16_t concepts = row.concepts != 0                        ? row.concepts
                                   : takes_concept && row.kind != Kind::Uri ? from.concepts
                                                                            : 0;
    if (concepts != 0 && takes_concept) {
        const std::string_view system = situation.value.part(message, row.field + 2U).raw;
        const auto* const found = guide::find_concept(concepts, text);
        const bool fits = found != nullptr &&
                          (codes == 0 || guide::is_one_of(guide::text(guide::kCodeSets[codes]),
                                                          guide::text(found->target)));
        if (fits && (codes != 0 || row.concepts != 0 || is_hl7_table(system)) &&
            put_concept(at, kind, *found, situation, row, raw)) {
            return;
        }
    }
    const std::uint32_t parent = drafts_.node(at.node).parent;
    const std::string_view owner =
        parent == kNone ? std::string_view{} : guide::type_name(drafts_.node(parent).type);
    std::optional<std::string> made;
    if (kind == Kind::Uri && (owner == "Coding" || owner == "Quantity")) {
        if (drafts_.node(at.node).has_value) {  // the concept map's
            account_.mark(raw, Outcome::Mapped);
            return;
        }
        const std::string system = system_of(text);
        made = system.empty() ? std::nullopt : to_primitive(kind, system, zones_);
    } else if (kind == Kind::Code && guide::text(drafts_.node(at.node).name) == "contentType") {
        made = to_mime(
            decoded(situation.value.part(message, 2).leaf(message).raw, hl7::TextKind::Plain),
            text);
    } else if (kind == Kind::Base64) {
        made = to_base64(situation.value.part(message, 4).leaf(message).raw, text);
    } else {
        made = to_primitive(kind, text, zones_);
    }
    const bool is_allowed =
        made && (codes == 0 || guide::is_one_of(guide::text(guide::kCodeSets[codes]), *made));
    if (is_allowed) {
        put(at, kind, *made, raw);
    } else {
        account_.mark(
            raw,
            codes != 0 || (takes_concept && concepts != 0) ? Outcome::NoConcept : Outcome::Unfit);
    }
}

void Mapper::join(const guide::Row& row,
                  const Situation& situation,
                  const Source& value,
                  Cursor at) {
    const hl7::Message& message = view_.message();
    const bool is_component = situation.value.raw.data() != nullptr;
    const guide::JoinPart* part = guide::kJoinParts + row.argument / 32;
    std::string text;
    std::string between;
    std::vector<std::string_view> used;
    for (int i = row.argument % 32; i > 0; --i, ++part) {
        if (part->field == 0) {
            between += guide::text(part->literal);
            continue;
        }
        Source source = situation.value;
        if (is_component) {
            source = source.part(message, part->field);
        } else if (part->field == situation.field) {
            source = value.raw.data() == nullptr
                         ? value
                         : value.part(message, std::max<std::size_t>(part->component, 1));
        } else {
            source =
                Source{message.repetitions(message.field(situation.segment, part->field)).at(1)}
                    .part(message, std::max<std::size_t>(part->component, 1));
        }
        if (is_valued(message, source.raw)) {
            text += between + decoded(source.leaf(message).raw, hl7::TextKind::Plain);
            used.push_back(source.leaf(message).raw);
            between.clear();
        } else if (!text.empty()) {
            between.clear();
        }
    }
    const auto made = used.empty() ? std::nullopt : to_primitive(row.kind, text, zones_);
    if (made) {
        for (const std::string_view raw : used) {
            put(at, row.kind, *made, raw);
        }
    }
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
