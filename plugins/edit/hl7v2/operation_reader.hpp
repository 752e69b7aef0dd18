// Reads one operation from its map. Used by compile.cpp only.
#pragma once

#include "edit/hl7v2/compile.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::edit {

inline bool is_map(Options at) {
    return at.exists() && at.abi()->type == AORTA_MAP;
}

inline bool is_list(Options at) {
    return at.exists() && at.abi()->type == AORTA_LIST;
}

/// One use. Each read adds what is wrong to the problems.
class OperationReader {
public:
    OperationReader(Options from,
                    const Scope& scope,
                    const TableAccess& tables,
                    std::vector<Problem>& problems);

    /// False, after a problem, when the map names no operation, or several, or has a key that the
    /// operation does not have.
    bool has_verb() const { return !verb_.empty(); }

    std::string_view verb() const { return verb_; }

    /// All but `each`.
    std::optional<Action> read_action();
    /// What an `each` goes over; `scope` becomes that of its elements.
    std::optional<Address> read_set(Scope& scope);
    std::optional<expression::Expression> read_condition(const Scope& scope);

private:
    std::optional<Action> read_set_action();
    std::optional<Action> read_copy();
    std::optional<Action> read_change();
    std::optional<TextChange> read_text_change();
    std::optional<TextChange> read_padding();
    std::optional<TextChange> read_date();
    std::optional<Action> read_lookup();
    std::optional<Action> read_add();
    Anchor read_anchor();

    Options verb_value() const { return from_[verb_]; }

    bool has(std::string_view key) const;
    void problem(Options at, std::string message);
    /// The value under a key that must be there.
    std::optional<Options> needed(std::string_view key, std::string_view example);
    Address address(Options at, Use use);
    std::vector<Address> addresses(Options at, Use use);
    Template text(Options at);
    Missing missing(std::string_view key, std::string_view words, Missing otherwise);
    /// The number of the word among those separated by '|', or 0 after a problem.
    std::size_t choice(Options at, std::string_view words);
    std::optional<hl7_tables::Zone> zone(std::string_view key);
    DateFormat format(Options at);

    Options from_;
    const Scope& scope_;
    const TableAccess& tables_;
    std::vector<Problem>& problems_;
    std::string_view verb_;
};

}  // namespace aorta::plugins::edit
