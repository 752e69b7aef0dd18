// A message, and the Bundle that it becomes.
#pragma once

#include "common/fhir/tree_builder.hpp"
#include "common/hl7/index.hpp"
#include "map/hl7v2_to_fhir/bundle.hpp"
#include "map/hl7v2_to_fhir/mapper.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace aorta::plugins::map_hl7v2_to_fhir {

struct Mapped {
    std::string bundle;
    std::string report;

    /// The text of the first resource of a type; empty if there is none.
    std::string resource(std::string_view type, std::size_t number = 1) const {
        const std::string begin = "\"resource\":{\"resourceType\":\"" + std::string{type} + "\"";
        std::size_t at = 0;
        for (std::size_t i = 0; i < number; ++i) {
            at = bundle.find(begin, i == 0 ? 0 : at + 1);
        }
        if (at == std::string::npos) {
            return {};
        }
        const std::size_t next = bundle.find(",{\"fullUrl\"", at);
        return bundle.substr(at, next - at);
    }

    std::size_t count(std::string_view type) const {
        const std::string begin = "\"resource\":{\"resourceType\":\"" + std::string{type} + "\"";
        std::size_t found = 0;
        for (std::size_t at = bundle.find(begin); at != std::string::npos;
             at = bundle.find(begin, at + 1)) {
            ++found;
        }
        return found;
    }
};

inline Mapped map_message(const std::string& message,
                          MapperConfig config = {},
                          BundleType type = BundleType::Message) {
    hl7::IndexBuilder index;
    const Result<void> built = index.build(message);
    EXPECT_TRUE(built.ok());
    Mapper mapper{std::move(config)};
    BundleWriter writer{type};
    const hl7::Message opened{message, index.view()};
    mapper.run(opened);
    Mapped made{"", mapper.account().to_json(opened)};
    made.bundle = writer.write(mapper.drafts(), message);
    fhir::TreeBuilder tree;
    for (const std::string& text : {made.bundle, made.report}) {
        const Result<void> parsed = tree.build(text);
        EXPECT_TRUE(parsed.ok()) << parsed.error().message << "\n" << text;
    }
    return made;
}

inline std::string header(std::string_view type, std::string_view time = "20240229113000+0100") {
    return "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|" + std::string{time} + "||" + std::string{type} +
           "|MSG1|P|2.5.1\r";
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
