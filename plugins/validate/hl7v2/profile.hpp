// The rules of a site, beyond those of HL7.
#pragma once

#include "common/expression/pattern.hpp"
#include "common/hl7/message.hpp"
#include "validate/hl7v2/findings.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::validate_hl7v2 {

/// What the values at a path must look like, whole and unescaped, where there are any. A path
/// without an occurrence means every such segment, one without a repetition every repetition.
struct ValueRule {
    hl7::Path path;
    std::optional<expression::Pattern> pattern = {};
    std::string pattern_text = {};
    std::set<std::string, std::less<>> values = {};  ///< empty: any
    std::size_t max_length = 0;                      ///< characters; 0: any
    char form = 0;  ///< of a Z segment's field: N number, D date, T date and time; 0: any
};

/// How often a segment, or a field's repetitions, may come.
struct CountRule {
    hl7::Path path;  ///< with field 0 the segments of the name
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
};

struct Profile {
    std::vector<hl7::Path> required = {};   ///< without an occurrence: in every such segment
    std::vector<hl7::Path> forbidden = {};  ///< the same
    std::vector<ValueRule> values = {};
    std::vector<CountRule> counts = {};
    /// Fields that segments of the site must have where they stand; the segment may be missing.
    std::vector<hl7::Path> required_if_present = {};
    std::set<std::string, std::less<>> segments = {};  ///< of the site
};

void check(const Profile& profile, const hl7::Message& message, Reporter& report);

}  // namespace aorta::plugins::validate_hl7v2
