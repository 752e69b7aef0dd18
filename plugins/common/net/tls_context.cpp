#include "common/net/tls_context.hpp"

#include "common/net/address.hpp"
#include "common/net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace aorta::net {
namespace {

Error openssl_error(const std::string& what) {
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return {ErrorCode::InvalidConfig, what + ": " + (text != nullptr ? text : "no reason given")};
}

void note(Expiry& first, std::int64_t begin, std::int64_t end, const std::string& file) {
    if (end != 0 && (first.at == 0 || end < first.at)) {
        first = {end, end - begin, file};
    }
}

void note(Expiry& first, x509_st& certificate, const std::string& file) {
    const CertificateFacts facts = facts_of(certificate);
    note(first, facts.not_before, facts.not_after, file);
}

/// The last word on a client that the authorities vouch for: is its name one of those allowed?
int verify(int is_verified, X509_STORE_CTX* store) {
    const auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* context =
        static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const bool is_leaf = X509_STORE_CTX_get_error_depth(store) == 0;
    if (is_verified != 1 || !is_leaf || context->allow().empty()) {
        return is_verified;
    }
    const auto names = identities_of(*X509_STORE_CTX_get_current_cert(store));
    const bool is_allowed = std::any_of(names.begin(), names.end(), [&](const auto& name) {
        return std::any_of(context->allow().begin(),
                           context->allow().end(),
                           [&](const auto& pattern) { return fits_pattern(name, pattern); });
    });
    if (!is_allowed) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    return is_allowed ? 1 : 0;
}

int verify_mode(const TlsConfig& config) {
    if (config.role == TlsRole::Client) {
        return config.only_notes ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
    }
    if (!config.verifies_clients()) {
        return SSL_VERIFY_NONE;
    }
    return SSL_VERIFY_PEER | (config.needs_client ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

}  // namespace

std::vector<std::string> TlsConfig::files() const {
    std::vector<std::string> all;
    for (const std::string& file : {certificate, key}) {
        if (!file.empty()) {
            all.push_back(file);
        }
    }
    for (const std::string& path : authorities) {
        const auto some = authority_files(path);
        all.insert(all.end(), some.begin(), some.end());
    }
    all.insert(all.end(), crls.begin(), crls.end());
    return all;
}

TlsContext::~TlsContext() {
    SSL_CTX_free(handle_);
    BIO_meth_free(transport_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsConfig& config) {
    const std::shared_ptr<TlsContext> made{new TlsContext};
    if (Result<void> result = made->make(config); !result.ok()) {
        return result.error();
    }
    return std::shared_ptr<const TlsContext>{made};
}

Result<void> TlsContext::make(const TlsConfig& config) {
    role_ = config.role;
    server_name_ = config.server_name;
    allow_ = config.allow;
    transport_ = make_transport();
    handle_ = SSL_CTX_new(role_ == TlsRole::Server ? TLS_server_method() : TLS_client_method());
    if (handle_ == nullptr || transport_ == nullptr ||
        SSL_CTX_set_cipher_list(handle_, kCiphers12) != 1 ||
        SSL_CTX_set_min_proto_version(handle_,
                                      config.is_1_3_only ? TLS1_3_VERSION : TLS1_2_VERSION) != 1) {
        return openssl_error("cannot set TLS up");
    }
    SSL_CTX_set_app_data(handle_, this);
    // Answers must leave after a peer's end of stream without close_notify, as they do without TLS;
    // the session tells the two apart itself.
    SSL_CTX_set_options(
        handle_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(handle_,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                         SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(handle_, 1);
    // No resumption: each connection is verified anew, against today's lists. Connections are kept.
    SSL_CTX_set_session_cache_mode(handle_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(handle_, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(handle_, 0);
    SSL_CTX_set_verify(handle_, verify_mode(config), verify);
    if (Result<void> result = present(config.certificate, config.key); !result.ok()) {
        return result;
    }
    return trust(config);
}

Result<void> TlsContext::present(const std::string& certificate, const std::string& key) {
    if (certificate.empty()) {
        return {};
    }
    Result<std::vector<Certificate>> chain = read_certificates(certificate);
    if (!chain.ok()) {
        return chain.error();
    }
    const Result<PrivateKey> own_key = read_private_key(key);
    if (!own_key.ok()) {
        return own_key.error();
    }
    if (!matches(chain->front(), *own_key)) {
        return Error{
            ErrorCode::InvalidConfig,
            "the key in " + key + " does not belong to the first certificate in " + certificate};
    }
    if (SSL_CTX_use_certificate(handle_, chain->front().get()) != 1 ||
        SSL_CTX_use_PrivateKey(handle_, own_key->get()) != 1) {
        return openssl_error(certificate + " cannot be used");
    }
    for (std::size_t i = 0; i < chain->size(); ++i) {
        note(certificate_expiry_, *(*chain)[i], certificate);
        if (i > 0 && SSL_CTX_add1_chain_cert(handle_, (*chain)[i].get()) != 1) {
            return openssl_error(certificate + " cannot be used");
        }
    }
    return {};
}

Result<void> TlsContext::trust(const TlsConfig& config) {
    X509_STORE* store = SSL_CTX_get_cert_store(handle_);
    X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(handle_);
    // What is listed is trusted, be it a root or not: a peer's own certificate can be pinned.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    if (config.trusts_system && SSL_CTX_set_default_verify_paths(handle_) != 1) {
        return openssl_error("cannot read the authorities of this machine");
    }
    for (const std::string& path : config.authorities) {
        const Result<std::vector<Certificate>> authorities = read_authorities(path);
        if (!authorities.ok()) {
            return authorities.error();
        }
        for (const Certificate& authority : *authorities) {
            note(authority_expiry_, *authority, path);
            X509_STORE_add_cert(store, authority.get());
            if (role_ == TlsRole::Server) {
                SSL_CTX_add_client_CA(handle_, authority.get());
            }
        }
    }
    for (const std::string& path : config.crls) {
        const Result<std::vector<RevocationList>> lists = read_revocation_lists(path);
        if (!lists.ok()) {
            return lists.error();
        }
        for (const RevocationList& list : *lists) {
            X509_STORE_add_crl(store, list.get());
            const ListFacts facts = facts_of(*list);
            note(crl_expiry_, facts.issued, facts.next, path);
        }
        X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    if (!server_name_.empty() && role_ == TlsRole::Client) {
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int is_set = is_ip(server_name_)
                               ? X509_VERIFY_PARAM_set1_ip_asc(rules, server_name_.c_str())
                               : X509_VERIFY_PARAM_set1_host(rules, server_name_.c_str(), 0);
        if (is_set != 1) {
            return openssl_error("the server name cannot be used");
        }
    }
    ERR_clear_error();
    return {};
}

}  // namespace aorta::net
