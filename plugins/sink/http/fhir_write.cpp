#include "sink/http/fhir_write.hpp"

#include "common/http/json_slice.hpp"
#include "common/http/target.hpp"

#include <algorithm>

namespace aorta::plugins::http_sink {
namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_type(std::string_view text) {
    return !text.empty() && text.size() <= 64 && text.front() >= 'A' && text.front() <= 'Z' &&
           std::all_of(text.begin(), text.end(), is_alphanumeric);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::all_of(text.begin(),
                       text.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }) &&
           text != "." && text != "..";
}

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

/// FHIR's own escape of what separates search values.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '|' || c == ',' || c == '$') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

/// "identifier=system%7Cvalue" of the first identifier that has a value; of one object, too.
std::string by_identifier(std::string_view identifiers) {
    std::string criteria;
    const auto take = [&](std::string_view identifier) {
        const std::string value = http::json_text_of(identifier, "value");
        if (value.empty()) {
            return true;
        }
        const std::string system = http::json_text_of(identifier, "system");
        const std::string token = (system.empty() ? "" : escaped(system) + "|") + escaped(value);
        criteria = "identifier=" + http::percent_encode(token);
        return false;
    };
    if (!http::each_item(identifiers, take)) {
        take(identifiers);
    }
    return criteria;
}

FhirWrite of_bundle(std::string_view type, std::string_view entries) {
    if (type == "message") {
        return {"POST", "/$process-message"};
    }
    FhirWrite write{"POST", type == "batch" || type == "transaction" ? "" : "/Bundle"};
    if (type == "batch") {
        std::size_t count = 0;
        http::each_item(entries, [&](std::string_view) {
            ++count;
            return true;
        });
        write.entries = count;
    }
    return write;
}

}  // namespace

bool is_query(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '#';
    });
}

std::optional<FhirWrite> fhir_write(std::string_view body, const Wishes& wishes, Conditional how) {
    std::string type;
    std::string id;
    std::string bundle_type;
    std::string_view identifiers;
    std::string_view entries;
    const bool is_object =
        http::each_member(body, [&](std::string_view name, std::string_view value) {
            if (name == "resourceType") {
                type = http::json_text(value).value_or("");
            } else if (name == "id") {
                id = http::json_text(value).value_or("");
            } else if (name == "type") {
                bundle_type = http::json_text(value).value_or("");
            } else if (name == "identifier") {
                identifiers = value;
            } else if (name == "entry") {
                entries = value;
            }
            return true;
        });
    if (!is_object || !is_type(type) || (!id.empty() && !is_id(id)) ||
        !is_one_line(wishes.if_none_exist) || !is_one_line(wishes.if_match) ||
        !is_query(wishes.criteria)) {
        return std::nullopt;
    }
    if (type == "Bundle") {
        FhirWrite write = of_bundle(bundle_type, entries);
        if (write.place != "/Bundle") {
            return write;
        }
    }
    const std::string place = "/" + type;
    if (!wishes.criteria.empty()) {
        return FhirWrite{"PUT", place + "?" + std::string{wishes.criteria}};
    }
    if (!id.empty()) {
        FhirWrite write{"PUT", place + "/" + id};
        if (!wishes.if_match.empty()) {
            write.fields.push_back("If-Match: " + std::string{wishes.if_match});
        }
        return write;
    }
    if (!wishes.if_none_exist.empty()) {
        return FhirWrite{"POST", place, {"If-None-Exist: " + std::string{wishes.if_none_exist}}};
    }
    const std::string criteria =
        how == Conditional::None || identifiers.empty() ? "" : by_identifier(identifiers);
    if (criteria.empty()) {
        return FhirWrite{"POST", place};
    }
    if (how == Conditional::Update) {
        return FhirWrite{"PUT", place + "?" + criteria};
    }
    return FhirWrite{"POST", place, {"If-None-Exist: " + criteria}};
}

}  // namespace aorta::plugins::http_sink
