#include "deidentify/records/fhir/deidentifier.hpp"

#include "common/fhir/reason.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace aorta::plugins::deidentify {
namespace {

using fhir::Kind;
using fhir_definitions::Type;

// Elements of whose Quantities the values are ages.
constexpr std::string_view kAgeRanges[] = {
    "onsetRange", "abatementRange", "ageRange", "deceasedRange"};

bool is_among(std::string_view text, std::span<const std::string_view> all) {
    return std::find(all.begin(), all.end(), text) != all.end();
}

}  // namespace

ResourceDeidentifier::ResourceDeidentifier(ResourceConfig config,
                                           std::shared_ptr<privacy::Protector> protector)
    : config_(std::move(config)),
      protector_(std::move(protector)),
      policy_(config_.profile, config_.rules),
      ids_(*protector_),
      patients_(config_.patient) {}

Result<privacy::Report> ResourceDeidentifier::run(const fhir::Tree& tree,
                                                  std::array<std::uint64_t, 2> record,
                                                  int today,
                                                  std::string& out) {
    out.clear();
    out_ = &out;
    report_ = {};
    today_ = today;
    ids_.begin(record);
    const fhir::Element root = tree.root();
    const std::string_view type = root["resourceType"].raw();
    patients_.begin(type == "Bundle" ? root : fhir::Element{});
    bundle_patient_ = patients_.key_of(root);
    if (config_.text == TextMode::Scrub) {
        known_words_ = named_words(tree);
    }
    resource_ = {};
    if (!append_resource(root, false, {})) {
        return fhir::make_error(ErrorCode::InvalidData,
                                kUnknownResource,
                                "the record is no resource of FHIR R4",
                                "resourceType");
    }
    return report_;
}

/// False, and nothing is written, for what is no resource. `own` is a rule that keeps it.
bool ResourceDeidentifier::append_resource(const fhir::Element& resource,
                                           bool is_contained,
                                           OwnRule own) {
    const std::string_view name = resource["resourceType"].raw();
    const auto type = fhir_definitions::find_type(name);
    if (!resource.is(Kind::Object) || !type || !fhir_definitions::is_resource(name)) {
        ++report_.parts_removed;
        return false;
    }
    const Resource outer = resource_;
    const std::string outer_path = std::exchange(path_, std::string{name});
    const std::size_t outer_security_end = std::exchange(security_end_, 0);
    const Type outer_root = std::exchange(root_, *type);
    const bool outer_age =
        std::exchange(is_age_, *type == Type::Observation && has_age_code(resource));
    age_unit_.clear();
    resource_.is_contained = is_contained;
    if (!is_contained) {
        std::string patient = patients_.key_of(resource);
        resource_.patient = patient.empty() ? bundle_patient_ : std::move(patient);
        resource_.shift = protector_->shift_for(resource_.patient);
    }
    out_->append("{\"resourceType\":\"").append(name).append("\"");
    if (!is_contained && !resource["meta"].is(Kind::Object)) {
        append_name("meta");
        *out_ += '{';
        append_labels({});
        *out_ += '}';
    }
    append_members(resource, *type, own);
    *out_ += '}';
    is_age_ = outer_age;
    security_end_ = outer_security_end;
    root_ = outer_root;
    path_ = outer_path;
    resource_ = outer;
    return true;
}

/// The members that stay. The caller writes the braces.
void ResourceDeidentifier::append_members(const fhir::Element& object, Type type, OwnRule own) {
    for (const fhir::Element member : object.children()) {
        append_member(object, member, type, own);
    }
}

void ResourceDeidentifier::append_member(const fhir::Element& object,
                                         const fhir::Element& member,
                                         Type parent,
                                         OwnRule own) {
    const std::string_view name = member.name();
    if (name == "resourceType" && fhir_definitions::is_a(parent, Type::Resource)) {
        return;  // it is written already
    }
    const std::size_t start = out_->size();
    if (name == "extension" && append_extensions(member)) {
        return;
    }
    const ElementDefinition* element = fhir_definitions::find_element(parent, name);
    const bool is_array = member.is(Kind::Array);
    if (element == nullptr || is_array != fhir_definitions::is_array(*element)) {
        ++report_.values_removed;
        return;  // what R4 does not know, and what belongs to primitives: _birthDate
    }
    const std::size_t path_end = path_.size();
    path_ += '.';
    path_ += fhir_definitions::base_name_of(*element);
    if (const OwnRule found = policy_.find_own({parent, element, path_});
        found && (!own || found.index < own.index)) {
        own = found;
        report_.count_rule(own.index);
    }
    const bool outer_age = is_age_;
    is_age_ = is_age_ || is_among(name, kAgeRanges);
    append_name(name);
    const std::size_t begin = out_->size();
    bool stays = false;
    if (is_array) {
        *out_ += '[';
    }
    const auto append_item = [&](const fhir::Element& item) {
        if (stays) {
            *out_ += ',';
        }
        const std::size_t before = out_->size();
        if (append_one(item, object, parent, *element, own)) {
            stays = true;
        } else {
            out_->resize(before - (stays ? 1 : 0));
        }
    };
    if (is_array) {
        for (const fhir::Element item : member.children()) {
            append_item(item);
        }
        security_end_ =
            stays && parent == Type::Meta && name == "security" ? out_->size() : security_end_;
        *out_ += ']';
    } else {
        append_item(member);
    }
    is_age_ = outer_age;
    path_.resize(path_end);
    if (!stays) {
        out_->resize(start);
        ++report_.values_removed;
    } else if (fhir_definitions::is_primitive(element->type) && !is_array) {
        const std::string_view written = std::string_view{*out_}.substr(begin);
        const bool is_string = member.is(Kind::String);
        const bool is_same = is_string ? written.substr(1, written.size() - 2) == member.raw()
                                       : written == member.raw();
        report_.values_changed += is_same ? 0 : 1;
    }
}

}  // namespace aorta::plugins::deidentify
