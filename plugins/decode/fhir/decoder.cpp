#include "decode/fhir/decoder.hpp"

#include "common/fhir/reason.hpp"
#include "decode/fhir/event_time.hpp"

#include <algorithm>

namespace aorta::plugins::decode_fhir {

namespace {

constexpr std::size_t kLongestType = 64;

bool is_type_name(const fhir::Element& type) {
    const std::string_view name = type.raw();
    return type.is(fhir::Kind::String) && !name.empty() && name.size() <= kLongestType &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

Result<void> Decoder::decode(std::string_view payload) {
    resources_.clear();
    empty_entries_ = 0;
    is_split_ = config_.splits_lines;
    return config_.splits_lines ? decode_lines(payload) : decode_text(payload);
}

Result<void> Decoder::decode_lines(std::string_view payload) {
    std::size_t number = 0;
    while (!payload.empty()) {
        const std::string_view line = payload.substr(0, payload.find('\n'));
        payload.remove_prefix(std::min(line.size() + 1, payload.size()));
        ++number;
        if (is_blank(line)) {
            continue;
        }
        if (const Result<void> decoded = decode_text(line); !decoded.ok()) {
            Error error = decoded.error();
            error.where = "line " + std::to_string(number) + ", " + error.where;
            return error;
        }
    }
    return {};
}

Result<void> Decoder::decode_text(std::string_view json) {
    if (Result<void> built = builder_.build(json); !built.ok()) {
        return built;
    }
    const fhir::Element root = builder_.tree().root();
    const bool is_bundle = root["resourceType"].raw() == "Bundle";
    patients_.begin(is_bundle ? root : fhir::Element{});
    if (is_bundle && config_.splits_bundles) {
        is_split_ = true;
        return add_entries(root);
    }
    return add(root, std::nullopt);
}

Result<void> Decoder::add_entries(const fhir::Element& bundle) {
    const auto time = config_.reads_event_time ? event_time_of(bundle) : std::nullopt;
    for (const fhir::Element entry : bundle["entry"].children()) {
        const fhir::Element resource = entry["resource"];
        if (!resource) {
            ++empty_entries_;
            continue;
        }
        if (Result<void> added = add(resource, time); !added.ok()) {
            return added;
        }
    }
    return {};
}

Result<void> Decoder::add(const fhir::Element& resource, std::optional<std::int64_t> else_time_ns) {
    const auto offset =
        static_cast<std::size_t>(resource.raw().data() - builder_.tree().payload.data());
    const fhir::Element type = resource["resourceType"];
    if (!is_type_name(type)) {
        return fhir::refused_at(kNoResource, "no object with a resourceType", offset);
    }
    if (resources_.size() == config_.max_parts) {
        return fhir::refused_at(kTooManyParts, "more resources than max_parts", offset);
    }
    Resource& made = resources_.emplace_back();
    made.json = resource.raw();
    made.type = type.raw();
    made.key = patients_.key_of(resource);
    if (config_.reads_event_time) {
        const auto time = event_time_of(resource);
        made.event_time_ns = time ? time : else_time_ns;
    }
    return {};
}

}  // namespace aorta::plugins::decode_fhir
