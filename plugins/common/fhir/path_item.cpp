#include "common/fhir/path_item.hpp"

namespace aorta::fhir {

namespace {

Worth worth_of(Kind kind) {
    switch (kind) {
        case Kind::String:
            return Worth::Text;
        case Kind::Number:
            return Worth::Number;
        case Kind::True:
        case Kind::False:
            return Worth::Bool;
        case Kind::Null:
            return Worth::None;
        default:
            return Worth::Complex;
    }
}

}  // namespace

Worth worth_of(const Item& item) {
    switch (item.type) {
        case Item::Type::Bool:
            return Worth::Bool;
        case Item::Type::Integer:
        case Item::Type::Number:
            return Worth::Number;
        case Item::Type::Text:
            return Worth::Text;
        case Item::Type::Date:
            return Worth::Date;
        default:
            return item.is_shadow || !item.element ? Worth::None : worth_of(item.element.kind());
    }
}

bool truth_of(const Item& item) {
    return item.type == Item::Type::Bool ? item.truth : item.element.is(Kind::True);
}

std::string_view text_of(const Item& item, std::string& scratch) {
    switch (item.type) {
        case Item::Type::Element:
            return item.element.text(scratch);
        case Item::Type::Integer:
            scratch = std::to_string(item.integer);
            return scratch;
        default:
            return item.text;
    }
}

}  // namespace aorta::fhir
