// The part of OperationReader that reads changes of values, and lookups.
#include "edit/hl7v2/operation_reader.hpp"

#include <algorithm>

namespace aorta::plugins::edit {

std::optional<Action> OperationReader::read_change() {
    auto change = read_text_change();
    if (!change) {
        return std::nullopt;
    }
    return Change{addresses(verb_value(), Use::Change), std::move(*change)};
}

std::optional<TextChange> OperationReader::read_text_change() {
    if (verb_ == "append" || verb_ == "prepend") {
        const auto more = needed("text", "{ append: 'PID-5[1].1', text: ' JR' }");
        return more ? std::optional<TextChange>{Join{text(*more),
                                                     verb_ == "append" ? Side::Right : Side::Left}}
                    : std::nullopt;
    }
    if (verb_ == "replace") {
        const auto pattern = needed("pattern", "{ replace: PID-19, pattern: '-', with: '' }");
        const auto with = needed("with", "{ replace: PID-19, pattern: '-', with: '' }");
        if (!pattern || !with) {
            return std::nullopt;
        }
        auto compiled = expression::Replacement::compile(pattern->text(), with->text());
        if (!compiled) {
            problem(*pattern, compiled.error().message);
            return std::nullopt;
        }
        return std::move(*compiled);
    }
    if (verb_ == "pad") {
        return read_padding();
    }
    if (verb_ == "trim") {
        const std::string what{has("chars") ? from_["chars"].text() : " \t\r\n"};
        if (what.empty() ||
            what.find_first_not_of("\t\r\n !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789") !=
                std::string::npos) {
            problem(from_["chars"], "`chars` is made of spaces, digits and punctuation");
        }
        return Trim{what};
    }
    if (verb_ == "case") {
        const auto to = needed("to", "{ case: 'PID-5[*].1', to: upper }");
        return to ? std::optional<TextChange>{static_cast<Case>(choice(*to, "upper|lower|title"))}
                  : std::nullopt;
    }
    return read_date();
}

std::optional<TextChange> OperationReader::read_padding() {
    constexpr std::int64_t kMaxWidth = 1000;
    const auto width = needed("width", "{ pad: 'PID-3[1].1', width: 10, fill: '0' }");
    if (!width) {
        return std::nullopt;
    }
    const bool is_number = width->abi()->type == AORTA_INT;
    if (!is_number || width->integer() < 1 || width->integer() > kMaxWidth) {
        problem(*width, "`width` is a whole number from 1 to 1000");
        return std::nullopt;
    }
    Padding out{.width = static_cast<std::size_t>(width->integer()),
                .fill = std::string{has("fill") ? from_["fill"].text() : " "}};
    const auto characters = std::count_if(out.fill.begin(), out.fill.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    });
    if (characters != 1) {
        problem(from_["fill"], "`fill` is one character");
    }
    if (has("side")) {
        out.side = static_cast<Side>(choice(from_["side"], "left|right"));
    }
    return out;
}

DateFormat OperationReader::format(Options at) {
    auto parsed = DateFormat::parse(at.text());
    if (!parsed) {
        problem(at, parsed.error().message);
        return {};
    }
    return std::move(*parsed);
}

std::optional<hl7_tables::Zone> OperationReader::zone(std::string_view key) {
    if (!has(key)) {
        return std::nullopt;
    }
    auto found = hl7_tables::Zone::find(from_[key].text());
    if (!found) {
        problem(from_[key],
                "a zone is UTC, an offset such as '+0100', or a name such as Europe/Berlin");
    }
    return found;
}

std::optional<TextChange> OperationReader::read_date() {
    DateChange out;
    const DateFormat hl7 = *DateFormat::parse("hl7");
    const Options from = from_["from"];
    if (!from.exists()) {
        out.from.push_back(hl7);
    } else if (!is_list(from)) {
        out.from.push_back(format(from));
    }
    for (std::size_t i = 0; is_list(from) && i < from.size(); ++i) {
        out.from.push_back(format(from.item(i)));
    }
    out.to = has("to") ? format(from_["to"]) : hl7;
    out.zone = zone("zone");
    out.to_zone = zone("to_zone");
    out.on_bad = missing("on_bad", "reject|keep|empty", Missing::Reject);
    if (!has("from") && !has("to") && !has("to_zone") && !has("zone")) {
        problem(from_, "`date` needs `from`, `to` or a zone: { date: PID-7, from: MM/DD/YYYY }");
    }
    return out;
}

std::optional<Action> OperationReader::read_lookup() {
    constexpr std::string_view kExample =
        "{ lookup: loinc, by: OBX[1]-3.1, into: { OBX[1]-3.2: text } }";
    const auto by = needed("by", kExample);
    const auto into = needed("into", kExample);
    if (!by || !into) {
        return std::nullopt;
    }
    Lookup out{.table = tables_.open(verb_value().text()), .by = addresses(*by, Use::Read)};
    if (!out.table) {
        problem(verb_value(),
                "there is no table `" + std::string{verb_value().text()} + "`: " + tables_.names);
        return std::nullopt;
    }
    const bool is_known = out.table.column_count() != 0;
    if (is_known && out.table.key_count() != out.by.size()) {
        problem(*by,
                "the key of the table has " + std::to_string(out.table.key_count()) +
                    " columns, `by` names " + std::to_string(out.by.size()) + " paths");
    }
    const auto add = [&](Options at, std::string_view path, std::optional<std::size_t> column) {
        auto parsed = parse_address(path, scope_, Use::WriteOne);
        if (!parsed) {
            problem(at, std::string{path} + ": " + parsed.error().message);
        } else if (is_known && !column) {
            std::string columns;
            for (std::size_t i = 0; i < out.table.column_count(); ++i) {
                columns += (i == 0 ? "" : ", ") + std::string{out.table.column(i)};
            }
            problem(at, "the table has no such column: it has " + columns);
        } else {
            out.into.emplace_back(std::move(*parsed), column.value_or(0));
        }
    };
    for (std::size_t i = 0; is_map(*into) && i < into->size(); ++i) {
        const Options column = into->item(i);
        add(column, into->key(i), is_known ? out.table.find_column(column.text()) : std::nullopt);
    }
    if (!is_map(*into)) {
        // Without a name, the one column that is no part of the key.
        const bool is_clear = is_known && out.table.column_count() == out.table.key_count() + 1;
        std::optional<std::size_t> other;
        for (std::size_t i = 0; is_clear && i < out.table.column_count(); ++i) {
            bool is_key = false;
            for (std::size_t k = 0; k < out.table.key_count(); ++k) {
                is_key = is_key || out.table.key(k) == out.table.column(i);
            }
            other = is_key ? other : std::optional{i};
        }
        add(*into, into->text(), other);
    }
    const Missing of_table = out.table.on_missing() == AORTA_MISSING_KEEP      ? Missing::Keep
                             : out.table.on_missing() == AORTA_MISSING_EMPTY   ? Missing::Empty
                             : out.table.on_missing() == AORTA_MISSING_DEFAULT ? Missing::Default
                                                                               : Missing::Reject;
    out.on_missing = missing("on_missing", "reject|keep|empty|default", of_table);
    if (has("on_missing") && out.on_missing == Missing::Default && is_known &&
        out.table.defaults().empty()) {
        problem(from_["on_missing"], "the table has no `default`");
    }
    return out;
}

}  // namespace aorta::plugins::edit
