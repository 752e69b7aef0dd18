// Rewriting the values of one field as a treatment says.
#pragma once

#include "common/hl7/delimiters.hpp"
#include "deidentify/hl7v2/code_book.hpp"
#include "deidentify/hl7v2/policy.hpp"

#include <string>
#include <string_view>

namespace aorta::plugins::deidentify {

/// What the values of a message are judged by; the views live as long as the message.
struct MessageContext {
    hl7::Delimiters delimiters;
    int reference_day = 0;        ///< of the event, as hl7_tables::DateTime::day_number
    std::string_view control_id;  ///< for MSH-10
};

/// What OBX-5 is judged by.
struct ObservationContext {
    std::string_view value_type;  ///< OBX-2
    bool is_age = false;          ///< OBX-3 says that the value is the age of the patient
    std::string_view unit;        ///< OBX-6.1
};

struct RewriterConfig {
    Profile profile = Profile::SafeHarbor;
    bool random_codes = false;
    bool is_us_by_default = true;  ///< addresses without a country are in the United States
};

/// One thread at a time.
class Rewriter {
public:
    Rewriter(RewriterConfig config, CodeBook codes) : config_(config), codes_(std::move(codes)) {}

    /// Appends what becomes of a raw field, repetitions in their places.
    void append_field(std::string_view field,
                      Treatment treatment,
                      const MessageContext& message,
                      const ObservationContext& observation,
                      std::string& out);

    std::size_t code_count() const { return codes_.size(); }

private:
    void append_repetition(std::string_view repetition,
                           Treatment treatment,
                           const MessageContext& message,
                           const ObservationContext& observation,
                           std::string& out);
    void append_code(std::string_view repetition,
                     bool is_cx,
                     const hl7::Delimiters& delimiters,
                     std::string& out);

    RewriterConfig config_;
    CodeBook codes_;
};

/// True if the age of who was born on the first day is above 89 on the second.
bool shows_age_above_89(int birth_day, int event_day);

}  // namespace aorta::plugins::deidentify
