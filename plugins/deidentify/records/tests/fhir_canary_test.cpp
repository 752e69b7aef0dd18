// Every element of every resource gets a value; where somebody could be named in it, one that
// nothing else holds. None comes out; what comes out is as it was, or a year, a new id, a label.
#include "deidentify/records/tests/fhir_harness.hpp"

#include <map>
#include <set>

namespace aorta::plugins::deidentify {
namespace {

namespace fd = fhir_definitions;
using fd::Type;

constexpr int kDepth = 4;

/// Elements whose texts are kept, or that must be what they are for others to be kept.
bool is_system(std::string_view name) {
    return name == "system" || name == "implicitRules";
}

class Filler {
public:
    std::string resource(Type type) {
        return R"({"resourceType":")" + std::string{fd::name_of(type)} + "\"" + members(type, 0) +
               "}";
    }

    int canaries() const { return count_; }

private:
    std::string canary() { return "CANARY " + std::to_string(10000 + count_++); }

    std::string members(Type type, int depth) {
        std::string out;
        for (const fd::Element& element : fd::elements_of(type)) {
            if (fd::has(element, fd::data::kChoiceHead)) {
                continue;
            }
            const std::string value = value_of(type, element, depth);
            if (!value.empty()) {
                out += ",\"" + std::string{fd::name_of(element)} + "\":";
                out += fd::is_array(element)
                           ? "[" + value + "," + value_of(type, element, depth) + "]"
                           : value;
                if (fd::is_primitive(element.type) && depth < 2) {
                    out += ",\"_" + std::string{fd::name_of(element)} + R"(":{"id":")" + canary() +
                           "\"}";
                }
            }
        }
        return out;
    }

    std::string value_of(Type owner, const fd::Element& element, int depth) {
        if (element.type == Type::Extension) {
            return R"({"url":")" + canary() + R"(","valueString":")" + canary() + "\"}";
        }
        if (!fd::is_primitive(element.type)) {
            if (depth >= kDepth || element.type == Type::Resource) {
                return depth == 0 && element.type == Type::Resource
                           ? R"({"resourceType":"Basic","id":")" + canary() +
                                 R"(","author":{"display":")" + canary() + "\"}}"
                           : "";
            }
            const std::string inner = members(element.type, depth + 1);
            return inner.empty() ? "" : "{" + inner.substr(1) + "}";
        }
        const std::string_view name = fd::name_of(element);
        const bool is_listed =
            element.value_set != 0 && fd::form_of(element.value_set) == fd::Form::Codes;
        const bool has_code = fd::find_element(owner, "code") != nullptr &&
                              fd::find_element(owner, "code")->type == Type::code;
        switch (element.type) {
            case Type::boolean:
                return "true";
            case Type::integer:
            case Type::unsignedInt:
            case Type::positiveInt:
                return "7";
            case Type::decimal:
                return "7.50";
            case Type::date:
                return R"("1987-06-15")";
            case Type::dateTime:
            case Type::instant:
                return R"("1987-06-15T08:30:00+02:00")";
            case Type::time:
                return R"("06:15:00")";
            case Type::code:
                return is_listed ? "\"" + canary() + "\"" : R"("c-1")";
            case Type::canonical:
                return R"("http://example.org/c")";
            case Type::base64Binary:
                return R"("Q0FOQVJZ")";
            default:
                if (is_system(name) && element.type == Type::uri) {
                    return R"("http://example.org/s")";
                }
                // Texts beside a code are kept: display, unit.
                return has_code && (name == "display" || name == "unit") ? R"("kept text")"
                                                                         : "\"" + canary() + "\"";
        }
    }

    int count_ = 0;
};

using Leaves = std::map<std::string, std::set<std::string>>;

void collect(const fhir::Element& element, const std::string& path, Leaves& leaves) {
    if (!element.is(fhir::Kind::Object) && !element.is(fhir::Kind::Array)) {
        leaves[path].emplace(element.raw());
        return;
    }
    for (const fhir::Element child : element.children()) {
        collect(child,
                element.is(fhir::Kind::Array) ? path : path + "." + std::string{child.name()},
                leaves);
    }
}

Leaves leaves_of(const std::string& json) {
    fhir::TreeBuilder builder;
    Leaves leaves;
    if (builder.build(json).ok()) {
        collect(builder.tree().root(), "", leaves);
    }
    return leaves;
}

/// A year, an instant at the beginning of one, a new id, a label of what was done.
bool is_made(const std::string& path, const std::string& value) {
    const bool is_id =
        value.size() == 20 &&
        value.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos;
    return value == "1987" || value == "1987-01-01T00:00:00Z" || is_id ||
           path.find(".meta.security.") != std::string::npos;
}

std::vector<Type> resources() {
    std::vector<Type> all;
    for (std::size_t i = 0; i < fd::data::kTypeCount; ++i) {
        const auto type = static_cast<Type>(i);
        if (fd::is_resource(fd::name_of(type))) {
            all.push_back(type);
        }
    }
    return all;
}

TEST(FhirCanary, NothingThatMustGoSurvivesSafeHarborAndWhatStaysIsUnchanged) {
    ResourceDeidentifier made = testing::fhir_deidentifier();
    Filler filler;
    std::size_t kept = 0;
    ASSERT_GE(resources().size(), 140U);
    for (const Type type : resources()) {
        const std::string input = filler.resource(type);
        const std::string name{fd::name_of(type)};
        ASSERT_LT(input.size(), std::size_t{8} << 20U) << name;
        const std::string out = testing::run(made, input);
        EXPECT_EQ(out.find("CANARY"), std::string::npos) << name;
        EXPECT_EQ(out.find("Q0FOQVJZ"), std::string::npos) << name;
        EXPECT_EQ(out.find("1987-06"), std::string::npos) << name;
        EXPECT_EQ(out.find("06:15"), std::string::npos) << name;
        const Leaves before = leaves_of(input);
        for (const auto& [path, values] : leaves_of(out)) {
            const auto was = before.find(path);
            for (const std::string& value : values) {
                const bool is_same = was != before.end() && was->second.contains(value);
                EXPECT_TRUE(is_same || is_made(path, value)) << name << path << " " << value;
                kept += is_same ? 1 : 0;
            }
        }
    }
    EXPECT_GT(filler.canaries(), 20000);
    EXPECT_GT(kept, 5000U);
}

TEST(FhirCanary, FreeTextSurvivesNoProfileThatDropsIt) {
    for (const ResourceConfig& config : {ResourceConfig{}, testing::limited_data_set()}) {
        ResourceDeidentifier made = testing::fhir_deidentifier(config);
        for (const char* text : {R"("note":[{"text":"CANARY"}])",
                                 R"("valueString":"CANARY")",
                                 R"("code":{"text":"CANARY"})",
                                 R"("text":{"status":"generated","div":"<div>CANARY</div>"})",
                                 R"("subject":{"display":"CANARY"})",
                                 R"("performer":[{"identifier":{"value":"CANARY"}}])",
                                 R"("extension":[{"url":"CANARY"}])",
                                 R"("_status":{"extension":[{"url":"u","valueString":"CANARY"}]})",
                                 R"("CANARY":"x")"}) {
            EXPECT_EQ(
                testing::run(made, R"({"resourceType":"Observation",)" + std::string{text} + "}")
                    .find("CANARY"),
                std::string::npos)
                << text;
        }
    }
}

}  // namespace
}  // namespace aorta::plugins::deidentify
