// Where the tokens of a JSON text begin: the first stage of simdjson.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace aorta::fhir {

/// Finds tokens in one text after the other, reusing its memory. One thread at a time.
class StructureScanner {
public:
    StructureScanner();
    StructureScanner(const StructureScanner&) = delete;
    StructureScanner& operator=(const StructureScanner&) = delete;
    StructureScanner(StructureScanner&&) = delete;
    StructureScanner& operator=(StructureScanner&&) = delete;
    ~StructureScanner();

    /// The offsets of all tokens, valid until the next call: of each bracket, brace, colon and
    /// comma outside strings, of the opening quote of each string, and of each other run of bytes
    /// between those and white space. Form feed and 0x1A outside strings count as tokens, too.
    /// The text is UTF-8, its strings end and hold no control character, else fhir.not_json;
    /// nothing more is checked. Never reads beyond the text, which is below 4 GiB.
    Result<std::span<const std::uint32_t>> scan(std::string_view text);

private:
    struct Stage;
    std::unique_ptr<Stage> stage_;
};

}  // namespace aorta::fhir
