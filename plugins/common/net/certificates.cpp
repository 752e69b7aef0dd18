#include "common/net/certificates.hpp"

#include "common/net/socket.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>

namespace aorta::net {
namespace {

constexpr std::size_t kMaxFile = std::size_t{8} << 20U;  // the system's authorities are 200 KiB

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

using Bio = std::unique_ptr<BIO, FreeBio>;

/// Bytes that may hold a key, wiped at the end.
class FileBytes {
public:
    FileBytes() = default;
    FileBytes(FileBytes&&) noexcept = default;
    FileBytes& operator=(FileBytes&&) noexcept = default;
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;

    ~FileBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    std::vector<char>& bytes() { return bytes_; }

    Bio reader() const { return Bio{BIO_new_mem_buf(bytes_.data(), static_cast<int>(size_))}; }

    void set_size(std::size_t size) { size_ = size; }

private:
    std::vector<char> bytes_;
    std::size_t size_ = 0;
};

Error system_error(const std::string& path) {
    const ErrorCode code = errno == ENOENT   ? ErrorCode::NotFound
                           : errno == EACCES ? ErrorCode::Denied
                                             : ErrorCode::Unavailable;
    return {code, path + ": " + std::generic_category().message(errno)};
}

bool is_read_only_mount(int fd) {
    struct statvfs mount {};

    return ::fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

std::string octal(unsigned mode) {
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3) {
        digits += static_cast<char>('0' + ((mode >> static_cast<unsigned>(shift)) & 7U));
    }
    return digits;
}

Result<FileBytes> read_file(const std::string& path, bool is_private) {
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};

    struct stat facts {};

    if (!file || ::fstat(file.get(), &facts) != 0) {
        return system_error(path);
    }
    if (!S_ISREG(facts.st_mode)) {
        return Error{ErrorCode::InvalidConfig, path + " is no regular file"};
    }
    if (is_private && (facts.st_mode & 0077U) != 0 && !is_read_only_mount(file.get())) {
        return Error{ErrorCode::InvalidConfig,
                     path + " can be read by others (mode " + octal(facts.st_mode) +
                         "): chmod 0400 the file; in Kubernetes set defaultMode: 0400"};
    }
    const auto size = static_cast<std::size_t>(facts.st_size);
    if (size > kMaxFile) {
        return Error{ErrorCode::InvalidConfig, path + " is larger than 8 MiB"};
    }
    FileBytes file_bytes;
    file_bytes.bytes().resize(size + 1);  // never an empty buffer
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::read(file.get(), file_bytes.bytes().data() + done, size - done);
        if (count < 0 && errno != EINTR) {
            return system_error(path);
        }
        if (count == 0) {
            break;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    file_bytes.set_size(done);
    return file_bytes;
}

/// Why the last PEM_read_… stopped: nothing left, or damage.
bool is_at_end() {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

template <class Owner, class Read>
Result<std::vector<Owner>> read_all(const std::string& path, const char* what, Read read) {
    const Result<FileBytes> file = read_file(path, false);
    if (!file.ok()) {
        return file.error();
    }
    const Bio reader = file->reader();
    std::vector<Owner> all;
    ERR_clear_error();
    while (Owner next{read(reader.get(), nullptr, nullptr, nullptr)}) {
        all.push_back(std::move(next));
    }
    const bool is_whole = is_at_end();
    ERR_clear_error();
    if (!is_whole || all.empty()) {
        return Error{
            ErrorCode::InvalidConfig,
            path + (all.empty() ? " holds no " : " holds a damaged ") + what + " in PEM form"};
    }
    return all;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return time != nullptr && ASN1_TIME_to_tm(time, &parts) == 1
               ? static_cast<std::int64_t>(::timegm(&parts))
               : 0;
}

std::string text_of(const X509_NAME* name) {
    const Bio out{BIO_new(BIO_s_mem())};
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return size > 0 ? std::string{data, static_cast<std::size_t>(size)} : std::string{};
}

std::string text_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
    std::string raw = text_of(bytes);
    std::array<std::uint8_t, 16> ip{};
    if (raw.size() != 4 && raw.size() != 16) {
        return {};
    }
    std::copy(raw.begin(), raw.end(), ip.begin());
    return ip_text({ip.data(), raw.size()});
}

struct Identity {
    std::string_view kind;
    std::string text;
};

/// The subject alternative names of the kinds that name a machine or a person. One with a NUL,
/// another control byte or one beyond ASCII is left out: it would be read differently by different
/// programs.
std::vector<Identity> alternative_names(x509_st& certificate) {
    struct Free {
        void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
    };

    const std::unique_ptr<GENERAL_NAMES, Free> names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
    std::vector<Identity> all;
    for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        switch (name->type) {
            case GEN_DNS:
                all.push_back({"DNS:", text_of(name->d.dNSName)});
                break;
            case GEN_URI:
                all.push_back({"URI:", text_of(name->d.uniformResourceIdentifier)});
                break;
            case GEN_EMAIL:
                all.push_back({"email:", text_of(name->d.rfc822Name)});
                break;
            case GEN_IPADD:
                all.push_back({"IP:", address_of(name->d.iPAddress)});
                break;
            default:
                break;
        }
    }
    std::erase_if(all, [](const Identity& identity) {
        return identity.text.empty() ||
               std::any_of(identity.text.begin(), identity.text.end(), [](char c) {
                   const auto byte = static_cast<unsigned char>(c);
                   return byte < 0x20 || byte >= 0x7f;
               });
    });
    return all;
}

std::string common_name(x509_st& certificate) {
    const X509_NAME* subject = X509_get_subject_name(&certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) {
        return {};
    }
    unsigned char* utf8 = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    std::string name{size > 0 ? reinterpret_cast<const char*>(utf8) : "",
                     static_cast<std::size_t>(std::max(size, 0))};
    OPENSSL_free(utf8);
    return name.find('\0') == std::string::npos ? name : std::string{};
}

bool is_equal_in_any_case(std::string_view left, std::string_view right) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [&](char a, char b) {
        return lower(a) == lower(b);
    });
}

}  // namespace

void OpensslFree::operator()(x509_st* certificate) const {
    X509_free(certificate);
}

void OpensslFree::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

void OpensslFree::operator()(X509_crl_st* list) const {
    X509_CRL_free(list);
}

Result<std::vector<Certificate>> read_certificates(const std::string& path) {
    return read_all<Certificate>(path, "certificate", PEM_read_bio_X509);
}

Result<std::vector<RevocationList>> read_revocation_lists(const std::string& path) {
    return read_all<RevocationList>(path, "revocation list", PEM_read_bio_X509_CRL);
}

Result<std::vector<Certificate>> read_authorities(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::is_directory(path, failed)) {
        return read_certificates(path);
    }
    std::vector<Certificate> all;
    for (const std::string& file : authority_files(path)) {
        Result<std::vector<Certificate>> some = read_certificates(file);
        if (!some.ok()) {
            return some.error();
        }
        std::move(some->begin(), some->end(), std::back_inserter(all));
    }
    if (all.empty()) {
        return Error{ErrorCode::InvalidConfig,
                     path + " holds no files with certificates (*.pem, *.crt, *.cer)"};
    }
    return all;
}

std::vector<std::string> authority_files(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::is_directory(path, failed)) {
        return {path};
    }
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(path, failed)) {
        const std::string ending = entry.path().extension().string();
        if (ending == ".pem" || ending == ".crt" || ending == ".cer") {
            files.push_back(entry.path().string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

Result<PrivateKey> read_private_key(const std::string& path) {
    const Result<FileBytes> file = read_file(path, true);
    if (!file.ok()) {
        return file.error();
    }
    bool is_encrypted = false;
    const auto ask = [](char*, int, int, void* asked) {
        *static_cast<bool*>(asked) = true;
        return -1;
    };
    PrivateKey key{PEM_read_bio_PrivateKey(file->reader().get(), nullptr, ask, &is_encrypted)};
    ERR_clear_error();
    if (is_encrypted) {
        return Error{ErrorCode::InvalidConfig,
                     path +
                         " is protected by a passphrase; store the key without one (openssl pkey "
                         "-in OLD -out NEW), in a file with mode 0400"};
    }
    if (!key) {
        return Error{ErrorCode::InvalidConfig, path + " holds no private key in PEM form"};
    }
    return key;
}

bool matches(const Certificate& certificate, const PrivateKey& key) {
    const bool is_match = X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return is_match;
}

CertificateFacts facts_of(x509_st& certificate) {
    CertificateFacts facts;
    facts.subject = text_of(X509_get_subject_name(&certificate));
    facts.issuer = text_of(X509_get_issuer_name(&certificate));
    for (const Identity& identity : alternative_names(certificate)) {
        facts.names.push_back(std::string{identity.kind} + identity.text);
    }
    facts.not_before = seconds_of(X509_get0_notBefore(&certificate));
    facts.not_after = seconds_of(X509_get0_notAfter(&certificate));
    facts.is_authority = X509_check_ca(&certificate) != 0;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(&certificate, EVP_sha256(), digest.data(), &size);
    for (unsigned i = 0; i < size; ++i) {
        constexpr char kHex[] = "0123456789abcdef";
        facts.fingerprint += kHex[digest[i] >> 4U];
        facts.fingerprint += kHex[digest[i] & 15U];
    }
    return facts;
}

ListFacts facts_of(const X509_crl_st& list) {
    return {seconds_of(X509_CRL_get0_lastUpdate(&list)),
            seconds_of(X509_CRL_get0_nextUpdate(&list))};
}

std::vector<std::string> identities_of(x509_st& certificate) {
    std::vector<std::string> all;
    for (Identity& identity : alternative_names(certificate)) {
        all.push_back(std::move(identity.text));
    }
    if (all.empty()) {
        if (std::string name = common_name(certificate); !name.empty()) {
            all.push_back(std::move(name));
        }
    }
    return all;
}

bool fits_pattern(std::string_view identity, std::string_view pattern) {
    if (pattern.starts_with("*.")) {
        const std::size_t dot = identity.find('.');
        return dot != 0 && dot != std::string_view::npos &&
               is_equal_in_any_case(identity.substr(dot), pattern.substr(1));
    }
    return is_equal_in_any_case(identity, pattern);
}

}  // namespace aorta::net
