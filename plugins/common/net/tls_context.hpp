// What one end of TLS connections knows: its certificate, whom it trusts, what it insists on.
#pragma once

#include "common/net/certificates.hpp"
#include "common/net/tls_failure.hpp"

#include <aorta/result.hpp>

#include <memory>
#include <string>
#include <vector>

struct bio_method_st;
struct ssl_ctx_st;

namespace aorta::net {

/// Forward secrecy and authenticated encryption only. (TLS 1.3 has nothing else.)
inline constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

enum class TlsRole { Server, Client };

struct TlsConfig {
    TlsRole role = TlsRole::Client;
    std::string certificate;               // file with the certificate and those above it
    std::string key;                       // file
    bool trusts_system = false;            // the authorities of this machine
    std::vector<std::string> authorities;  // files and folders; any of their certificates will do
    std::vector<std::string> crls;         // files; then each issuer's list is needed
    bool is_1_3_only = false;              // else 1.2 and later
    std::string server_name;               // client: the name or address that must be in the peer's
    std::vector<std::string> allow;        // server: names of clients, or *.example; empty: all
    bool needs_client = true;              // server: with authorities, a client must have one
    bool only_notes = false;               // client: go on after a failed verification, to look

    bool verifies_clients() const { return trusts_system || !authorities.empty(); }

    /// All files that it names, with those in folders.
    std::vector<std::string> files() const;
};

/// The first thing of its kind to end.
struct Expiry {
    std::int64_t at = 0;      // seconds since 1970; 0: nothing that ends
    std::int64_t life_s = 0;  // from its beginning to then
    std::string file;         // that it lies in
};

/// Immutable once loaded; [any thread] may begin sessions with it. A change of files means a new
/// context: sessions keep the one that they began with.
class TlsContext {
public:
    /// Reads the files. Errors name the file, and what to do.
    static Result<std::shared_ptr<const TlsContext>> load(const TlsConfig& config);

    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    TlsRole role() const { return role_; }

    const std::string& server_name() const { return server_name_; }

    const std::vector<std::string>& allow() const { return allow_; }

    /// Of our own chain.
    const Expiry& certificate_expiry() const { return certificate_expiry_; }

    /// Of the trusted authorities; the system's are not looked at.
    const Expiry& authority_expiry() const { return authority_expiry_; }

    /// Of the revocation lists: once one has run out, everybody that its issuer vouches for is
    /// refused.
    const Expiry& crl_expiry() const { return crl_expiry_; }

    ssl_ctx_st* handle() const { return handle_; }

    /// How sessions read and write their sockets.
    const bio_method_st* transport() const { return transport_; }

private:
    TlsContext() = default;

    Result<void> make(const TlsConfig& config);
    Result<void> present(const std::string& certificate, const std::string& key);
    Result<void> trust(const TlsConfig& config);

    TlsRole role_ = TlsRole::Client;
    std::string server_name_;
    std::vector<std::string> allow_;
    Expiry certificate_expiry_;
    Expiry authority_expiry_;
    Expiry crl_expiry_;
    ssl_ctx_st* handle_ = nullptr;
    bio_method_st* transport_ = nullptr;
};

}  // namespace aorta::net
