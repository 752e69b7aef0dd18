#include "common/hl7/ack.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7/message.hpp"
#include "common/hl7/reason.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace aorta::hl7 {

namespace {

constexpr std::size_t kUsualBytes = 256;
constexpr std::array<std::string_view, 6> kCodes = {"AA", "AE", "AR", "CA", "CE", "CR"};

/// Segments with the delimiters of the one who will read them.
class Writer {
public:
    explicit Writer(const Delimiters& delimiters) : delimiters_(delimiters) {
        out_.reserve(kUsualBytes);
    }

    void raw(std::string_view text) { out_ += text; }

    void field() { out_ += delimiters_.field; }

    void component() { out_ += delimiters_.component; }

    void subcomponent() {
        out_ += delimiters_.subcomponent != 0 ? delimiters_.subcomponent : delimiters_.component;
    }

    void end() { out_ += '\r'; }

    /// Text that has no place for an escape is left out rather than breaking the message.
    void text(std::string_view text) { static_cast<void>(encode(text, delimiters_, out_).ok()); }

    void number(std::uint32_t value) {
        if (value != 0 && value != Path::kAll) {
            out_ += std::to_string(value);
        }
    }

    void encoding_characters() {
        for (const char c : {delimiters_.component,
                             delimiters_.repetition,
                             delimiters_.escape,
                             delimiters_.subcomponent,
                             delimiters_.truncation}) {
            if (c != 0) {
                out_ += c;
            }
        }
    }

    std::string take() { return std::move(out_); }

private:
    Delimiters delimiters_;
    std::string out_;
};

std::string utc_time(std::int64_t time_s) {
    using std::chrono::days;
    using std::chrono::floor;
    const std::chrono::sys_seconds time{std::chrono::seconds{time_s}};
    const auto day = floor<days>(time);
    const std::chrono::year_month_day date{day};
    const auto second_of_day = static_cast<unsigned>((time - day).count());
    std::string out = "YYYYMMDDHHMMSS+0000";
    std::size_t at = 0;
    const auto put = [&](unsigned value, std::size_t width) {
        for (std::size_t i = width; i > 0; --i, value /= 10) {
            out[at + i - 1] = static_cast<char>('0' + value % 10);
        }
        at += width;
    };
    put(static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999)), 4);
    put(static_cast<unsigned>(date.month()), 2);
    put(static_cast<unsigned>(date.day()), 2);
    put(second_of_day / 3600, 2);
    put(second_of_day / 60 % 60, 2);
    put(second_of_day % 60, 2);
    return out;
}

std::string_view echo_of(const Header* received, std::size_t number) {
    return received == nullptr ? std::string_view{} : echo_of(*received, number);
}

/// The version that the answer is written in: the sender's, or 2.5.1 where none is given.
bool is_version_at_least(const Header* received, unsigned minor, unsigned patch) {
    return echo_of(received, 12).empty() || received->is_version_at_least(2, minor, patch);
}

bool is_ascii(std::string_view text) {
    return std::all_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// MSH-13 to MSH-18, as far as there is something to say. The words of the answer itself are ASCII,
/// which every character set of a byte stream holds: only an echo makes one necessary.
void write_msh_tail(Writer& out, const Header* received, const AckSpec& spec) {
    constexpr std::size_t kEchoes[] = {3, 4, 5, 6, 9, 10, 11, 12};
    const bool is_all_ascii =
        std::all_of(std::begin(kEchoes), std::end(kEchoes), [&](std::size_t number) {
            return is_ascii(echo_of(received, number));
        });
    const std::string_view condition = spec.is_own_message ? "NE" : "";
    const std::array<std::string_view, 6> fields = {
        "", "", condition, condition, "", is_all_ascii ? "" : echo_of(received, 18)};
    std::size_t used = fields.size();
    while (used > 0 && fields[used - 1].empty()) {
        --used;
    }
    for (std::size_t i = 0; i < used; ++i) {
        out.field();
        out.raw(fields[i]);
    }
}

void write_msh(Writer& out, const Header* received, const AckSpec& spec) {
    const auto echo = [&](std::size_t number) { return echo_of(received, number); };
    out.raw("MSH");
    out.field();
    out.encoding_characters();
    for (const std::size_t number : {5U, 6U, 3U, 4U}) {
        out.field();
        out.raw(echo(number));
    }
    out.field();
    out.raw(utc_time(spec.time_s));
    out.field();
    out.field();
    out.raw("ACK");
    const std::string_view event =
        received == nullptr ? std::string_view{} : received->component(9, 2);
    if (!event.empty() && event.size() <= kMaxEcho) {
        out.component();
        out.raw(event);
        if (is_version_at_least(received, 3, 1)) {
            out.component();
            out.raw("ACK");
        }
    }
    out.field();
    out.text(spec.control_id);
    out.field();
    out.raw(echo(11).empty() ? "P" : echo(11));
    out.field();
    out.raw(echo(12).empty() ? "2.5.1" : echo(12));
    write_msh_tail(out, received, spec);
    out.end();
}

/// ERL of 2.5: segment, sequence, field, repetition, component, subcomponent.
void write_location(Writer& out, const Path& path) {
    out.raw(path.segment_name());
    out.component();
    out.number(path.occurrence == 0 ? 1 : path.occurrence);
    const std::uint32_t numbers[] = {
        path.field, path.repetition, path.component, path.subcomponent};
    std::size_t used = std::size(numbers);
    while (used > 0 && numbers[used - 1] == 0) {
        --used;
    }
    for (std::size_t i = 0; i < used; ++i) {
        out.component();
        // A component is named within a repetition: the first, if the path does not say.
        out.number(i == 1 && numbers[i] == 0 ? 1 : numbers[i]);
    }
}

void write_err(Writer& out, const AckError& error, bool is_new) {
    out.raw("ERR");
    out.field();
    if (is_new) {
        out.field();
        if (error.location) {
            write_location(out, *error.location);
        }
        out.field();
        out.text(error.code);
        out.component();
        out.text(error.text);
        out.component();
        out.raw("HL70357");
        out.field();
        out.text({&error.severity, 1});
    } else {
        // ELD: segment, sequence, field, code as a subcomponent group.
        if (error.location) {
            out.raw(error.location->segment_name());
        }
        out.component();
        if (error.location) {
            out.number(error.location->occurrence == 0 ? 1 : error.location->occurrence);
        }
        out.component();
        if (error.location) {
            out.number(error.location->field);
        }
        out.component();
        out.text(error.code);
        out.subcomponent();
        out.text(error.text);
        out.subcomponent();
        out.raw("HL70357");
    }
    out.end();
}

AckCode refusal_of(AckCode code) {
    return code >= AckCode::CA ? AckCode::CR : AckCode::AR;
}

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

/// A path made of ERL (2.5) or ELD components; empty if they do not make one.
std::string read_location(const Message& message, std::string_view raw, bool is_new) {
    const Split parts = message.components(raw);
    std::string text{parts.at(1)};
    const auto number = [&](std::size_t n) {
        const std::string_view part = parts.at(n);
        const bool digits = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            return c >= '0' && c <= '9';
        });
        return digits ? part : std::string_view{};
    };
    const auto append =
        [&](std::string_view before, std::string_view value, std::string_view after) {
            if (!value.empty()) {
                text.append(before).append(value).append(after);
            }
            return !value.empty();
        };
    if (number(2) != "1") {
        append("[", number(2), "]");
    }
    if (append("-", number(3), "") && is_new) {
        if (number(4) != "1") {
            append("[", number(4), "]");
        }
        if (append(".", number(5), "")) {
            append(".", number(6), "");
        }
    }
    const Result<Path> path = parse_path(text);
    return path.ok() ? to_string(*path) : std::string{};
}

void read_err(const Message& message, std::size_t segment, ParsedAck& ack) {
    const std::string_view location = message.field(segment, 2);
    const std::string_view code = message.field(segment, 3);
    const std::string_view old = message.field(segment, 1);
    const bool is_new = old.empty();
    ack.error_location = read_location(message, is_new ? location : old, is_new);
    const std::string_view found = is_new
                                       ? message.components(code).at(1)
                                       : message.subcomponents(message.components(old).at(4)).at(1);
    if (is_code(found)) {
        ack.error_code = found;
    }
}

}  // namespace

std::string_view to_string(AckCode code) {
    return kCodes[static_cast<std::size_t>(code)];
}

std::string_view echo_of(const Header& received, std::size_t number) {
    const std::string_view field = received.field(number);
    return field.size() <= kMaxEcho ? field : std::string_view{};
}

std::string id_text(std::string_view raw, const Delimiters& delimiters) {
    std::string text = decode(raw, delimiters);
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

std::string build_ack(std::string_view received, const AckSpec& spec) {
    const Result<Header> parsed = Header::parse(received);
    return build_ack(parsed.ok() ? &*parsed : nullptr, spec);
}

std::string build_ack(const Header* header, const AckSpec& spec) {
    Writer out(header != nullptr ? header->delimiters() : Delimiters{});
    write_msh(out, header, spec);
    out.raw("MSA");
    out.field();
    out.raw(to_string(header != nullptr ? spec.code : refusal_of(spec.code)));
    out.field();
    out.raw(echo_of(header, 10));
    if (!spec.text.empty() || spec.expected_sequence) {
        out.field();
        out.text(spec.text);
    }
    if (spec.expected_sequence) {
        out.field();
        out.raw(std::to_string(*spec.expected_sequence));
    }
    out.end();
    if (spec.error) {
        write_err(out, *spec.error, is_version_at_least(header, 5, 0));
    }
    return out.take();
}

Result<ParsedAck> parse_ack(std::string_view payload) {
    IndexBuilder builder;
    if (const Result<void> built = builder.build(payload); !built.ok()) {
        return built.error();
    }
    const Message message(payload, builder.view());
    const auto msa = message.find("MSA");
    if (!msa) {
        return make_error(ErrorCode::InvalidData, kNoMsa, "the answer has no MSA segment", "MSA");
    }
    const auto code = std::find(kCodes.begin(), kCodes.end(), message.field(*msa, 1));
    if (code == kCodes.end()) {
        return make_error(ErrorCode::InvalidData,
                          kBadAckCode,
                          "MSA-1 is none of AA, AE, AR, CA, CE, CR",
                          "MSA-1");
    }
    ParsedAck ack;
    ack.code = static_cast<AckCode>(code - kCodes.begin());
    ack.control_id = id_text(message.field(*msa, 2), message.delimiters());
    if (const auto err = message.find("ERR")) {
        read_err(message, *err, ack);
    }
    return ack;
}

}  // namespace aorta::hl7
