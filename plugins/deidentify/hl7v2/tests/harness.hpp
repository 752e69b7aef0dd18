// Running a Deidentifier over texts.
#pragma once

#include "deidentify/hl7v2/deidentifier.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace aorta::plugins::deidentify::testing {

inline constexpr int kToday = 20240615;
inline constexpr std::string_view kControlId = "NEWCONTROLID";

/// Random enough for tests, and the same each time.
inline CodeBook code_book(std::size_t max_codes = 100) {
    return CodeBook{max_codes, [state = std::uint64_t{1}]() mutable {
                        return state = state * 6364136223846793005U + 1442695040888963407U;
                    }};
}

inline Deidentifier deidentifier(const PolicyConfig& policy = {}, RewriterConfig rewriter = {}) {
    rewriter.profile = policy.profile;
    return {Policy{policy}, Rewriter{rewriter, code_book()}};
}

inline std::string run(Deidentifier& deidentifier,
                       std::string_view text,
                       Report* report = nullptr) {
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
inline std::string segment_of(std::string_view segment,
                              const PolicyConfig& policy = {},
                              const RewriterConfig& rewriter = {}) {
    Deidentifier made = deidentifier(policy, rewriter);
    const std::string head = "MSH|^~\\&|||||20240615||ORU^R01|1|P|2.5.1\r";
    const std::string out = run(made, head + std::string{segment} + "\r");
    const std::size_t at = out.find('\r') + 1;
    return out.substr(at, out.size() - at - (out.size() > at ? 1 : 0));
}

}  // namespace aorta::plugins::deidentify::testing
