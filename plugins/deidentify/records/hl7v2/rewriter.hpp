// Rewriting the values of one field as a treatment says.
#pragma once

#include "common/hl7/delimiters.hpp"
#include "common/privacy/protector.hpp"
#include "deidentify/records/hl7v2/policy.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::deidentify {

/// What the values of a message are judged by; the views live as long as the message.
struct MessageContext {
    hl7::Delimiters delimiters;
    int reference_day = 0;              ///< of the event, as hl7_tables::DateTime::day_number
    std::string_view control_id;        ///< for MSH-10
    std::string patient = {};           ///< whose message it is
    std::optional<int> shift = {};      ///< of its dates
    privacy::WordSet known_words = {};  ///< names that free text is searched for
};

/// What OBX-5 is judged by.
struct ObservationContext {
    std::string_view value_type;        ///< OBX-2
    bool is_age = false;                ///< OBX-3 says that the value is the age of the patient
    std::string_view unit;              ///< OBX-6.1
    const OwnTreatment* own = nullptr;  ///< what a rule says of the value type
};

struct RewriterConfig {
    privacy::Profile profile = privacy::Profile::SafeHarbor;
    DateMode dates = DateMode::Year;
    TextMode text = TextMode::Drop;
    bool is_us_by_default = true;  ///< addresses without a country are in the United States
};

/// One thread at a time.
class Rewriter {
public:
    /// The protector is shared by the formats of a node, so that they give the same codes.
    Rewriter(RewriterConfig config, std::shared_ptr<privacy::Protector> protector)
        : config_(config), protector_(std::move(protector)) {}

    /// Appends what becomes of a raw field, repetitions in their places.
    void append_field(std::string_view field,
                      const FieldPolicy& policy,
                      const MessageContext& message,
                      const ObservationContext& observation,
                      std::string& out);

    privacy::Protector& protector() { return *protector_; }

    bool scrubs() const { return config_.text == TextMode::Scrub; }

private:
    Treatment by_value_type(std::string_view type) const;
    void append_repetition(std::string_view repetition,
                           const FieldPolicy& policy,
                           const OwnTreatment* own,
                           Treatment treatment,
                           const MessageContext& message,
                           const ObservationContext& observation,
                           std::string& out);
    void append_treated(std::string_view repetition,
                        Treatment treatment,
                        const MessageContext& message,
                        const ObservationContext& observation,
                        std::string& out);
    void append_own(std::string_view repetition,
                    const privacy::Treatment& own,
                    Treatment base,
                    const MessageContext& message,
                    std::string& out);
    std::string own_part(std::string_view raw,
                         const privacy::Treatment& own,
                         const MessageContext& message);
    std::string scrubbed(std::string_view raw, const MessageContext& message) const;
    void append_scrubbed(std::string_view repetition,
                         const MessageContext& message,
                         std::string& out) const;
    void append_code(std::string_view repetition,
                     Treatment treatment,
                     const hl7::Delimiters& delimiters,
                     std::string& out);

    RewriterConfig config_;
    std::shared_ptr<privacy::Protector> protector_;
};

}  // namespace aorta::plugins::deidentify
