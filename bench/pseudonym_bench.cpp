// A pseudonym of an identifier, as de-identification makes it, against bare EVP_MAC with a reused
// context. In turns in one run, on the CPU clock.
#include "bench/rig.hpp"
#include "common/privacy/codes.hpp"
#include "common/privacy/protector.hpp"

#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kIdentifiers = 20000;
constexpr std::size_t kRounds = 31;
constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";

EVP_MAC_CTX* keyed_context(const aorta::crypto::Digest& key) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                 OSSL_PARAM_construct_end()};
    return EVP_MAC_init(context, key.data(), key.size(), params) == 1 ? context : nullptr;
}

}  // namespace

int main() {
    std::vector<std::string> identifiers;
    for (std::size_t i = 0; i < kIdentifiers; ++i) {
        identifiers.push_back("MRN" + std::to_string(10000000 + i * 7919));
    }
    const aorta::crypto::Digest key = aorta::privacy::Keys{kSecret}.of("pseudonym");
    aorta::privacy::Pseudonyms pseudonyms{key};
    EVP_MAC_CTX* context = keyed_context(key);
    if (context == nullptr) {
        return 70;
    }
    aorta::bench::Rounds rounds;
    std::size_t sum = 0;
    for (std::size_t round = 0; round < kRounds; ++round) {
        const double start = aorta::bench::process_cpu();
        for (const std::string& identifier : identifiers) {
            sum += pseudonyms(identifier).size();
        }
        const double middle = aorta::bench::process_cpu();
        for (const std::string& identifier : identifiers) {
            unsigned char digest[32];
            std::size_t length = 0;
            EVP_MAC_init(context, nullptr, 0, nullptr);
            EVP_MAC_update(context,
                           reinterpret_cast<const unsigned char*>(identifier.data()),
                           identifier.size());
            EVP_MAC_final(context, digest, &length, sizeof digest);
            sum += digest[0];
        }
        const double end = aorta::bench::process_cpu();
        rounds.add((middle - start) / kIdentifiers * 1e9, (end - middle) / kIdentifiers * 1e9);
    }
    EVP_MAC_CTX_free(context);
    if (sum == 0) {
        return 70;
    }
    rounds.print({"deid_pseudonym",
                  1.3,
                  true,
                  "ns",
                  "pseudonym of an identifier, against EVP_MAC with a reused context"});
    return 0;
}
