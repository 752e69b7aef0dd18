// From the options of an edit to its operations.
#pragma once

#include "edit/hl7v2/operation.hpp"

#include <aorta/sdk.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::edit {

/// A fault and the option that it is about.
struct Problem {
    Options at;
    std::string message;
};

/// What the pipeline has of tables.
struct TableAccess {
    std::function<Table(std::string_view name)> open;
    std::string names;  // "the pipeline has the tables a, b"
};

/// Reads a list of operations. What cannot be understood is a problem, and left out.
std::vector<Operation> compile(Options list,
                               const TableAccess& tables,
                               std::vector<Problem>& problems);

}  // namespace aorta::plugins::edit
