// Reasons: the ids that a plugin may give for what became of a record.
#pragma once

#include "config/descriptor.hpp"

#include <aorta/abi.h>
#include <aorta/result.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::host {

/// A code that a plugin gives; one that is none of AORTA_… is an internal error of its.
inline ErrorCode code_of(std::uint32_t code) {
    return code <= AORTA_INTERNAL ? static_cast<ErrorCode>(code) : ErrorCode::Internal;
}

/// What a plugin gives that its descriptor does not declare may be anything, a patient's name among
/// it, and reasons reach logs and metrics. [any thread]
class Reasons {
public:
    /// Takes everything: stand-ins of tests have no descriptor.
    Reasons() = default;
    explicit Reasons(const std::vector<config::Reason>& declared);

    /// `given` where it is declared, is empty or is the SDK's own; else "plugin.undeclared_reason".
    std::string_view checked(std::string_view given) const;

private:
    bool takes_all_ = true;
    std::set<std::string, std::less<>> declared_;
};

}  // namespace aorta::host
