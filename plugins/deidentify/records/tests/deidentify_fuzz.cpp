// Any message with canaries planted where nothing may stay: none comes out, and what comes out is a
// message, again without change when it is de-identified once more.
#include "common/hl7/edit.hpp"
#include "deidentify/records/hl7v2/deidentifier.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace aorta::plugins::deidentify;  // NOLINT(google-build-using-namespace): one subject
namespace hl7 = aorta::hl7;

constexpr std::string_view kCanary = "C4N4RYx7";
constexpr int kToday = 20240615;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Canaries into fields that every profile removes, and segments of their own.
std::string planted(const hl7::Message& message) {
    hl7::Edit edit(message);
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        for (const char* path : {"PID-3",
                                 "PID-5",
                                 "PID-11.1",
                                 "PID-13",
                                 "PID-19",
                                 "NK1-2",
                                 "PV1-7",
                                 "OBR-16",
                                 "OBX-16",
                                 "NTE-3",
                                 "IN1-36",
                                 "GT1-3",
                                 "MSH-8",
                                 "MSH-10"}) {
            const hl7::Path at = *hl7::parse_path(path);
            if (message.name(i) == at.segment_name() && message.is_well_formed(i)) {
                static_cast<void>(edit.set_raw(i, at, kCanary).ok());
            }
        }
    }
    const char field = message.delimiters().field;
    for (const char* name : {"ZPI", "PIDX", "NTE", "XYZ"}) {
        std::string segment{name};
        segment.append(3, field).append(kCanary).append(1, message.delimiters().component);
        segment.append(kCanary);
        require(edit.insert_segment(message.segment_count(), segment).ok());
    }
    return edit.apply();
}

Deidentifier deidentifier(std::uint8_t flavour) {
    namespace privacy = aorta::privacy;
    const auto profile = static_cast<privacy::Profile>(flavour % 3);
    const auto text = (flavour & 8U) != 0 ? TextMode::KeepCodes : TextMode::Drop;
    const auto dates = profile == privacy::Profile::SafeHarbor ? DateMode::Year
                       : (flavour & 16U) != 0                  ? DateMode::Shift
                                                               : DateMode::Keep;
    // Compiling its patterns takes longer than any input.
    static const auto kScrubber =
        std::make_shared<const privacy::Scrubber>(std::move(*privacy::Scrubber::make({})));
    auto protector = std::make_shared<privacy::Protector>(
        privacy::ProtectorConfig{.secret = "secret",
                                 .codes = (flavour & 4U) != 0 ? privacy::CodeMode::Pseudonym
                                                              : privacy::CodeMode::Remove},
        privacy::Tokens{8},
        kScrubber);
    const PolicyConfig policy{.profile = profile, .dates = dates, .text = text};
    const RewriterConfig rewriter{.profile = profile, .dates = dates, .text = text};
    return {Policy{policy}, Rewriter{rewriter, std::move(protector)}, *hl7::parse_path("PID-3.1")};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 20000) {
        return 0;
    }
    const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
    hl7::IndexBuilder builder;
    if (payload.find("C4N4") != std::string_view::npos || !builder.build(payload).ok()) {
        return 0;
    }
    const std::string text = planted({payload, builder.view()});
    require(builder.build(text).ok());
    Deidentifier made = deidentifier(data[0]);
    std::string once;
    if (!made.run({text, builder.view()}, "NEW", kToday, once).ok()) {
        return 0;  // a message inside the message
    }
    require(once.find(kCanary) == std::string::npos);
    require(builder.build(once).ok());
    if ((data[0] & 20U) != 0) {
        return 0;  // codes get codes, dates move on
    }
    std::string twice;
    require(made.run({once, builder.view()}, "NEW", kToday, twice).ok());
    require(builder.build(twice).ok() && twice.size() <= once.size());
    return 0;
}
