// Which ports a record takes.
#pragma once

#include "common/expression/record_evaluator.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::plugins::route {

enum class Mode { First, All };

/// Ports by number: `out` for records that meet no condition, then the cases in file order.
inline constexpr std::uint32_t kOut = 0;

/// The ports of one record, or why it cannot be told. Valid until the next call of route.
struct Routing {
    std::span<const std::uint32_t> ports = {};
    std::string_view trouble = {};
};

/// Conditions in order. One thread at a time.
class Router {
public:
    /// Reports what is wrong with a map of cases: none or too many, a name that is no port name, a
    /// condition that does not compile.
    static void check(Options cases, Diagnostics& report);

    /// From cases that `check` accepted.
    Router(Options cases, Mode mode);

    /// Routes the record that the evaluator is turned to.
    Routing route(expression::RecordEvaluator& evaluator);

private:
    Mode mode_;
    std::vector<expression::Expression> conditions_;
    std::vector<std::uint32_t> ports_;
};

}  // namespace aorta::plugins::route
