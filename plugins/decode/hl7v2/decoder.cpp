#include "decode/hl7v2/decoder.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7_tables/date_time.hpp"

namespace aorta::plugins::decode_hl7v2 {

namespace {

// Between the parts of a key: a control character that no identifier holds.
constexpr char kKeySeparator = '\x1F';

constexpr hl7::Path kMessageCode{.field = 9, .component = 1};
constexpr hl7::Path kTriggerEvent{.field = 9, .component = 2};

}  // namespace

Result<void> Decoder::decode(std::string_view payload) {
    if (Result<void> built = builder_.build(payload); !built.ok()) {
        return built;
    }
    const hl7::Message message{payload, builder_.view()};
    read_key(message);
    read_type(message);
    event_time_ns_.reset();
    if (config_.event_time) {
        const hl7::Value value = message.get(*config_.event_time);
        // TS has the time as its first component.
        const std::string_view text = message.components(value.raw).at(1);
        if (const auto time = hl7_tables::parse_date_time(text)) {
            event_time_ns_ = hl7_tables::to_epoch_ns(*time, config_.zone_minutes);
        }
    }
    return {};
}

void Decoder::read_key(const hl7::Message& message) {
    key_.clear();
    bool has_value = false;
    for (std::size_t i = 0; i < config_.key.size(); ++i) {
        if (i > 0) {
            key_ += kKeySeparator;
        }
        const hl7::Value value = message.get(config_.key[i]);
        if (value.has_value()) {
            has_value = true;
            hl7::decode(value.raw, message.delimiters(), hl7::TextKind::Plain, key_);
        }
    }
    if (!has_value) {
        key_.clear();
    }
}

void Decoder::read_type(const hl7::Message& message) {
    type_ = message.get(0, kMessageCode).raw;
    const std::string_view event = message.get(0, kTriggerEvent).raw;
    if (!event.empty()) {
        type_ += '^';
        type_ += event;
    }
}

}  // namespace aorta::plugins::decode_hl7v2
