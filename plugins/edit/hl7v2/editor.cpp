#include "edit/hl7v2/editor.hpp"

#include "common/expression/record_evaluator.hpp"
#include "edit/hl7v2/document_fields.hpp"
#include "edit/hl7v2/hl7_time.hpp"
#include "edit/hl7v2/value_change.hpp"

#include <algorithm>

namespace aorta::plugins::edit {
namespace {

constexpr std::string_view kNull = "\"\"";

/// One message on its way through the operations. A step gives false after a failure.
class Run {
public:
    Run(Document& document,
        const Surroundings& around,
        expression::EvalStats& stats,
        hl7::MessageText& set)
        : document_(document), around_(around), stats_(stats), set_(set) {}

    bool all(const std::vector<Operation>& operations) {
        return std::all_of(operations.begin(), operations.end(), [&](const Operation& operation) {
            return is_gone() || step(operation);
        });
    }

    std::optional<Failure> take_failure() { return std::move(failure_); }

private:
    bool fail(std::string_view reason, std::string where) {
        failure_ = Failure{reason, std::move(where)};
        return false;
    }

    /// True once the element that the body stands on was removed; else brings its number up to
    /// date.
    bool is_gone() {
        if (scope_ == Scope::Kind::Message) {
            return false;
        }
        const auto found = document_.find_id(element_.id, element_.segment);
        element_.segment = found.value_or(0);
        return !found || is_removed_;
    }

    bool step(const Operation& operation) {
        if (const auto* each = std::get_if<Each>(&operation.action)) {
            return run(*each, operation.when);
        }
        const std::optional<bool> holds = condition(operation.when);
        return holds && (!*holds || std::visit([&](const auto& action) { return run(action); },
                                               operation.action));
    }

    std::optional<bool> condition(const std::optional<expression::Expression>& when) {
        if (!when) {
            return true;
        }
        DocumentFields fields{document_, around_.attributes, set_};
        expression::Cursor at;
        if (scope_ != Scope::Kind::Message) {
            at = {.index = element_.segment, .is_started = true};
        }
        if (scope_ == Scope::Kind::Repetition) {
            at.element = document_.get(element_.segment, element_.path).raw;
        }
        const auto outcome = when->evaluate(fields, stats_, at);
        if (outcome == expression::Outcome::GaveUp) {
            fail(expression::kTooCostly.id, "");
            return std::nullopt;
        }
        return outcome == expression::Outcome::True;
    }

    std::vector<Place> places(const Address& address) const {
        std::vector<Place> found;
        address.resolve(document_, element_, found);
        return found;
    }

    /// The text at the first place of an address; empty for what is unset or null.
    std::string text(const Address& address) const {
        const std::vector<Place> found = places(address);
        const hl7::Value value =
            found.empty() ? hl7::Value{} : document_.get(found[0].segment, found[0].path);
        return value.has_value() ? decoded(value.raw).text : std::string{};
    }

    /// In UTF-8, as are the texts of operations and tables.
    Decoded decoded(std::string_view raw) const {
        Decoded made = decode(raw, document_.delimiters());
        set_.to_utf8(made.text);
        return made;
    }

    std::string where(const Place& place) const {
        return document_.where(place.segment, place.path);
    }

    bool put(const Place& place, std::string_view raw) {
        if (!document_.set(place.segment, place.path, raw)) {
            return fail(kDoesNotFit, where(place));
        }
        return check_bounds();
    }

    bool check_bounds() { return document_.is_within_bounds() || fail(kTooLarge, ""); }

    bool put_all(const Address& target, std::string_view raw) {
        const std::vector<Place> found = places(target);
        if (found.empty() && !target.names_many()) {
            return fail(kNoSegment, target.written);
        }
        return std::all_of(
            found.begin(), found.end(), [&](const Place& place) { return put(place, raw); });
    }

    bool encode_text(std::string text, const std::string& where, std::string& raw) {
        return (set_.from_utf8(text) && encode(text, document_.delimiters(), false, raw)) ||
               fail(kDoesNotFit, where);
    }

    /// The text of a value in a template. One with parts is none: copy it.
    bool render_value(const Address& address, std::string& out) {
        const std::vector<Place> found = places(address);
        const hl7::Value value =
            found.empty() ? hl7::Value{} : document_.get(found[0].segment, found[0].path);
        if (!value.has_value()) {
            return true;
        }
        if (document_.is_delimiters(found[0].segment, found[0].path)) {
            out += value.raw;
            return true;
        }
        const hl7::Delimiters& own = document_.delimiters();
        const auto separates = [&](char c) {
            return c != 0 && (c == own.repetition || c == own.component);
        };
        if (std::any_of(value.raw.begin(), value.raw.end(), separates)) {
            return fail(kDoesNotFit, where(found[0]));
        }
        out += decoded(value.raw).text;
        return true;
    }

    bool render(const Template& from, std::string& out) {
        for (const Template::Piece& piece : from.pieces) {
            switch (piece.kind) {
                case Template::Piece::Kind::Literal:
                    out += piece.text;
                    break;
                case Template::Piece::Kind::Value:
                    if (!render_value(piece.address, out)) {
                        return false;
                    }
                    break;
                case Template::Piece::Kind::Attribute:
                    out += around_.attributes.find(piece.text);
                    break;
                case Template::Piece::Kind::Now:
                    out += hl7_time(around_.now_ns);
                    break;
            }
            if (out.size() > Document::kMaxBytes) {
                return fail(kTooLarge, "");
            }
        }
        return true;
    }

    /// The raw value of a template that is nothing else: it keeps its formatting and its escapes.
    std::string_view sole_value(const Template& from) const {
        if (from.pieces.size() != 1 || from.pieces[0].kind != Template::Piece::Kind::Value) {
            return {};
        }
        const std::vector<Place> found = places(from.pieces[0].address);
        const hl7::Value value =
            found.empty() ? hl7::Value{} : document_.get(found[0].segment, found[0].path);
        const char subcomponent = document_.delimiters().subcomponent;
        const bool is_text = value.has_value() &&
                             !document_.is_delimiters(found[0].segment, found[0].path) &&
                             (subcomponent == 0 || value.raw.find(subcomponent) == value.raw.npos);
        return is_text ? value.raw : std::string_view{};
    }

    bool run(const Set& set) {
        if (set.on_missing == Missing::Keep && places(set.target).empty()) {
            return true;
        }
        std::string made;
        if (!render(set.text, made)) {
            return false;
        }
        std::string raw;
        if (set.form == Set::Form::Null) {
            raw = kNull;
        } else if (set.form == Set::Form::Text) {
            const std::string_view sole = sole_value(set.text);
            if (!sole.empty()) {
                raw = sole;
            } else if (!encode_text(std::move(made), set.target.written, raw)) {
                return false;
            }
        } else if (!set_.from_utf8(made) || !translate(made, document_.delimiters(), raw)) {
            return fail(kDoesNotFit, set.target.written);
        }
        return put_all(set.target, raw);
    }

    bool run(const Copy& copy) {
        const std::vector<Place> from = places(copy.from);
        const hl7::Value found =
            from.empty() ? hl7::Value{} : document_.get(from[0].segment, from[0].path);
        const bool is_there = found.has_value() || found.presence == hl7::Presence::Null;
        if (!is_there && copy.on_missing == Missing::Reject) {
            return fail(kNoValue, copy.from.written);
        }
        if (!is_there && copy.on_missing == Missing::Keep) {
            return true;
        }
        std::string raw;
        if (is_there && document_.is_delimiters(from[0].segment, from[0].path)) {
            if (!encode_text(std::string{found.raw}, copy.to.written, raw)) {
                return false;
            }
        } else if (is_there) {
            raw = found.raw;
        }
        return put_all(copy.to, raw) && (!copy.moves || !is_there || clear(from[0]));
    }

    bool run(const Remove& remove) {
        for (const Address& target : remove.targets) {
            const std::vector<Place> found = places(target);
            // From behind, so that what comes before keeps its number.
            for (auto place = found.rbegin(); place != found.rend(); ++place) {
                if (!clear(*place)) {
                    return false;
                }
            }
            is_removed_ = is_removed_ ||
                          (target.base == Scope::Kind::Repetition && target.path.component == 0);
        }
        return true;
    }

    /// Takes a segment or a repetition out; empties a field or a part of one, if it is there.
    bool clear(const Place& place) {
        const hl7::Path& path = place.path;
        if (path.field == 0) {
            if (place.segment != 0) {
                document_.remove_segment(place.segment);
            }
        } else if (path.repetition != 0 && path.component == 0) {
            document_.remove_repetition(place.segment, path);
        } else if (document_.get(place.segment, path).presence != hl7::Presence::Absent) {
            return put(place, {});
        }
        return check_bounds();
    }

    bool run(const Change& change) {
        std::string joined;
        if (const auto* join = std::get_if<Join>(&change.change);
            join != nullptr && !render(join->text, joined)) {
            return false;
        }
        for (const Address& target : change.targets) {
            for (const Place& place : places(target)) {
                const hl7::Value found = document_.get(place.segment, place.path);
                if (!found.has_value()) {
                    continue;
                }
                std::string raw;
                const std::string_view trouble = change_value(
                    change.change, joined, found.raw, document_.delimiters(), set_, raw);
                if (!trouble.empty()) {
                    return fail(trouble, where(place));
                }
                if (!put(place, raw)) {
                    return false;
                }
            }
        }
        return true;
    }

    bool run(const Lookup& lookup) {
        std::vector<std::string> keys;
        for (const Address& address : lookup.by) {
            keys.push_back(text(address));
        }
        if (std::all_of(keys.begin(), keys.end(), [](const auto& key) { return key.empty(); })) {
            return true;
        }
        const std::vector<std::string_view> views{keys.begin(), keys.end()};
        auto cells = lookup.table.find(views);
        if (cells.empty() && lookup.on_missing == Missing::Keep) {
            return true;
        }
        if (cells.empty() && lookup.on_missing == Missing::Default) {
            cells = lookup.table.defaults();
        }
        if (cells.empty() && lookup.on_missing != Missing::Empty) {
            const std::vector<Place> found = places(lookup.by[0]);
            return fail(kNotInTable, found.empty() ? lookup.by[0].written : where(found[0]));
        }
        for (const auto& [target, column] : lookup.into) {
            std::string raw;
            if ((!cells.empty() &&
                 !encode_text(std::string{from_abi(cells[column])}, target.written, raw)) ||
                !put_all(target, raw)) {
                return false;
            }
        }
        return true;
    }

    /// The number of the segment that something goes before.
    std::optional<std::size_t> position(const Anchor& anchor) {
        if (!anchor.address) {
            return document_.segment_count();
        }
        const std::vector<Place> found = places(*anchor.address);
        if (found.empty()) {
            fail(kNoSegment, anchor.address->written);
            return std::nullopt;
        }
        return anchor.is_before ? std::max<std::size_t>(found.front().segment, 1)
                                : found.back().segment + 1;
    }

    bool run(const Add& add) {
        const auto at = position(add.anchor);
        if (!at) {
            return false;
        }
        const hl7::Delimiters& own = document_.delimiters();
        std::string line = add.name;
        for (const Add::Field& field : add.fields) {
            line += own.field;
            std::string made;
            if (!render(field.text, made)) {
                return false;
            }
            if (field.is_null) {
                line += kNull;
            } else if (!encode_text(std::move(made), add.name, line)) {
                return false;
            }
        }
        std::string fields = add.raw;
        if (!set_.from_utf8(fields)) {
            return fail(kDoesNotFit, add.name);
        }
        for (std::size_t done = 0; !fields.empty() && done <= fields.size();) {
            const std::size_t end = std::min(fields.find('|', done), fields.size());
            line += own.field;
            if (!translate(std::string_view{fields}.substr(done, end - done), own, line)) {
                return fail(kDoesNotFit, add.name);
            }
            done = end + 1;
        }
        document_.insert_segment(*at, std::move(line));
        return check_bounds();
    }

    bool run(const Reorder& reorder) {
        const std::vector<Place> found = places(reorder.segments);
        if (found.empty()) {
            return true;
        }
        auto at = position(reorder.anchor);
        if (!at) {
            return false;
        }
        std::vector<std::size_t> moved;
        moved.reserve(found.size());
        for (const Place& place : found) {
            moved.push_back(place.segment);
        }
        while (std::binary_search(moved.begin(), moved.end(), *at)) {
            ++*at;
        }
        document_.move_segments(moved, *at);
        return check_bounds();
    }

    /// Not an action of its own: `step` knows what an `each` does with its condition.
    static bool run(const Each&) { return true; }

    bool run(const Each& each, const std::optional<expression::Expression>& when) {
        const Scope::Kind outer_scope = scope_;
        const Element outer = element_;
        const bool is_good =
            each.set.is_segment() ? over_segments(each, when) : over_repetitions(each, when);
        scope_ = outer_scope;
        element_ = outer;
        is_removed_ = false;
        return is_good;
    }

    bool body(const Each& each, const std::optional<expression::Expression>& when) {
        const std::optional<bool> holds = condition(when);
        return holds && (!*holds || all(each.body)) && check_bounds();
    }

    bool over_segments(const Each& each, const std::optional<expression::Expression>& when) {
        std::vector<Element> elements;
        for (const Place& place : places(each.set)) {
            elements.push_back({place.segment, document_.id(place.segment), {}});
        }
        const std::size_t count = document_.segment_count();
        scope_ = Scope::Kind::Segment;
        for (const Element& element : elements) {
            element_ = element;
            // What earlier bodies added or removed lies before this one, as a rule.
            element_.segment += document_.segment_count() - count;
            if (!is_gone() && !body(each, when)) {
                return false;
            }
        }
        return true;
    }

    bool over_repetitions(const Each& each, const std::optional<expression::Expression>& when) {
        const std::vector<Place> found = places(each.set);
        if (found.empty()) {
            return true;
        }
        scope_ = Scope::Kind::Repetition;
        element_ = {found[0].segment, document_.id(found[0].segment), found[0].path};
        for (std::size_t left = found.size(); left > 0; --left) {
            is_removed_ = false;
            if (is_gone()) {
                return true;
            }
            if (!body(each, when)) {
                return false;
            }
            element_.path.repetition += is_removed_ ? 0 : 1;
        }
        return true;
    }

    Document& document_;
    const Surroundings& around_;
    expression::EvalStats& stats_;
    hl7::MessageText& set_;
    Scope::Kind scope_ = Scope::Kind::Message;
    Element element_;
    bool is_removed_ = false;  // the repetition that element_ stands on
    std::optional<Failure> failure_;
};

}  // namespace

std::optional<Failure> Editor::run(Document& document, const Surroundings& around) {
    text_.begin(around.message);
    Run run{document, around, stats_, text_};
    return run.all(operations_) ? std::nullopt : run.take_failure();
}

}  // namespace aorta::plugins::edit
