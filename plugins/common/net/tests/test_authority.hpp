// Certificates for tests, made when they run: an authority that issues and revokes, and a folder to
// put its files in.
#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace aorta::testing {

inline constexpr long kTestDay = 86'400;

struct Wanted {
    std::string common_name = "localhost";
    std::string names = "DNS:localhost,IP:127.0.0.1";  // subjectAltName; empty: none
    long from = -kTestDay;                             // seconds from now
    long to = 365 * kTestDay;
    std::string usage = "serverAuth,clientAuth";
};

/// PEM texts.
struct Issued {
    std::string certificate;
    std::string key;
    long serial = 0;
};

class TestAuthority {
public:
    explicit TestAuthority(std::string name = "Test Authority", long to = 3650 * kTestDay)
        : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
        fill(certificate_.get(), {.common_name = std::move(name), .to = to}, key_.get());
        X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
        extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
        extend(certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
        X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    }

    std::string pem() const { return certificate_text(certificate_.get()); }

    Issued issue(const Wanted& wanted = {}) {
        const Key key{EVP_EC_gen("P-256")};
        const Cert made{X509_new()};
        fill(made.get(), wanted, key.get());
        X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
        if (!wanted.names.empty()) {
            extend(made.get(), NID_subject_alt_name, wanted.names.c_str());
        }
        extend(made.get(), NID_ext_key_usage, wanted.usage.c_str());
        X509_sign(made.get(), key_.get(), EVP_sha256());
        return {certificate_text(made.get()), key_text(key.get()), serial_};
    }

    /// A revocation list with this serial number (0: with none).
    std::string revoke(long serial, long to = 30 * kTestDay) const {
        const std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> list{X509_CRL_new(), X509_CRL_free};
        X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
        X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
        const Time last{X509_gmtime_adj(nullptr, -2 * kTestDay)};
        const Time next{X509_gmtime_adj(nullptr, to)};
        X509_CRL_set1_lastUpdate(list.get(), last.get());
        X509_CRL_set1_nextUpdate(list.get(), next.get());
        if (serial != 0) {
            X509_REVOKED* revoked = X509_REVOKED_new();
            const std::unique_ptr<ASN1_INTEGER, void (*)(ASN1_INTEGER*)> number{ASN1_INTEGER_new(),
                                                                                ASN1_INTEGER_free};
            ASN1_INTEGER_set(number.get(), serial);
            X509_REVOKED_set_serialNumber(revoked, number.get());
            X509_REVOKED_set_revocationDate(revoked, last.get());
            X509_CRL_add0_revoked(list.get(), revoked);
        }
        X509_CRL_sort(list.get());
        X509_CRL_sign(list.get(), key_.get(), EVP_sha256());
        return text([&](BIO* out) { PEM_write_bio_X509_CRL(out, list.get()); });
    }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

        void operator()(X509* certificate) const { X509_free(certificate); }

        void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
    };

    using Key = std::unique_ptr<EVP_PKEY, Free>;
    using Cert = std::unique_ptr<X509, Free>;
    using Time = std::unique_ptr<ASN1_TIME, Free>;

    template <class Write>
    static std::string text(Write write) {
        const std::unique_ptr<BIO, int (*)(BIO*)> out{BIO_new(BIO_s_mem()), BIO_free};
        write(out.get());
        char* data = nullptr;
        const long size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }

    static std::string certificate_text(X509* certificate) {
        return text([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
    }

    static std::string key_text(EVP_PKEY* key) {
        return text([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
        });
    }

    void fill(X509* certificate, const Wanted& wanted, EVP_PKEY* key) {
        X509_set_version(certificate, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from);
        X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.to);
        X509_set_pubkey(certificate, key);
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate),
            "CN",
            MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()),
            -1,
            -1,
            0);
    }

    static void extend(X509* certificate, int what, const char* value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

    Key key_;
    Cert certificate_;
    long serial_ = 1000;
};

/// A folder of its own, gone at the end.
class TestFolder {
public:
    TestFolder() {
        std::string path = (std::filesystem::temp_directory_path() / "aorta-tls-XXXXXX").string();
        path_ = ::mkdtemp(path.data());
    }

    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string path(const std::string& name) const { return (path_ / name).string(); }

    /// Replaces by a rename, as one should. Returns the path.
    std::string put(const std::string& name, const std::string& text, unsigned mode = 0600) const {
        const std::string fresh = path(name + ".new");
        std::filesystem::remove(fresh);
        std::ofstream(fresh) << text;
        ::chmod(fresh.c_str(), mode);
        std::filesystem::rename(fresh, path(name));
        return path(name);
    }

private:
    std::filesystem::path path_;
};

}  // namespace aorta::testing
