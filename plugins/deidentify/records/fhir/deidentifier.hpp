// De-identifying a FHIR resource: every element by the policy, in one walk over its tree.
#pragma once

#include "common/fhir/patient.hpp"
#include "common/fhir/tree.hpp"
#include "common/fhir_definitions/definitions.hpp"
#include "common/privacy/protector.hpp"
#include "common/privacy/report.hpp"
#include "deidentify/records/fhir/element_policy.hpp"
#include "deidentify/records/fhir/ids.hpp"
#include "deidentify/records/hl7v2/policy.hpp"

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace aorta::plugins::deidentify {

/// fhir.unknown_resource: the record is no resource of R4.
inline constexpr std::string_view kUnknownResource = "fhir.unknown_resource";

struct ResourceConfig {
    privacy::Profile profile = privacy::Profile::SafeHarbor;
    DateMode dates = DateMode::Year;
    TextMode text = TextMode::Drop;
    bool is_us_by_default = true;
    std::unordered_set<std::string> extensions = {};  ///< urls of those that are kept whole
    std::vector<privacy::Rule> rules = {};            ///< those for FHIR
    fhir::KeyConfig patient = {};                     ///< whose dates move alike
};

/// One thread at a time.
class ResourceDeidentifier {
public:
    /// The protector is shared by the formats of a node, so that they give the same codes.
    ResourceDeidentifier(ResourceConfig config, std::shared_ptr<privacy::Protector> protector);

    /// Writes the new resource to `out`, whose memory is reused: JSON without white space between
    /// members, what is kept byte for byte. `record` is the record's id; ages are those on
    /// `today` (20240131).
    Result<privacy::Report> run(const fhir::Tree& tree,
                                std::array<std::uint64_t, 2> record,
                                int today,
                                std::string& out);

private:
    using Type = fhir_definitions::Type;
    using ElementDefinition = fhir_definitions::Element;

    /// What the elements of a resource are judged by.
    struct Resource {
        std::optional<int> shift;  ///< of its dates
        std::string patient;
        bool is_contained = false;
    };

    bool append_resource(const fhir::Element& resource, bool is_contained, OwnRule own);
    void append_members(const fhir::Element& object, Type type, OwnRule own);
    void append_member(const fhir::Element& object,
                       const fhir::Element& member,
                       Type parent,
                       OwnRule own);
    bool append_one(const fhir::Element& value,
                    const fhir::Element& owner,
                    Type parent,
                    const ElementDefinition& element,
                    OwnRule own);
    bool append_complex(const fhir::Element& value,
                        const ElementDefinition& element,
                        ElementTreatment treatment,
                        OwnRule own);
    bool append_treated(const fhir::Element& value,
                        const fhir::Element& owner,
                        const ElementDefinition& element,
                        ElementTreatment treatment);
    bool append_kept(const fhir::Element& value, const ElementDefinition& element);
    bool append_if(bool stays, const fhir::Element& value);
    bool append_own(const fhir::Element& value, Type type, const privacy::Treatment& own);
    bool append_date(std::string_view text, Type type, DateMode mode);
    bool append_text(std::string_view text, std::string_view raw);
    bool append_extensions(const fhir::Element& extensions);
    bool append_string(const std::string& text);
    void append_raw(const fhir::Element& value);
    void append_labels(const fhir::Element& maybe_security);
    void append_name(std::string_view name);
    bool keeps_systems() const;
    static bool has_age_code(const fhir::Element& observation);
    bool is_identifier_kept(const fhir::Element& identifier) const;
    bool is_us(const fhir::Element& address) const;
    privacy::WordSet named_words(const fhir::Tree& tree) const;

    ResourceConfig config_;
    std::shared_ptr<privacy::Protector> protector_;
    ElementPolicy policy_;
    Ids ids_;
    fhir::Patients patients_;

    // of the run
    std::string* out_ = nullptr;
    privacy::Report report_;
    privacy::WordSet known_words_;
    Resource resource_;
    std::string path_;
    std::string bundle_patient_;
    Type root_ = Type::Resource;
    int today_ = 0;
    bool is_age_ = false;  ///< the Quantity that is walked is an age
    std::string age_unit_;
    std::size_t security_end_ = 0;  ///< where labels may be added to meta.security
};

}  // namespace aorta::plugins::deidentify
