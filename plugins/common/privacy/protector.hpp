// The actions on texts and numbers, the same in every format.
#pragma once

#include "common/crypto/ff1.hpp"
#include "common/privacy/codes.hpp"
#include "common/privacy/dates.hpp"
#include "common/privacy/policy.hpp"
#include "common/privacy/scrubber.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::privacy {

/// A key of its own for each purpose, from the one secret.
class Keys {
public:
    explicit Keys(std::string_view secret) : hmac_(secret) {}

    crypto::Digest of(std::string_view purpose) { return hmac_(purpose); }

private:
    crypto::Hmac hmac_;
};

struct ProtectorConfig {
    std::string_view secret;  ///< the key; empty: actions that need one remove
    CodeMode codes = CodeMode::Remove;
    int max_shift_days = 50;
};

/// Does what a treatment says to one value. Without the key, and where a value has not the form
/// that its action needs, the value is removed. One thread at a time.
class Protector {
public:
    Protector(const ProtectorConfig& config,
              Tokens tokens,
              std::shared_ptr<const Scrubber> scrubber);
    Protector(const Protector&) = delete;
    Protector& operator=(const Protector&) = delete;
    Protector(Protector&&) noexcept;
    Protector& operator=(Protector&&) noexcept;
    ~Protector();

    /// Appends what becomes of a text that is no date and no address; false: it must go. `patient`
    /// is whose it is.
    bool apply(const Treatment& treatment,
               std::string_view text,
               std::string_view patient,
               std::string& out);

    /// Appends the text without what identifies somebody; false: it is too long to look at.
    /// `known_words` are names of the record that are looked for, too.
    bool scrub(std::string_view text, const WordSet& known_words, std::string& out) const;

    CodeMode code_mode() const { return codes_; }

    /// What stands for an identifier, as the mode says; empty: nothing.
    std::string code_for(std::string_view identifier);

    /// Makes the tokens that were given durable: before what holds them leaves.
    Result<void> settle() { return tokens_.settle(); }

    /// The days by which the dates of a patient move; nothing without a key or a patient.
    std::optional<int> shift_for(std::string_view patient);

private:
    struct Keyed;

    bool encrypt_in_place(std::string_view text, bool has_letters, std::string& out);
    bool perturb(const Treatment& treatment,
                 std::string_view number,
                 std::string_view patient,
                 std::string& out);

    CodeMode codes_;
    std::unique_ptr<Keyed> keyed_;  // null without a key
    Tokens tokens_;
    std::shared_ptr<const Scrubber> scrubber_;  // shared by the formats of a node: immutable
    WordSet no_words_;
};

/// Letters and digits become asterisks, one for a character.
void append_masked(std::string_view text, std::string& out);

/// The age in `unit` (a, mo, wk, d and their usual names; empty is years) if it is below 90 years,
/// else 90 years in that unit; empty if the unit is not known. A comparator may stand before it.
std::string bounded_age(std::string_view number, std::string_view unit);

}  // namespace aorta::privacy
