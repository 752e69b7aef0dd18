// Certificates, keys and revocation lists in PEM files.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct x509_st;
struct X509_crl_st;

namespace aorta::net {

/// Frees what OpenSSL made.
struct OpensslFree {
    void operator()(x509_st* certificate) const;
    void operator()(evp_pkey_st* key) const;
    void operator()(X509_crl_st* list) const;
};

using Certificate = std::unique_ptr<x509_st, OpensslFree>;
using PrivateKey = std::unique_ptr<evp_pkey_st, OpensslFree>;
using RevocationList = std::unique_ptr<X509_crl_st, OpensslFree>;

/// What an operator wants to know of a certificate.
struct CertificateFacts {
    std::string subject;
    std::string issuer;
    std::vector<std::string> names;  // "DNS:a.example", "IP:10.0.0.5", "URI:…", "email:…"
    std::string fingerprint;         // SHA-256, hexadecimal
    std::int64_t not_before = 0;     // seconds since 1970
    std::int64_t not_after = 0;
    bool is_authority = false;
};

/// Of a revocation list.
struct ListFacts {
    std::int64_t issued = 0;  // seconds since 1970
    std::int64_t next = 0;    // when the next list is due, and this one ends; 0: it does not say
};

/// All certificates of a PEM file, in its order; none is an error. Errors name the file.
Result<std::vector<Certificate>> read_certificates(const std::string& path);

/// Of a file, or of the *.pem, *.crt and *.cer files of a folder, by name.
Result<std::vector<Certificate>> read_authorities(const std::string& path);

/// The files that read_authorities would read.
std::vector<std::string> authority_files(const std::string& path);

Result<std::vector<RevocationList>> read_revocation_lists(const std::string& path);

/// The first key of a PEM file. A file that others than its owner can read is refused,
/// unless it lies on a read-only mount, as orchestrators make for secrets.
Result<PrivateKey> read_private_key(const std::string& path);

bool matches(const Certificate& certificate, const PrivateKey& key);

CertificateFacts facts_of(x509_st& certificate);
ListFacts facts_of(const X509_crl_st& list);

/// Names that stand for the certificate's owner: those of the subject alternative name, else the
/// common name. As texts, without their kind.
std::vector<std::string> identities_of(x509_st& certificate);

/// "lab.example" fits itself in any case, and "*.example"; an asterisk stands for one label.
bool fits_pattern(std::string_view identity, std::string_view pattern);

}  // namespace aorta::net
