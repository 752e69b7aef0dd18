// Where fragments are included, and what is wrong in them.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// One inclusion of a fragment.
struct Inclusion {
    std::string file;     // the fragment
    std::string prefix;   // of its nodes' names, '_' included
    config::Position at;  // of the entry of `include`
};

/// The inclusions of a pipeline. Findings in a fragment that is included many times are told once,
/// with the places that include it. A value; one thread at a time.
class Inclusions {
public:
    void add(Inclusion inclusion);

    /// Its fragment could not be read: nodes of this prefix are not known.
    void leave_out(std::string prefix);

    bool has_left_out() const { return !left_out_.empty(); }

    /// Whether a name may be of a node of a fragment that could not be read.
    bool is_left_out(std::string_view node) const;

    /// The innermost one that a node came by; null for a node of the pipeline's own file.
    const Inclusion* of(std::string_view node, const config::Position& node_at) const;

    /// Adds what was found about an inclusion (or a node of it) to `out`: at once, but for what
    /// lies in the fragment, which waits for tell().
    void report(const Inclusion* inclusion,
                const config::Diagnostics& found,
                config::Diagnostics& out);

    /// Adds what report() has kept back, and forgets it.
    void tell(config::Diagnostics& out);

private:
    struct Finding {
        config::Diagnostic diagnostic;
        std::vector<std::string> places;
    };

    std::vector<Inclusion> all_;
    std::vector<std::string> left_out_;
    std::vector<Finding> findings_;
};

}  // namespace aorta::pipeline
