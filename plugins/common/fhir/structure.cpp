#include "common/fhir/structure.hpp"

#include "common/fhir/json_text.hpp"
#include "common/fhir/reason.hpp"

#include <simdjson.h>

#include <algorithm>
#include <new>

namespace aorta::fhir {

namespace {

// The walk over the tokens counts depth itself.
constexpr std::size_t kUnusedDepth = 1;

/// Says why the scan failed, and where: slow, as it happens once.
Error explain(std::string_view text) {
    const std::size_t valid = valid_utf8_length(text);
    if (valid < text.size()) {
        return refused_at(kNotJson, "bytes that are no UTF-8", valid);
    }
    bool is_inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            is_inside = !is_inside;
        } else if (is_inside && text[i] == '\\') {
            ++i;
        } else if (is_inside && static_cast<unsigned char>(text[i]) < 0x20) {
            return refused_at(kNotJson, "a control character inside a string", i);
        }
    }
    return refused_at(kNotJson, is_inside ? "a string does not end" : "no value", text.size());
}

}  // namespace

struct StructureScanner::Stage {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

StructureScanner::StructureScanner() : stage_(std::make_unique<Stage>()) {}

StructureScanner::~StructureScanner() = default;

Result<std::span<const std::uint32_t>> StructureScanner::scan(std::string_view text) {
    auto& parser = stage_->parser;
    if (parser == nullptr || parser->capacity() < text.size()) {
        const std::size_t before = parser == nullptr ? 0 : parser->capacity();
        const std::size_t capacity = std::max({text.size(), 2 * before, std::size_t{4096}});
        const auto made = simdjson::get_active_implementation()->create_dom_parser_implementation(
            capacity, kUnusedDepth, parser);
        if (made != simdjson::SUCCESS) {
            parser.reset();
            throw std::bad_alloc();
        }
    }
    const auto found = parser->stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
                                      text.size(),
                                      simdjson::stage1_mode::regular);
    if (found != simdjson::SUCCESS) {
        return explain(text);
    }
    return std::span<const std::uint32_t>{parser->structural_indexes.get(),
                                          parser->n_structural_indexes};
}

}  // namespace aorta::fhir
