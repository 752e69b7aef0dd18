#include "common/net/tls_equip.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace aorta::net {
namespace {

bool present(SSL_CTX* context, SSL_CTX* from) {
    X509* certificate = SSL_CTX_get0_certificate(from);
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(from, &chain);
    return certificate == nullptr ||
           SSL_CTX_use_cert_and_key(
               context, certificate, SSL_CTX_get0_privatekey(from), chain, 1) == 1;
}

}  // namespace

bool equip(ssl_ctx_st* context, const TlsContext& from) {
    SSL_CTX* source = from.handle();
    SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(source));
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const bool is_done =
        present(context, source) &&
        X509_VERIFY_PARAM_set1(SSL_CTX_get0_param(context), SSL_CTX_get0_param(source)) == 1 &&
        SSL_CTX_set_min_proto_version(
            context, static_cast<int>(SSL_CTX_get_min_proto_version(source))) == 1 &&
        SSL_CTX_set_cipher_list(context, kCiphers12) == 1;
    ERR_clear_error();
    return is_done;
}

}  // namespace aorta::net
