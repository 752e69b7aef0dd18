#include "edit/hl7v2/operation_reader.hpp"

#include <algorithm>

namespace aorta::plugins::edit {
namespace {

struct Verb {
    std::string_view name;
    std::string_view keys;  // with a bar around each
};

constexpr Verb kVerbs[] = {
    {"set", "|to|raw|on_missing|"},
    {"copy", "|to|on_missing|"},
    {"move", "|to|on_missing|"},
    {"remove", "|"},
    {"append", "|text|"},
    {"prepend", "|text|"},
    {"replace", "|pattern|with|"},
    {"pad", "|width|fill|side|"},
    {"trim", "|chars|"},
    {"case", "|to|"},
    {"date", "|from|to|zone|to_zone|on_bad|"},
    {"lookup", "|by|into|on_missing|"},
    {"add", "|fields|raw|after|before|"},
    {"reorder", "|after|before|"},
    {"each", "|do|"},
};

const Verb* find_verb(std::string_view name) {
    const auto* const found = std::find_if(
        std::begin(kVerbs), std::end(kVerbs), [&](const Verb& verb) { return verb.name == name; });
    return found == std::end(kVerbs) ? nullptr : found;
}

bool is_among(std::string_view word, std::string_view words) {
    const std::string wanted = "|" + std::string{word} + "|";
    return ("|" + std::string{words} + "|").find(wanted) != std::string::npos;
}

/// "a|b|c" as "a, b, c".
std::string listed(std::string_view words) {
    std::string out;
    for (const char c : words) {
        if (c == '|') {
            out += out.empty() ? "" : ", ";
        } else {
            out += c;
        }
    }
    return out.ends_with(", ") ? out.substr(0, out.size() - 2) : out;
}

std::string all_verbs() {
    std::string out;
    for (const Verb& verb : kVerbs) {
        out += (out.empty() ? "" : ", ") + std::string{verb.name};
    }
    return out;
}

}  // namespace

OperationReader::OperationReader(Options from,
                                 const Scope& scope,
                                 const TableAccess& tables,
                                 std::vector<Problem>& problems)
    : from_(from), scope_(scope), tables_(tables), problems_(problems) {
    if (!is_map(from)) {
        problem(from, "an operation is a map, such as { set: MSH-6, to: X }");
        return;
    }
    const Verb* verb = nullptr;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const Verb* found = find_verb(from.key(i));
        if (found != nullptr && verb != nullptr) {
            problem(from,
                    "this is two operations, `" + std::string{verb->name} + "` and `" +
                        std::string{found->name} + "`: write them one after the other");
            return;
        }
        verb = found != nullptr ? found : verb;
    }
    if (verb == nullptr) {
        problem(from, "this names no operation: known are " + all_verbs());
        return;
    }
    for (std::size_t i = 0; i < from.size(); ++i) {
        const std::string_view key = from.key(i);
        if (key != verb->name && key != "when" && !is_among(key, verb->keys)) {
            problem(from.item(i),
                    "`" + std::string{verb->name} + "` has no key `" + std::string{key} +
                        "`: it has " + listed("when" + std::string{verb->keys}));
            return;
        }
    }
    verb_ = verb->name;
}

bool OperationReader::has(std::string_view key) const {
    for (std::size_t i = 0; i < from_.size(); ++i) {
        if (from_.key(i) == key) {
            return true;
        }
    }
    return false;
}

void OperationReader::problem(Options at, std::string message) {
    problems_.push_back({at, std::move(message)});
}

std::optional<Options> OperationReader::needed(std::string_view key, std::string_view example) {
    if (has(key)) {
        return from_[key];
    }
    problem(from_,
            "`" + std::string{verb_} + "` needs `" + std::string{key} + "`: for example " +
                std::string{example});
    return std::nullopt;
}

Address OperationReader::address(Options at, Use use) {
    if (!at.exists() || is_map(at) || is_list(at)) {
        problem(at, "one path is due here");
        return {};
    }
    auto parsed = parse_address(at.text(), scope_, use);
    if (!parsed) {
        problem(at, parsed.error().message);
        return {};
    }
    return std::move(*parsed);
}

std::vector<Address> OperationReader::addresses(Options at, Use use) {
    std::vector<Address> out;
    if (!is_list(at)) {
        out.push_back(address(at, use));
        return out;
    }
    for (std::size_t i = 0; i < at.size(); ++i) {
        out.push_back(address(at.item(i), use));
    }
    if (out.empty()) {
        problem(at, "name a path");
    }
    return out;
}

Template OperationReader::text(Options at) {
    Template out;
    if (is_map(at) || is_list(at)) {
        problem(at, "a text is due here");
        return out;
    }
    const auto literal = [&](std::string_view more) {
        if (out.pieces.empty() || out.pieces.back().kind != Template::Piece::Kind::Literal) {
            out.pieces.emplace_back();
        }
        out.pieces.back().text += more;
    };
    std::string_view rest = at.text();
    while (!rest.empty()) {
        if (rest.starts_with("{{") || rest.starts_with("}}")) {
            literal(rest.substr(0, 1));
            rest.remove_prefix(2);
            continue;
        }
        if (rest.front() != '{') {
            literal(rest.substr(0, 1));
            rest.remove_prefix(1);
            continue;
        }
        const std::size_t end = rest.find('}');
        if (end == std::string_view::npos) {
            problem(at, "a brace is not closed; `{{` writes one");
            return out;
        }
        const std::string_view inside = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        Template::Piece piece;
        if (inside == "now") {
            piece.kind = Template::Piece::Kind::Now;
        } else if (inside.starts_with('@')) {
            piece.kind = Template::Piece::Kind::Attribute;
            piece.text = inside.substr(1);
        } else if (auto parsed = parse_address(inside, scope_, Use::Read)) {
            piece.kind = Template::Piece::Kind::Value;
            piece.address = std::move(*parsed);
        } else {
            problem(at,
                    "{" + std::string{inside} + "}: " + parsed.error().message +
                        "; `{{` writes a brace");
        }
        out.pieces.push_back(std::move(piece));
    }
    return out;
}

std::size_t OperationReader::choice(Options at, std::string_view words) {
    std::size_t number = 0;
    std::string_view rest = words;
    while (!rest.empty()) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        if (rest.substr(0, bar) == at.text()) {
            return number;
        }
        rest.remove_prefix(std::min(bar + 1, rest.size()));
        ++number;
    }
    problem(at, "accepted here: " + listed(words));
    return 0;
}

Missing OperationReader::missing(std::string_view key, std::string_view words, Missing otherwise) {
    if (!has(key)) {
        return otherwise;
    }
    const std::string_view word = from_[key].text();
    static_cast<void>(choice(from_[key], words));
    return word == "keep"      ? Missing::Keep
           : word == "empty"   ? Missing::Empty
           : word == "default" ? Missing::Default
                               : Missing::Reject;
}

std::optional<expression::Expression> OperationReader::read_condition(const Scope& scope) {
    if (!has("when")) {
        return std::nullopt;
    }
    auto compiled = expression::Expression::compile(from_["when"].text(), scope);
    if (!compiled) {
        problem(from_["when"],
                "expression, " + compiled.error().where + ": " + compiled.error().message);
        return std::nullopt;
    }
    if (compiled->reads_resource()) {
        problem(from_["when"], "it reads FHIR elements, and what is edited is an HL7 v2 message");
        return std::nullopt;
    }
    return std::move(*compiled);
}

std::optional<Address> OperationReader::read_set(Scope& scope) {
    if (!needed("do", "{ each: OBX, do: [ … ] }")) {
        return std::nullopt;
    }
    const Options at = verb_value();
    auto parsed = parse_address(at.text(), scope_, Use::Each);
    if (!parsed) {
        problem(at, parsed.error().message);
        return std::nullopt;
    }
    scope.kind = parsed->is_segment() ? Scope::Kind::Segment : Scope::Kind::Repetition;
    std::copy_n(parsed->path.segment, 3, scope.segment);
    return std::move(*parsed);
}

std::optional<Action> OperationReader::read_action() {
    if (verb_ == "set") {
        return read_set_action();
    }
    if (verb_ == "copy" || verb_ == "move") {
        return read_copy();
    }
    if (verb_ == "remove") {
        return Remove{addresses(verb_value(), Use::Remove)};
    }
    if (verb_ == "lookup") {
        return read_lookup();
    }
    if (verb_ == "add") {
        return read_add();
    }
    if (verb_ == "reorder") {
        if (!has("after") && !has("before")) {
            needed("after", "{ reorder: NTE, after: PID }");
            return std::nullopt;
        }
        return Reorder{address(verb_value(), Use::Segments), read_anchor()};
    }
    return read_change();
}

std::optional<Action> OperationReader::read_set_action() {
    Set out{.target = address(verb_value(), has("raw") ? Use::WriteWhole : Use::Write)};
    if (has("to") == has("raw")) {
        problem(from_,
                "`set` needs `to` or `raw`: { set: PID-8, to: F }, { set: PID-8, to: null }");
        return std::nullopt;
    }
    if (has("raw")) {
        out.form = Set::Form::Raw;
        out.text.pieces.push_back({.text = std::string{from_["raw"].text()}});
    } else if (!from_["to"].exists()) {
        out.form = Set::Form::Null;
    } else {
        out.text = text(from_["to"]);
    }
    out.on_missing = missing("on_missing", "reject|keep", Missing::Reject);
    return out;
}

std::optional<Action> OperationReader::read_copy() {
    const auto to = needed("to", "{ copy: PID-2, to: 'PID-3[+].1' }");
    if (!to) {
        return std::nullopt;
    }
    const bool moves = verb_ == "move";
    Copy out{.from = address(verb_value(), Use::Whole), .to = {}, .moves = moves};
    // A whole field goes to a whole field, repetitions and all.
    const bool is_whole = out.from.path.component == 0 && out.from.path.repetition == 0 &&
                          out.from.base != Scope::Kind::Repetition;
    out.to = address(*to, is_whole ? Use::WriteWhole : Use::Write);
    out.on_missing = missing("on_missing", "reject|keep|empty", Missing::Keep);
    if (moves) {
        static_cast<void>(address(verb_value(), Use::Remove));  // refuses MSH-1 and MSH-2
    }
    return out;
}

Anchor OperationReader::read_anchor() {
    if (has("after") && has("before")) {
        problem(from_["before"], "give `after` or `before`, not both");
    }
    Anchor out;
    if (has("after")) {
        out.address = address(from_["after"], Use::Anchor);
    } else if (has("before")) {
        out.is_before = true;
        out.address = address(from_["before"], Use::Segments);
    }
    return out;
}

std::optional<Action> OperationReader::read_add() {
    const std::string_view name = verb_value().text();
    const auto checked = parse_address(name, Scope{}, Use::Segments);
    if (!checked || name.size() != 3 || name == "FHS" || name == "BHS") {
        problem(verb_value(),
                "name a segment that a message may have: { add: NTE, fields: [ … ] }");
        return std::nullopt;
    }
    Add out{.name = std::string{name}};
    if (has("fields") && has("raw")) {
        problem(from_["raw"], "give `fields` or `raw`, not both");
    }
    if (has("raw")) {
        out.raw = from_["raw"].text();
        if (out.raw.find_first_of("\r\n") != std::string::npos) {
            problem(from_["raw"], "a segment is one line");
        }
    }
    const Options fields = from_["fields"];
    if (has("fields") && !is_list(fields)) {
        problem(fields, "`fields` is a list, from field 1 on: [ 1, '', text ]");
        return std::nullopt;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const Options field = fields.item(i);
        const bool is_null = !field.exists();
        out.fields.push_back({is_null, is_null ? Template{} : text(field)});
    }
    out.anchor = read_anchor();
    return out;
}

}  // namespace aorta::plugins::edit
