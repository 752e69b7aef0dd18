#include "delivery/letter_body.hpp"

#include "base/crypto.hpp"
#include "base/seal.hpp"

#include <algorithm>
#include <array>

namespace aorta::delivery {
namespace {

constexpr std::string_view kLabel = "aorta.dead_letters/1";
constexpr std::size_t kSaltBytes = 16;

base::Sealer sealer_of(const spool::StorageKey& key, std::string_view salt) {
    return base::Sealer{base::hmac_sha256(base::view_of(key.bytes), {kLabel, salt})};
}

void append_u32(std::string& out, std::size_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>((value >> shift) & 255U);
    }
}

void append_text(std::string& out, std::string_view text) {
    append_u32(out, text.size());
    out += text;
}

/// Reads what append_… wrote, and never beyond the end.
class Reader {
public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}

    std::uint32_t u32() {
        const std::string_view bytes = take(4);
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8U * i);
        }
        return value;
    }

    std::string_view text() { return take(u32()); }

    std::string_view rest() const { return left_; }

    bool is_good() const { return is_good_; }

private:
    std::string_view take(std::size_t size) {
        is_good_ = is_good_ && size <= left_.size();
        if (!is_good_) {
            return {};
        }
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }

    std::string_view left_;
    bool is_good_ = true;
};

Result<void> split(std::string_view plain, StoredLetter& letter) {
    Reader reader{plain};
    const std::uint32_t count = reader.u32();
    for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
        const std::string_view name = reader.text();
        letter.attributes.emplace_back(name, reader.text());
    }
    if (!reader.is_good()) {
        return Error{ErrorCode::Corrupt, "the dead letter is damaged"};
    }
    letter.payload = reader.rest();
    return {};
}

}  // namespace

std::string head_of(const std::vector<std::pair<std::string, std::string>>& attributes) {
    std::string head;
    append_u32(head, attributes.size());
    for (const auto& [name, value] : attributes) {
        append_text(head, name);
        append_text(head, value);
    }
    return head;
}

LetterBody make_body(const message::Record& record,
                     std::string_view record_id,
                     const message::Interner& names,
                     const spool::Keys& keys) {
    std::vector<std::pair<std::string, std::string>> attributes;
    for (const auto& [name, value] : record.attributes()) {
        attributes.emplace_back(names.name(name), value);
    }
    const std::string head = head_of(attributes);
    LetterBody body;
    if (!keys.present) {
        body.bytes = head;
        body.bytes += record.bytes();
        return body;
    }
    std::array<std::uint8_t, kSaltBytes> salt{};
    base::random_bytes(salt);
    body.key_id = base::view_of(keys.present->id);
    body.salt = base::view_of(salt);
    // A key for each body, so that one nonce does for all.
    body.bytes = sealer_of(*keys.present, body.salt).seal({}, record_id, {head, record.bytes()});
    return body;
}

Result<void> open_body(const LetterBody& body, const spool::Keys& keys, StoredLetter& letter) {
    if (body.key_id.empty()) {
        return split(body.bytes, letter);
    }
    spool::KeyId id{};
    if (body.key_id.size() != id.size()) {
        return Error{ErrorCode::Corrupt, "the dead letter is damaged"};
    }
    std::ranges::copy(body.key_id, id.begin());
    const spool::StorageKey* key = keys.find(id);
    if (key == nullptr) {
        return Error{ErrorCode::Denied,
                     "dead letter " + std::to_string(letter.number) + " is sealed with the key " +
                         base::hex_of(body.key_id) +
                         ", which is neither `key` nor among `former_keys` of the pipeline's "
                         "`storage`"};
    }
    const auto plain = sealer_of(*key, body.salt).open({}, letter.record_id, body.bytes);
    if (!plain.ok()) {
        return plain.error();
    }
    return split(*plain, letter);
}

}  // namespace aorta::delivery
