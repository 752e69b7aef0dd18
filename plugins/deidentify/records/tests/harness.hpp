// Running a Deidentifier over texts.
#pragma once

#include "deidentify/records/hl7v2/deidentifier.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace aorta::plugins::deidentify::testing {

inline constexpr int kToday = 20240615;
inline constexpr std::string_view kControlId = "NEWCONTROLID";

struct Made {
    PolicyConfig policy = {};
    privacy::CodeMode codes = privacy::CodeMode::Remove;
    std::string_view secret = {};
    std::size_t max_codes = 100;
};

/// Made once: compiling its patterns takes longer than any test.
inline std::shared_ptr<const privacy::Scrubber> scrubber() {
    static const auto kMade = [] {
        auto made = privacy::Scrubber::make({});
        EXPECT_TRUE(made.ok());
        return std::make_shared<const privacy::Scrubber>(std::move(*made));
    }();
    return kMade;
}

inline std::shared_ptr<privacy::Protector> protector(const Made& made) {
    return std::make_shared<privacy::Protector>(
        privacy::ProtectorConfig{.secret = made.secret, .codes = made.codes},
        privacy::Tokens{made.max_codes},
        scrubber());
}

inline Deidentifier deidentifier(const Made& made = {}) {
    const RewriterConfig rewriter{
        .profile = made.policy.profile, .dates = made.policy.dates, .text = made.policy.text};
    return {Policy{made.policy}, Rewriter{rewriter, protector(made)}, *hl7::parse_path("PID-3.1")};
}

inline std::string run(Deidentifier& deidentifier,
                       std::string_view text,
                       privacy::Report* report = nullptr) {
    hl7::IndexBuilder builder;
    EXPECT_TRUE(builder.build(text).ok());
    std::string out;
    const auto done = deidentifier.run(hl7::Message{text, builder.view()}, kControlId, kToday, out);
    EXPECT_TRUE(done.ok());
    if (report != nullptr && done.ok()) {
        *report = *done;
    }
    return out;
}

/// A message with one segment behind MSH; gives that segment as it becomes.
inline std::string segment_of(std::string_view segment, const Made& how = {}) {
    Deidentifier made = deidentifier(how);
    const std::string head = "MSH|^~\\&|||||20240615||ORU^R01|1|P|2.5.1\r";
    const std::string out = run(made, head + std::string{segment} + "\r");
    const std::size_t at = out.find('\r') + 1;
    return out.substr(at, out.size() - at - (out.size() > at ? 1 : 0));
}

}  // namespace aorta::plugins::deidentify::testing
