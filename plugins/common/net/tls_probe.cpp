#include "common/net/tls_probe.hpp"

#include "common/net/socket.hpp"
#include "common/net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <memory>
#include <utility>

namespace aorta::net {
namespace {

/// TLS 1.3 refuses a client after the client's end of the handshake.
constexpr std::chrono::milliseconds kRefusalWait{300};

struct Free {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }

    void operator()(X509_STORE_CTX* check) const { X509_STORE_CTX_free(check); }

    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

}  // namespace

Result<TlsProbe> probe_tls(const HostPort& to, TlsConfig config, std::chrono::nanoseconds timeout) {
    config.role = TlsRole::Client;
    config.only_notes = true;
    const auto context = TlsContext::load(config);
    if (!context.ok()) {
        return context.error();
    }
    Result<Stream> stream = connect(to, timeout);
    if (!stream.ok()) {
        return stream.error();
    }
    stream->secure(*context);
    const TlsSession& session = *stream->tls();
    TlsProbe probe;
    probe.is_established = shake_hands(*stream, timeout);
    if (probe.is_established) {
        probe.protocol = session.protocol();
        probe.cipher = session.cipher();
        probe.chain = session.peer_chain();
        std::array<char, 1> byte{};
        if (wait(*stream, Ready::Read, kRefusalWait)) {
            stream->read(byte);
        }
    }
    probe.failure = session.failure();
    probe.detail = session.detail();
    if (probe.is_established && probe.failure != TlsFailure::PeerRefused) {
        probe.failure = session.verification();
        probe.detail.clear();
    }
    return probe;
}

TlsFailure verify_chain(const std::vector<Certificate>& chain,
                        const std::vector<Certificate>& authorities) {
    const std::unique_ptr<X509_STORE, Free> store{X509_STORE_new()};
    const std::unique_ptr<X509_STORE_CTX, Free> check{X509_STORE_CTX_new()};
    const std::unique_ptr<STACK_OF(X509), Free> helpers{sk_X509_new_null()};
    if (!store || !check || !helpers || chain.empty()) {
        return TlsFailure::Broken;
    }
    for (const Certificate& authority : authorities) {
        X509_STORE_add_cert(store.get(), authority.get());
    }
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    for (std::size_t i = 1; i < chain.size(); ++i) {
        sk_X509_push(helpers.get(), chain[i].get());
    }
    X509_STORE_CTX_init(check.get(), store.get(), chain.front().get(), helpers.get());
    X509_verify_cert(check.get());
    const int result = X509_STORE_CTX_get_error(check.get());
    ERR_clear_error();
    return failure_of_verification(result);
}

}  // namespace aorta::net
