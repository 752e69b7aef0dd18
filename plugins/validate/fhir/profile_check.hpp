// A resource against a profile.
#pragma once

#include "validate/fhir/findings.hpp"
#include "validate/fhir/profile.hpp"

namespace aorta::plugins::validate_fhir {

/// One thread at a time.
class ProfileCheck {
public:
    ProfileCheck(const ProfileSet& profiles, Reporter& report)
        : profiles_(profiles), report_(report) {}

    /// The reporter stands at the resource or element.
    void run(const Profile& profile, const TypedElement& value, const FhirPathContext& context);

private:
    /// Open: the profile says nothing that decides; Unknown: it cannot be told here.
    enum class Match : std::uint8_t { No, Yes, Open, Unknown };

    struct Instance {
        TypedElement value;
        const fhir_definitions::Element* row = nullptr;
        std::uint32_t index = 0;
    };

    /// Those of the elements in hand, of outer ones before those of inner ones.
    using Instances = std::vector<Instance>;

    void children(const ProfileNode& node, const TypedElement& value);
    void count(const ProfileNode& node, std::size_t found, const TypedElement& parent);
    void slices(const ProfileNode& node, std::size_t first, std::size_t behind);
    bool slice(const ProfileNode& node, const Instance& instance, std::size_t counts);
    void enter(const Instance& instance);

    void element(const ProfileNode& node, const TypedElement& value);
    void type(const ProfileNode& node, const TypedElement& value);
    void constant(const ProfileNode& node, const TypedElement& value);
    void range(const ProfileNode& node, const TypedElement& value);
    void binding(const ProfileNode& node, const TypedElement& value);

    Match matches(const ProfileNode& node,
                  const ProfileNode& slice,
                  const TypedElement& value) const;
    Match matches(const Discriminator& by,
                  const ProfileNode& slice,
                  const TypedElement& value) const;
    Match along(const Discriminator& by,
                std::size_t step,
                const ProfileNode& node,
                const TypedElement& value) const;
    Match at_end(const Discriminator& by, const ProfileNode& node, const TypedElement& value) const;
    Match satisfies(const ProfileNode& node, const TypedElement& value) const;
    bool is_bound(const ProfileNode& node, const TypedElement& value, bool& is_known) const;
    const ProfileNode* child_of(const ProfileNode& node, std::string_view name) const;

    const ProfileSet& profiles_;
    Reporter& report_;
    FhirPathContext context_;
    Instances instances_;
    std::vector<std::uint32_t> counts_;  // of slices, as instances_
    int depth_ = 0;
};

}  // namespace aorta::plugins::validate_fhir
