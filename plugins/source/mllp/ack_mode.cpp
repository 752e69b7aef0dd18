#include "source/mllp/ack_mode.hpp"

#include <aorta/abi.h>

namespace aorta::plugins::mllp {
namespace {

using hl7::AckCode;

AckCode accept_code(std::uint32_t answer) {
    return answer == AORTA_ACK_ACCEPT   ? AckCode::CA
           : answer == AORTA_ACK_REFUSE ? AckCode::CR
                                        : AckCode::CE;
}

AckCode application_code(std::uint32_t answer) {
    return answer == AORTA_ACK_ACCEPT   ? AckCode::AA
           : answer == AORTA_ACK_REFUSE ? AckCode::AR
                                        : AckCode::AE;
}

}  // namespace

AckMode AckMode::of(const hl7::Header* header) {
    if (header == nullptr || !header->is_enhanced()) {
        return {};
    }
    return {true, header->field(15), header->field(16)};
}

bool AckMode::has_second_answer() const {
    return is_enhanced &&
           (hl7::ack_is_wanted(application, true) || hl7::ack_is_wanted(application, false));
}

std::optional<AckCode> first_code(const AckMode& mode, std::uint32_t answer) {
    if (!mode.is_enhanced) {
        return application_code(answer);
    }
    const bool success = answer == AORTA_ACK_ACCEPT;
    if (hl7::ack_is_wanted(mode.accept, success)) {
        return accept_code(answer);
    }
    return success ? std::nullopt : second_code(mode, answer);
}

std::optional<AckCode> second_code(const AckMode& mode, std::uint32_t answer) {
    if (!mode.is_enhanced || !hl7::ack_is_wanted(mode.application, answer == AORTA_ACK_ACCEPT)) {
        return std::nullopt;
    }
    return application_code(answer);
}

}  // namespace aorta::plugins::mllp
