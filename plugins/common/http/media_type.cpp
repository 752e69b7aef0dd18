#include "common/http/media_type.hpp"

#include <algorithm>

namespace aorta::http {
namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "q=0", "q=0.000": what the client does not want.
bool is_unwanted(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view parameter = trimmed(parameters.substr(0, parameters.find(';')));
        parameters.remove_prefix(std::min(parameters.find(';'), parameters.size() - 1) + 1);
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
        }
    }
    return false;
}

bool covers(std::string_view range, std::string_view type) {
    return range == "*/*" || range == type ||
           (range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1)));
}

}  // namespace

std::string media_type(std::string_view content_type) {
    std::string type{trimmed(content_type.substr(0, content_type.find(';')))};
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const std::size_t slash = type.find('/');
    const bool is_one = slash != std::string::npos && slash != 0 && slash + 1 < type.size() &&
                        std::all_of(type.begin(), type.end(), [](char c) {
                            return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
                        });
    return is_one ? type : std::string{};
}

bool is_fhir_json(std::string_view media_type) {
    return media_type == kFhirJson || media_type == "application/json" || media_type == "text/json";
}

bool accepts(std::string_view accept, std::initializer_list<std::string_view> offered) {
    if (trimmed(accept).empty()) {
        return true;
    }
    while (!accept.empty()) {
        const std::string_view entry = accept.substr(0, accept.find(','));
        accept.remove_prefix(std::min(entry.size() + 1, accept.size()));
        const std::string range = media_type(entry);
        const std::size_t semicolon = std::min(entry.find(';'), entry.size());
        if (!range.empty() && !is_unwanted(entry.substr(semicolon)) &&
            std::any_of(offered.begin(), offered.end(), [&](std::string_view type) {
                return covers(range, type);
            })) {
            return true;
        }
    }
    return false;
}

}  // namespace aorta::http
