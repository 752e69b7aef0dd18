#include "decode/hl7v2/decoder.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7_tables/date_time.hpp"

namespace aorta::plugins::decode_hl7v2 {

namespace {

// Between the parts of a key: a control character that no identifier holds.
constexpr char kKeySeparator = '\x1F';

constexpr std::uint32_t kCharsetField = 18;
constexpr hl7::Path kMessageTime{.field = 7};
constexpr hl7::Path kMessageCode{.field = 9, .component = 1};
constexpr hl7::Path kTriggerEvent{.field = 9, .component = 2};

Error not_allowed(std::string_view where) {
    return hl7::make_error(ErrorCode::InvalidData,
                           hl7::kCharsetNotAllowed,
                           "the message is in UTF-16 or UTF-32, which HL7 v2 does not allow",
                           where);
}

std::optional<hl7_tables::DateTime> time_of(const hl7::Message& message, const hl7::Path& path) {
    // TS has the time as its first component.
    return hl7_tables::parse_date_time(message.components(message.get(path).raw).at(1));
}

}  // namespace

Result<void> Decoder::decode(std::string_view payload) {
    payload_ = payload;
    is_recoded_ = false;
    charset_.clear();
    findings_ = {};
    Result<void> built = builder_.build(payload);
    if (!built.ok()) {
        return hl7::looks_like_utf16(payload) ? not_allowed("byte 0") : built;
    }
    if (Result<void> read = read_charset(); !read.ok()) {
        return read;
    }
    const hl7::Message message{payload_, builder_.view()};
    read_key(message);
    read_type(message);
    read_event_time(message);
    return {};
}

/// Decides what the bytes are and makes them UTF-8 if they have to be.
Result<void> Decoder::read_charset() {
    const CharsetConfig& config = config_.charset;
    const hl7::Message message{payload_, builder_.view()};
    const std::string_view msh18 = message.field(0, kCharsetField);
    using Kind = hl7::CharsetChoice::Kind;
    hl7::CharsetChoice choice = config.overriding;
    bool is_declared = false;
    if (choice.kind == Kind::None) {
        choice = hl7::read_charset(msh18, message.delimiters().repetition);
        is_declared = choice.kind != Kind::None;
        if (!is_declared) {
            choice = config.assumed;
        }
    }
    if (choice.kind == Kind::Forbidden) {
        return not_allowed("MSH-18");
    }
    findings_.is_unknown = choice.kind == Kind::Unknown;
    if (findings_.is_unknown && config.always_utf8 && config.invalid == hl7::Invalid::Reject &&
        !hl7::is_ascii(payload_)) {
        return hl7::make_error(ErrorCode::InvalidData,
                               hl7::kUnknownCharset,
                               "MSH-18 names a character set that is not known",
                               "MSH-18");
    }
    if (config.always_utf8 && (findings_.is_unknown || choice.is_plain())) {
        choice = hl7::choice_of(hl7::guess_charset(payload_));
        findings_.is_guessed = !choice.is_plain();
    }
    if (choice.kind != Kind::Known || choice.is_plain()) {
        return {};
    }
    if (!choice.is_utf8()) {
        charset_ = is_declared && !findings_.is_guessed ? msh18 : choice.base->name;
    }
    const bool is_wanted =
        config.always_utf8 && !(choice.is_utf8() && hl7::is_valid_utf8(payload_));
    return is_wanted || choice.hides_delimiters() ? recode(choice) : Result<void>{};
}

Result<void> Decoder::recode(const hl7::CharsetChoice& from) {
    const Result<std::size_t> invalid = recoder_.to_utf8(payload_, from, recoded_);
    if (!invalid.ok()) {
        return invalid.error();
    }
    findings_.invalid = *invalid;
    is_recoded_ = true;
    payload_ = recoded_;
    return builder_.build(payload_);
}

void Decoder::read_event_time(const hl7::Message& message) {
    event_time_ns_.reset();
    if (!config_.event_time) {
        return;
    }
    const auto time = time_of(message, *config_.event_time);
    if (!time || time->precision < hl7_tables::Precision::Hour) {
        return;
    }
    std::optional<int> message_zone;
    if (!time->zone_minutes) {
        if (const auto sent = time_of(message, kMessageTime)) {
            message_zone = sent->zone_minutes;
        }
    }
    event_time_ns_ = hl7_tables::to_epoch_ns(*time, message_zone, config_.zone);
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
