#include "source/mllp/reply.hpp"

#include "common/hl7/ack.hpp"
#include "common/hl7/edit.hpp"
#include "common/hl7/escape.hpp"
#include "common/hl7/reason.hpp"

#include <array>

namespace aorta::plugins::mllp {
namespace {

/// A raw field in the delimiters of another message: its structure is kept, its values are escaped
/// anew. `level` counts down the separators: repetition, component, subcomponent.
Result<void> transcode(std::string_view raw,
                       const hl7::Delimiters& from,
                       const hl7::Delimiters& to,
                       std::size_t level,
                       std::string& out) {
    const std::array<std::pair<char, char>, 3> separators = {
        std::pair{from.repetition, to.repetition},
        {from.component, to.component},
        {from.subcomponent, to.subcomponent}};
    if (level == separators.size()) {
        return hl7::encode(hl7::decode(raw, from), to, out);
    }
    const auto [separator, other] = separators[level];
    bool is_first = true;
    for (const std::string_view piece : hl7::Split(raw, separator)) {
        if (!is_first && other == 0) {
            return hl7::make_error(ErrorCode::InvalidData,
                                   hl7::kNotEncodable,
                                   "the reply has no separator for a value of the sender's header",
                                   "MSH-2");
        }
        if (!is_first) {
            out += other;
        }
        is_first = false;
        if (Result<void> done = transcode(piece, from, to, level + 1, out); !done.ok()) {
            return done;
        }
    }
    return {};
}

hl7::Path field_path(std::uint32_t field) {
    hl7::Path path;
    path.field = field;
    return path;
}

std::string_view application_code(std::string_view code) {
    return code == "CA" ? "AA" : code == "CE" ? "AE" : code == "CR" ? "AR" : code;
}

}  // namespace

Result<std::string> relay(std::string_view reply, const hl7::Header& sender) {
    hl7::IndexBuilder builder;
    if (const Result<void> built = builder.build(reply); !built.ok()) {
        return built.error();
    }
    const hl7::Message message(reply, builder.view());
    const auto msa = message.find("MSA");
    if (!msa) {
        return hl7::make_error(
            ErrorCode::InvalidData, hl7::kNoMsa, "the reply has no MSA segment", "MSA");
    }
    hl7::Edit edit(message);
    const auto set = [&](std::size_t segment, std::uint32_t field, std::size_t senders_field) {
        const std::string_view value = hl7::echo_of(sender, senders_field);
        std::string raw{value};
        if (sender.delimiters() != message.delimiters()) {
            raw.clear();
            const Result<void> done =
                transcode(value, sender.delimiters(), message.delimiters(), 0, raw);
            if (!done.ok()) {
                return done;
            }
        }
        const auto changed = edit.set_raw(segment, field_path(field), raw);
        return changed.ok() ? Result<void>{} : Result<void>{changed.error()};
    };

    struct Echo {
        std::size_t segment;
        std::uint32_t field;
        std::size_t senders_field;
    };

    for (const Echo& echo : {Echo{*msa, 2, 10}, Echo{0, 5, 3}, Echo{0, 6, 4}}) {
        if (const Result<void> done = set(echo.segment, echo.field, echo.senders_field);
            !done.ok()) {
            return done.error();
        }
    }
    const std::string_view code = message.field(*msa, 1);
    if (const std::string_view other = application_code(code); other != code) {
        if (const auto changed = edit.set_raw(*msa, field_path(1), other); !changed.ok()) {
            return changed.error();
        }
    }
    return edit.apply();
}

}  // namespace aorta::plugins::mllp
