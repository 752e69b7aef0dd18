#include "validate/fhir/profile.hpp"

#include "common/fhir/tree_builder.hpp"
#include "validate/fhir/rules.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir::Element;

std::string text_of(Element element) {
    std::string scratch;
    return std::string{element.text(scratch)};
}

std::string_view without_version(std::string_view url) {
    return url.substr(0, url.find('|'));
}

std::uint32_t number_of(std::string_view text, std::uint32_t otherwise) {
    std::uint32_t value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Error invalid(std::string text) {
    return {ErrorCode::InvalidConfig, std::move(text), {}};
}

Result<std::unique_ptr<LoadedFile>> load(std::string text) {
    auto file = std::make_unique<LoadedFile>();
    file->text = std::move(text);
    fhir::TreeBuilder builder;
    if (const auto built = builder.build(file->text); !built.ok()) {
        return built.error();
    }
    file->block.resize(builder.block_size() / sizeof(std::uint32_t));
    builder.copy_to(file->block.data());
    auto tree = fhir::Tree::open(file->block.data(), builder.block_size(), file->text);
    if (!tree.ok()) {
        return tree.error();
    }
    file->tree = *tree;
    return file;
}

/// fixedUri, patternCodeableConcept: the member whatever its type.
Element member_like(Element of, std::string_view prefix) {
    for (const Element child : of.children()) {
        const std::string_view name = child.name();
        if (name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] >= 'A' &&
            name[prefix.size()] <= 'Z') {
            return child;
        }
    }
    return {};
}

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> parts;
    int depth = 0;
    std::string part;
    for (const char c : path) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == '.' && depth == 0) {
            parts.push_back(std::move(part));
            part.clear();
        } else {
            part += c;
        }
    }
    parts.push_back(std::move(part));
    std::erase(parts, "$this");
    return parts;
}

std::string without_choice(std::string_view name) {
    return std::string{name.ends_with("[x]") ? name.substr(0, name.size() - 3) : name};
}

ProfileNode& child_of(std::vector<ProfileNode>& nodes, std::string_view name) {
    const auto found = std::find_if(
        nodes.begin(), nodes.end(), [&](const ProfileNode& node) { return node.name == name; });
    if (found != nodes.end()) {
        return *found;
    }
    nodes.push_back({.name = std::string{name}});
    return nodes.back();
}

/// The node of an element's id: Observation.component:systolic.value[x]
ProfileNode& node_of(ProfileNode& root, std::string_view id) {
    ProfileNode* node = &root;
    const std::vector<std::string> parts = split(id);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::string_view part = parts[i];
        const std::size_t colon = part.find(':');
        node = &child_of(node->children, without_choice(part.substr(0, colon)));
        if (colon != std::string_view::npos) {
            node = &child_of(node->slices, part.substr(colon + 1));
        }
    }
    return *node;
}

void read_types(Element types, ProfileNode& node) {
    bool are_targets_known = true;
    for (const Element type : types.children()) {
        const std::string code = text_of(type["code"]);
        if (!code.starts_with("http:")) {
            node.types.push_back(code);
        }
        for (const Element profile : type["profile"].children()) {
            node.profiles.emplace_back(without_version(text_of(profile)));
        }
        for (const Element target : type["targetProfile"].children()) {
            const std::string url = text_of(target);
            constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";
            const bool is_core = url.starts_with(kCore);
            const std::string_view name = is_core ? std::string_view{url}.substr(kCore.size()) : "";
            if (const auto known = fhir_definitions::find_type(name);
                known && fhir_definitions::is_resource(name)) {
                node.targets.insert(*known);
            } else {
                are_targets_known = false;
            }
        }
    }
    if (!are_targets_known) {
        node.targets.clear();
    }
}

void read_slicing(Element slicing, ProfileNode& node) {
    node.is_sliced = true;
    node.is_closed = slicing["rules"].raw() == "closed";
    for (const Element each : slicing["discriminator"].children()) {
        const std::string_view kind = each["type"].raw();
        node.discriminators.push_back({kind == "exists"    ? DiscriminatorKind::Exists
                                       : kind == "type"    ? DiscriminatorKind::Type
                                       : kind == "profile" ? DiscriminatorKind::Profile
                                                           : DiscriminatorKind::Value,
                                       split(text_of(each["path"]))});
    }
}

/// Those that R4 does not have itself; what does not compile is not checked.
void read_rules(Element rules, ProfileNode& node) {
    for (const Element rule : rules.children()) {
        const std::string key = text_of(rule["key"]);
        auto path = FhirPath::compile(text_of(rule["expression"]));
        if (!Rules::is_known(key) && path.ok()) {
            node.rules.push_back(
                {key, text_of(rule["human"]), rule["severity"].raw() == "error", std::move(*path)});
        }
    }
}

void read_element(Element element, ProfileNode& node) {
    node.min = number_of(element["min"].raw(), 0);
    node.max = number_of(element["max"].raw(), UINT32_MAX);
    node.fixed = member_like(element, "fixed");
    node.pattern = member_like(element, "pattern");
    node.least = member_like(element, "minValue");
    node.most = member_like(element, "maxValue");
    node.max_length = number_of(element["maxLength"].raw(), UINT32_MAX);
    read_types(element["type"], node);
    if (element["slicing"]) {
        read_slicing(element["slicing"], node);
    }
    const Element binding = element["binding"];
    if (binding["strength"].raw() == "required") {
        node.value_set = without_version(text_of(binding["valueSet"]));
    }
    read_rules(element["constraint"], node);
}

}  // namespace

bool CodeSet::has(std::string_view code) const {
    if (of_r4 != 0) {
        return fhir_definitions::form_of(of_r4) != fhir_definitions::Form::Codes ||
               fhir_definitions::has_code(of_r4, code);
    }
    return !whole_systems.empty() || systems_of.contains(code);
}

bool CodeSet::has(std::string_view code, std::string_view system) const {
    if (of_r4 != 0) {
        return fhir_definitions::form_of(of_r4) != fhir_definitions::Form::Codes ||
               fhir_definitions::has_code(of_r4, code, system);
    }
    const auto found = systems_of.find(code);
    return whole_systems.contains(system) ||
           (found != systems_of.end() && found->second.contains(system));
}

ProfileSet::ProfileSet() {
    for (std::uint16_t i = 1; i <= fhir_definitions::data::kValueSetCount; ++i) {
        code_sets_.emplace(fhir_definitions::url_of(i), CodeSet{.of_r4 = i});
    }
    for (std::size_t i = 0; i < fhir_definitions::vital_sign_count(); ++i) {
        const auto sign = fhir_definitions::vital_sign(i);
        static_cast<void>(add(std::string{sign.definition}));
        if (!sign.code.empty()) {
            vital_signs_.emplace(sign.code, sign.url);
        }
    }
}

Result<void> ProfileSet::add(std::string text) {
    auto file = load(std::move(text));
    if (!file.ok()) {
        return file.error();
    }
    files_.push_back(std::move(*file));
    return add_resource(files_.back()->tree.root());
}

Result<void> ProfileSet::add_resource(Element resource) {
    const std::string_view type = resource["resourceType"].raw();
    if (type == "StructureDefinition") {
        return add_profile(resource);
    }
    if (type == "ValueSet") {
        add_value_set(resource);
        return {};
    }
    if (type != "Bundle") {
        return invalid("a StructureDefinition, a ValueSet or a Bundle of them is expected");
    }
    for (const Element entry : resource["entry"].children()) {
        const Element each = entry["resource"];
        const std::string_view own = each["resourceType"].raw();
        if (own == "StructureDefinition" || own == "ValueSet") {
            if (auto added = add_resource(each); !added.ok()) {
                return added;
            }
        }
    }
    return {};
}

Result<void> ProfileSet::add_profile(Element definition) {
    const auto type = fhir_definitions::find_type(text_of(definition["type"]));
    const std::string url = text_of(definition["url"]);
    const bool has_snapshot = static_cast<bool>(definition["snapshot"]);
    const Element elements = definition[has_snapshot ? "snapshot" : "differential"]["element"];
    if (!type || url.empty() || !elements) {
        return invalid(
            "a StructureDefinition has a url, a type of R4, and a snapshot or differential");
    }
    Profile profile{
        url, has_snapshot ? std::string{} : text_of(definition["baseDefinition"]), *type, {}};
    for (const Element element : elements.children()) {
        const std::string id = text_of(element[element["id"] ? "id" : "path"]);
        ProfileNode& node = node_of(profile.root, id);
        const bool is_sliced = node.is_sliced;
        read_element(element, node);
        node.is_sliced = node.is_sliced || is_sliced;
    }
    profiles_.insert_or_assign(url, std::move(profile));
    return {};
}

void ProfileSet::add_value_set(Element set) {
    CodeSet codes;
    const auto add = [&](Element from, std::string_view system) {
        codes.systems_of[text_of(from["code"])].emplace(system);
    };
    for (const Element each : set["expansion"]["contains"].children()) {
        add(each, text_of(each["system"]));
    }
    bool is_known = true;
    for (const Element include : set["compose"]["include"].children()) {
        const std::string system = text_of(include["system"]);
        is_known = is_known && !include["filter"] && !include["valueSet"];
        if (!include["concept"]) {
            codes.whole_systems.insert(system);
        }
        for (const Element each : include["concept"].children()) {
            add(each, system);
        }
    }
    is_known = is_known && !set["compose"]["exclude"];
    if (is_known || set["expansion"]) {
        code_sets_.insert_or_assign(text_of(set["url"]), std::move(codes));
    }
}

const Profile* ProfileSet::find(std::string_view url) const {
    const auto found = profiles_.find(without_version(url));
    return found == profiles_.end() ? nullptr : &found->second;
}

const CodeSet* ProfileSet::find_codes(std::string_view url) const {
    const auto found = code_sets_.find(url);
    return found == code_sets_.end() ? nullptr : &found->second;
}

const Profile* ProfileSet::vital_sign_of(Element observation) const {
    for (const Element coding : observation["code"]["coding"].children()) {
        if (coding["system"].raw() != "http://loinc.org") {
            continue;
        }
        if (const auto found = vital_signs_.find(coding["code"].raw());
            found != vital_signs_.end()) {
            return find(found->second);
        }
    }
    return nullptr;
}

}  // namespace aorta::plugins::validate_fhir
