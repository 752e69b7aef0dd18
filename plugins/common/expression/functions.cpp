#include "common/expression/functions.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace aorta::expression {

namespace {

using P = Parameter;

constexpr Function kFunctions[] = {
    {"exists", Op::Exists, {P::PlaceOrSet, P::None}, ValueType::Bool, "exists(PID-7)"},
    {"empty", Op::Empty, {P::PlaceOrSet, P::None}, ValueType::Bool, "empty(PID-7)"},
    {"is_null", Op::IsNull, {P::Place, P::None}, ValueType::Bool, "is_null(PID-7)"},
    {"length", Op::Length, {P::Text, P::None}, ValueType::Number, "length(PID-19)"},
    {"lower", Op::Lower, {P::Text, P::None}, ValueType::Text, "lower(PID-8)"},
    {"upper", Op::Upper, {P::Text, P::None}, ValueType::Text, "upper(PID-8)"},
    {"number", Op::ToNumber, {P::Text, P::None}, ValueType::Number, "number(OBX[1]-5)"},
    {"starts_with",
     Op::StartsWith,
     {P::Text, P::Text},
     ValueType::Bool,
     "starts_with(PV1-3.1, 'ICU')"},
    {"ends_with", Op::EndsWith, {P::Text, P::Text}, ValueType::Bool, "ends_with(@file, '.hl7')"},
    {"contains", Op::Contains, {P::Text, P::Text}, ValueType::Bool, "contains(@file, 'test')"},
    {"any", Op::Any, {P::Set, P::Condition}, ValueType::Bool, "any(OBX, .5 > 130)"},
    {"all", Op::All, {P::Set, P::Condition}, ValueType::Bool, "all(OBX, .11 == 'F')"},
    {"count",
     Op::Count,
     {P::Set, P::OptionalCondition},
     ValueType::Number,
     "count(OBX, .11 == 'F')"},
};

constexpr std::string_view kWords[] = {"and", "or", "not", "in", "true", "false"};

// Levenshtein, for short words; letters compare without case.
std::size_t distance(std::string_view a, std::string_view b) {
    constexpr std::size_t kMax = 16;
    if (a.size() >= kMax || b.size() >= kMax) {
        return kMax;
    }
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    std::array<std::size_t, kMax> row{};
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

}  // namespace

const Function* find_function(std::string_view name) {
    const auto* const found =
        std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const Function& function) {
            return function.name == name;
        });
    return found == std::end(kFunctions) ? nullptr : found;
}

std::string did_you_mean(std::string_view name) {
    std::string_view best;
    std::size_t best_distance = std::min<std::size_t>(3, name.size());
    const auto consider = [&](std::string_view candidate) {
        const std::size_t d = distance(name, candidate);
        if (d < best_distance) {
            best = candidate;
            best_distance = d;
        }
    };
    for (const std::string_view word : kWords) {
        consider(word);
    }
    for (const Function& function : kFunctions) {
        consider(function.name);
    }
    return best.empty() ? "" : ": did you mean '" + std::string{best} + "'?";
}

}  // namespace aorta::expression
