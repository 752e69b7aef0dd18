#include "common/fhir/path_compare.hpp"

#include "common/fhir/date_time.hpp"
#include "common/fhir/decimal.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

namespace aorta::fhir {

namespace {

/// The result of comparing dates: an order, or that they are too vague to have one.
struct DateOrder {
    bool are_dates = false;
    std::optional<int> order;
};

bool is_element(const Item& item) {
    return item.type == Item::Type::Element;
}

/// Year and month at least: a bare year may well be another text.
bool looks_like_date(const Item& item, std::string_view text) {
    return item.type == Item::Type::Date ||
           (is_element(item) && text.size() >= 7 && text[4] == '-');
}

int order_of(int left, int right) {
    return left < right ? -1 : left > right ? 1 : 0;
}

std::optional<int> order_of_instants(const DateTime& left, const DateTime& right) {
    auto a = to_epoch_ns(left);
    auto b = to_epoch_ns(right);
    if (!a || !b) {
        return std::nullopt;
    }
    if (left.precision == right.precision) {
        return *a < *b ? -1 : *a > *b ? 1 : 0;
    }
    constexpr std::int64_t kMinute = 60'000'000'000;
    const std::int64_t difference = *a - (left.second * 1'000'000'000LL + left.nanosecond) - *b +
                                    (right.second * 1'000'000'000LL + right.nanosecond);
    return difference <= -kMinute  ? std::optional{-1}
           : difference >= kMinute ? std::optional{1}
                                   : std::nullopt;
}

/// Component by component; no order when they agree as far as the less precise goes.
std::optional<int> order_of(const DateTime& left, const DateTime& right) {
    const bool have_times =
        left.precision >= Precision::Minute && right.precision >= Precision::Minute;
    if (have_times && left.zone_minutes.has_value() != right.zone_minutes.has_value()) {
        return std::nullopt;
    }
    if (have_times && left.zone_minutes) {
        return order_of_instants(left, right);
    }
    const std::array<std::tuple<int, int, Precision>, 6> parts{{
        {left.year, right.year, Precision::Year},
        {left.month, right.month, Precision::Month},
        {left.day, right.day, Precision::Day},
        {left.hour * 60 + left.minute, right.hour * 60 + right.minute, Precision::Minute},
        {left.second, right.second, Precision::Second},
        {left.nanosecond, right.nanosecond, Precision::Second},
    }};
    for (const auto& [a, b, precision] : parts) {
        if (precision > left.precision || precision > right.precision) {
            break;
        }
        if (a != b) {
            return order_of(a, b);
        }
    }
    return left.precision == right.precision ? std::optional{0} : std::nullopt;
}

DateOrder compare_dates(const Item& left,
                        std::string_view left_text,
                        const Item& right,
                        std::string_view right_text) {
    const bool has_literal = left.type == Item::Type::Date || right.type == Item::Type::Date;
    if (!has_literal && !(looks_like_date(left, left_text) && looks_like_date(right, right_text))) {
        return {};
    }
    const auto a = parse_date_time(left_text);
    const auto b = parse_date_time(right_text);
    return a && b ? DateOrder{true, order_of(*a, *b)} : DateOrder{};
}

bool is_textual(Worth worth) {
    return worth == Worth::Text || worth == Worth::Date;
}

bool are_same(const Element& left, const Element& right, std::uint64_t& budget);

std::size_t size_of(const Element& element) {
    std::size_t size = 0;
    for ([[maybe_unused]] const Element child : element.children()) {
        ++size;
    }
    return size;
}

bool have_same_children(const Element& left, const Element& right, std::uint64_t& budget) {
    if (size_of(left) != size_of(right)) {
        return false;
    }
    auto other = right.children().begin();
    for (const Element child : left.children()) {
        // Members may stand in another order.
        Element match = *other;
        if (left.is(Kind::Object) && match.name() != child.name()) {
            const std::size_t cost = size_of(right);
            if (budget < cost) {
                budget = 0;
                return false;
            }
            budget -= cost;
            match = right[child.name()];
        }
        if (!match || !are_same(child, match, budget)) {
            return false;
        }
        ++other;
    }
    return true;
}

/// Elements with all that is in them.
bool are_same(const Element& left, const Element& right, std::uint64_t& budget) {
    if (budget == 0 || left.kind() != right.kind()) {
        return false;
    }
    --budget;
    switch (left.kind()) {
        case Kind::Object:
        case Kind::Array:
            return have_same_children(left, right, budget);
        case Kind::Number:
            return compare_decimals(left.raw(), right.raw()) == 0;
        case Kind::String: {
            std::string a;
            std::string b;
            return left.text(a) == right.text(b);
        }
        default:
            return true;
    }
}

/// Letters a to z small, white space as one blank each.
std::string normalised(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (is_space && !out.empty() && out.back() == ' ') {
            continue;
        }
        out += is_space ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return out;
}

}  // namespace

std::optional<bool> are_equal(const Item& left, const Item& right, std::uint64_t& budget) {
    const Worth worth = worth_of(left);
    const Worth other = worth_of(right);
    std::string left_scratch;
    std::string right_scratch;
    if (is_textual(worth) && is_textual(other)) {
        const std::string_view a = text_of(left, left_scratch);
        const std::string_view b = text_of(right, right_scratch);
        const DateOrder dates = compare_dates(left, a, right, b);
        if (dates.are_dates) {
            return dates.order ? std::optional{*dates.order == 0} : std::nullopt;
        }
        return a == b;
    }
    if (worth != other) {
        return false;
    }
    switch (worth) {
        case Worth::Bool:
            return truth_of(left) == truth_of(right);
        case Worth::Number:
            return compare_decimals(text_of(left, left_scratch), text_of(right, right_scratch)) ==
                   0;
        case Worth::Complex: {
            const bool same = are_same(left.element, right.element, budget);
            return budget == 0 ? std::nullopt : std::optional{same};
        }
        default:
            return false;
    }
}

bool are_equivalent(const Item& left, const Item& right, std::uint64_t& budget) {
    const Worth worth = worth_of(left);
    if (worth == worth_of(right) && (worth == Worth::Number || worth == Worth::Text)) {
        std::string left_scratch;
        std::string right_scratch;
        const std::string_view a = text_of(left, left_scratch);
        const std::string_view b = text_of(right, right_scratch);
        if (worth == Worth::Number) {
            return are_equivalent_decimals(a, b);
        }
        const DateOrder dates = compare_dates(left, a, right, b);
        return dates.are_dates ? dates.order == 0 : normalised(a) == normalised(b);
    }
    return are_equal(left, right, budget).value_or(false);
}

std::optional<int> compare(const Item& left, const Item& right) {
    const Worth worth = worth_of(left);
    const Worth other = worth_of(right);
    std::string left_scratch;
    std::string right_scratch;
    if (worth == Worth::Number && other == Worth::Number) {
        return compare_decimals(text_of(left, left_scratch), text_of(right, right_scratch));
    }
    if (!is_textual(worth) || !is_textual(other)) {
        return std::nullopt;
    }
    const std::string_view a = text_of(left, left_scratch);
    const std::string_view b = text_of(right, right_scratch);
    const DateOrder dates = compare_dates(left, a, right, b);
    if (dates.are_dates) {
        return dates.order;
    }
    if (worth == Worth::Date || other == Worth::Date) {
        return std::nullopt;
    }
    return a.compare(b);
}

}  // namespace aorta::fhir
