// Options and diagnostics on their way over the ABI.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"

#include <aorta/abi.h>
#include <aorta/ext/tables.h>

#include <deque>
#include <memory>
#include <vector>

namespace aorta::host {

/// A tree of options in the form of the ABI. Owns all of it; the pointers stay valid as long as the
/// object, which is why it does not move. A resolved secret arrives as a text; an unresolved one
/// (validation without secrets) and an unset variable as null with position.
class AbiOptions {
public:
    explicit AbiOptions(config::Value options);
    AbiOptions(const AbiOptions&) = delete;
    AbiOptions& operator=(const AbiOptions&) = delete;
    ~AbiOptions() = default;

    const aorta_value* root() const { return root_; }

private:
    const aorta_value* convert(const config::Value& value);

    config::Value options_;  // the texts live here
    std::deque<aorta_value> values_;
    std::deque<std::vector<const aorta_value*>> items_;
    std::deque<std::vector<aorta_str>> keys_;
    const aorta_value* root_ = nullptr;
};

/// Turns what a plugin reports into diagnostics with positions. Borrows both; one thread at a time.
class AbiDiagnostics {
public:
    /// `node` is the place for findings that have none of their own.
    /// `maybe_tables` is what `check` may know of the pipeline's tables.
    AbiDiagnostics(config::Diagnostics& into,
                   config::Position node,
                   const aorta_tables* maybe_tables = nullptr);
    AbiDiagnostics(const AbiDiagnostics&) = delete;
    AbiDiagnostics& operator=(const AbiDiagnostics&) = delete;
    ~AbiDiagnostics() = default;

    const aorta_diagnostics* abi() const { return &abi_; }

private:
    void add(config::Severity severity, const aorta_value* at, aorta_str message) const;

    config::Diagnostics& into_;
    config::Position node_;
    const aorta_tables* tables_;
    aorta_diagnostics abi_;
};

}  // namespace aorta::host
