#include "common/privacy/protector.hpp"

#include "common/files/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace aorta::privacy {
namespace {

struct AgeUnit {
    std::string_view name;
    double per_year;
};

constexpr AgeUnit kAgeUnits[] = {
    {"", 1},
    {"a", 1},
    {"y", 1},
    {"yr", 1},
    {"yrs", 1},
    {"year", 1},
    {"years", 1},
    {"mo", 12},
    {"mos", 12},
    {"mon", 12},
    {"month", 12},
    {"months", 12},
    {"wk", 52.18},
    {"week", 52.18},
    {"weeks", 52.18},
    {"d", 365.25},
    {"day", 365.25},
    {"days", 365.25},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Digits behind the point of a plain number; nothing for anything else.
std::optional<int> decimals_of(std::string_view number) {
    if (number.starts_with('-') || number.starts_with('+')) {
        number.remove_prefix(1);
    }
    const std::size_t point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    const std::string_view part =
        point == std::string_view::npos ? std::string_view{} : number.substr(point + 1);
    const bool is_number = !number.empty() && whole.size() + part.size() > 0 &&
                           std::all_of(whole.begin(), whole.end(), is_digit) &&
                           std::all_of(part.begin(), part.end(), is_digit) && number.size() < 40;
    return is_number ? std::optional{static_cast<int>(part.size())} : std::nullopt;
}

}  // namespace

struct Protector::Keyed {
    Pseudonyms pseudonyms;
    DateShift shift;
    crypto::Ff1 digits;
    crypto::Ff1 letters;
    crypto::Sealer sealer;
    crypto::Hmac noise;

    Keyed(Keys keys, int max_shift_days)
        : pseudonyms(keys.of("pseudonym")),
          shift(keys.of("date shift"), max_shift_days),
          digits(crypto::view_of(keys.of("format preserving")), 10),
          letters(crypto::view_of(keys.of("format preserving")), 36),
          sealer(keys.of("encrypt")),
          noise(crypto::view_of(keys.of("perturb"))) {}
};

Protector::Protector(const ProtectorConfig& config,
                     Tokens tokens,
                     std::shared_ptr<const Scrubber> scrubber)
    : codes_(config.codes), tokens_(std::move(tokens)), scrubber_(std::move(scrubber)) {
    if (!config.secret.empty()) {
        keyed_ = std::make_unique<Keyed>(Keys{config.secret}, config.max_shift_days);
    }
}

Protector::Protector(Protector&&) noexcept = default;
Protector& Protector::operator=(Protector&&) noexcept = default;
Protector::~Protector() = default;

bool Protector::apply(const Treatment& treatment,
                      std::string_view text,
                      std::string_view patient,
                      std::string& out) {
    if (needs_key(treatment.action) && keyed_ == nullptr) {
        return false;
    }
    switch (treatment.action) {
        case Action::Keep:
            out += text;
            return true;
        case Action::Mask:
            append_masked(text, out);
            return true;
        case Action::Pseudonym:
            out += keyed_->pseudonyms(text);
            return true;
        case Action::Token: {
            const std::string_view token = tokens_.token_for(text);
            out += token;
            return !token.empty();
        }
        case Action::FormatPreserving:
            return encrypt_in_place(text, treatment.has_letters, out);
        case Action::Encrypt:
            files::append_base64(keyed_->sealer.seal(text, ""), out);
            return true;
        case Action::Substitute:
            out += treatment.with;
            return true;
        case Action::Perturb:
            return perturb(treatment, text, patient, out);
        case Action::Scrub:
            return scrub(text, no_words_, out);
        default:
            return false;  // what only dates and addresses have
    }
}

bool Protector::scrub(std::string_view text, const WordSet& known_words, std::string& out) const {
    return scrubber_->scrub(text, known_words, out);
}

std::string Protector::code_for(std::string_view identifier) {
    switch (codes_) {
        case CodeMode::Random:
        case CodeMode::Vault:
            return std::string{tokens_.token_for(identifier)};
        case CodeMode::Pseudonym:
            return keyed_ == nullptr ? std::string{} : keyed_->pseudonyms(identifier);
        default:
            return {};
    }
}

std::optional<int> Protector::shift_for(std::string_view patient) {
    if (keyed_ == nullptr || patient.empty()) {
        return std::nullopt;
    }
    return keyed_->shift.days_for(patient);
}

/// Digits, or digits and letters, are encrypted as one number and put where they stood; letters
/// keep no case of their own: FF1's alphabet is 0-9a-z. Between them only separators may stand:
/// anything else would stay readable.
bool Protector::encrypt_in_place(std::string_view text, bool has_letters, std::string& out) {
    const auto is_in = [&](char c) { return is_digit(c) || (has_letters && is_letter(c)); };
    constexpr std::string_view kSeparators = "-./ ()";
    std::string plain;
    for (const char c : text) {
        if (is_in(c)) {
            plain += lower(c);
        } else if (kSeparators.find(c) == std::string_view::npos) {
            return false;
        }
    }
    const auto sealed = (has_letters ? keyed_->letters : keyed_->digits).encrypt(plain);
    if (!sealed) {
        return false;
    }
    std::size_t at = 0;
    for (const char c : text) {
        out += is_in(c) ? (*sealed)[at++] : c;
    }
    return true;
}

bool Protector::perturb(const Treatment& treatment,
                        std::string_view number,
                        std::string_view patient,
                        std::string& out) {
    const auto decimals = decimals_of(number);
    if (!decimals) {
        return false;
    }
    const std::string_view digits = number.starts_with('+') ? number.substr(1) : number;
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // The same number of the same patient gets the same noise: repeating a query averages nothing
    // out.
    std::string seed{patient};
    seed += '\x1f';
    seed += number;
    const double share =
        static_cast<double>(crypto::number_of(keyed_->noise(seed)) >> 11U) * 0x1p-53;
    const double span =
        treatment.is_proportional ? treatment.span * std::fabs(value) : treatment.span;
    char text[96];
    const auto end = std::to_chars(std::begin(text),
                                   std::end(text),
                                   value + (share - 0.5) * span,
                                   std::chars_format::fixed,
                                   *decimals);
    if (end.ec != std::errc{}) {
        return false;
    }
    out.append(text, static_cast<std::size_t>(end.ptr - text));
    return true;
}

void append_masked(std::string_view text, std::string& out) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U) {
            continue;  // of a character that has its asterisk
        }
        out += is_digit(c) || is_letter(c) || byte >= 0x80U ? '*' : c;
    }
}

std::string bounded_age(std::string_view number, std::string_view unit) {
    std::string name{unit};
    std::transform(name.begin(), name.end(), name.begin(), lower);
    const auto* const known = std::find_if(std::begin(kAgeUnits),
                                           std::end(kAgeUnits),
                                           [&](const AgeUnit& each) { return each.name == name; });
    if (known == std::end(kAgeUnits)) {
        return {};
    }
    const std::size_t start = number.find_first_not_of("<>=+");
    const std::string_view digits = number.substr(std::min(start, number.size()));
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const double most = 90 * known->per_year;
    return value < most && !number.starts_with('>') ? std::string{number}
                                                    : std::to_string(static_cast<int>(most));
}

}  // namespace aorta::privacy
