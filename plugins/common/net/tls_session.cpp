#include "common/net/tls_session.hpp"

#include "common/net/address.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace aorta::net {
namespace {

constexpr std::size_t kAllowsAll = std::numeric_limits<std::size_t>::max();
/// More than one record and its overhead: what a call may find left over by the one before.
constexpr std::size_t kRecord = std::size_t{20} << 10U;
constexpr int kHandshakeRecord = 0x16;
constexpr int kAlertRecord = 0x15;

bool is_temporary() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// The library's word for an alert of the peer; empty if the error is another.
std::string alert_text(unsigned long error) {
    const int number = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
    if (ERR_GET_LIB(error) != ERR_LIB_SSL || number <= 0 || number > 255) {
        return {};
    }
    if (number == SSL_AD_CERTIFICATE_REQUIRED) {
        return "certificate required";  // the library has no word for this one
    }
    const std::string text = SSL_alert_desc_string_long(number);
    return text == "unknown" ? "alert " + std::to_string(number) : text;
}

bool is_about_versions(int ssl_reason) {
    switch (ssl_reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_INAPPROPRIATE_FALLBACK:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
        case SSL_R_UNKNOWN_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
            return true;
        default:
            return false;
    }
}

}  // namespace

/// The socket as OpenSSL sees it. A read takes no more than the call may, and does not ask again
/// after the socket has given less than it was asked for: that would cost a system call each time.
struct Transport {
    static TlsSession& session(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, int size) {
        TlsSession& self = session(bio);
        BIO_clear_retry_flags(bio);
        if (self.allowance_ == 0) {
            BIO_set_retry_read(bio);
            return -1;
        }
        const std::size_t wanted = std::min(static_cast<std::size_t>(size), self.allowance_);
        const ssize_t got = ::recv(self.fd_, into, wanted, 0);
        if (got > 0) {
            if (self.first_byte_ < 0) {
                self.first_byte_ = static_cast<unsigned char>(*into);
            }
            const auto bytes = static_cast<std::size_t>(got);
            self.allowance_ = bytes < wanted ? 0 : self.allowance_ - bytes;
            return static_cast<int>(got);
        }
        if (got < 0 && is_temporary()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        self.is_ended_ = true;
        return got == 0 ? 0 : -1;
    }

    static int write(BIO* bio, const char* bytes, int size) {
        BIO_clear_retry_flags(bio);
        const ssize_t put =
            ::send(session(bio).fd_, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (put < 0 && is_temporary()) {
            BIO_set_retry_write(bio);
        }
        return static_cast<int>(put);
    }

    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_EOF) {
            return session(bio).is_ended_ ? 1 : 0;
        }
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }
};

bio_method_st* make_transport() {
    BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "aorta stream");
    if (method != nullptr) {
        BIO_meth_set_read(method, Transport::read);
        BIO_meth_set_write(method, Transport::write);
        BIO_meth_set_ctrl(method, Transport::control);
    }
    return method;
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int fd)
    : context_(std::move(context)), handle_(SSL_new(context_->handle())), fd_(fd) {
    BIO* bio = BIO_new(context_->transport());
    if (handle_ == nullptr || bio == nullptr) {
        BIO_free(bio);
        failure_ = TlsFailure::Broken;
        detail_ = "no memory";
        is_broken_ = true;
        return;
    }
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(handle_, bio, bio);
    const std::string& name = context_->server_name();
    if (context_->role() == TlsRole::Server) {
        SSL_set_accept_state(handle_);
    } else {
        SSL_set_connect_state(handle_);
        if (!name.empty() && !is_ip(name)) {
            SSL_set_tlsext_host_name(handle_, name.c_str());
        }
    }
}

TlsSession::~TlsSession() {
    ERR_clear_error();
    if (is_established_ && !is_broken_) {
        SSL_shutdown(handle_);
    } else if (is_broken_) {
        // Closing with bytes unread would reset the connection, and might destroy our alert on its
        // way.
        ::shutdown(fd_, SHUT_WR);
        std::array<char, 16384> rest;
        for (int i = 0; i < 8 && ::recv(fd_, rest.data(), rest.size(), MSG_DONTWAIT) > 0; ++i) {
        }
    }
    SSL_free(handle_);
    ERR_clear_error();
}

IoResult TlsSession::handshake() {
    if (is_broken_) {
        return {IoResult::Status::Closed, 0};
    }
    ERR_clear_error();
    allowance_ = kAllowsAll;
    return after(SSL_do_handshake(handle_), 0);
}

IoResult TlsSession::read(std::span<char> into) {
    has_buffered_ = false;
    if (is_read_done_ || is_broken_) {
        return {IoResult::Status::Closed, 0};
    }
    ERR_clear_error();
    allowance_ = into.size() >= kRoomyRead ? into.size() - kRecord : kAllowsAll;
    std::size_t total = 0;
    int result = 1;
    while (result == 1 && total < into.size()) {
        std::size_t count = 0;
        result = SSL_read_ex(handle_, into.data() + total, into.size() - total, &count);
        total += count;
    }
    has_buffered_ = result == 1 && SSL_has_pending(handle_) == 1;
    return after(result, total);
}

IoResult TlsSession::write(std::string_view bytes) {
    if (is_broken_) {
        return {IoResult::Status::Closed, 0};
    }
    ERR_clear_error();
    allowance_ = kAllowsAll;
    std::size_t total = 0;
    int result = 1;
    while (result == 1 && total < bytes.size()) {
        std::size_t count = 0;
        result = SSL_write_ex(handle_, bytes.data() + total, bytes.size() - total, &count);
        total += count;
    }
    const IoResult ended = after(result, total);
    if (failure_ == TlsFailure::Broken) {
        look_for_alert();
    }
    return ended;
}

/// Judges the last call of the library, of which `done` bytes came.
IoResult TlsSession::after(int result, std::size_t done) {
    is_established_ = is_established_ || SSL_is_init_finished(handle_) == 1;
    wants_write_ = false;
    if (result == 1) {
        return {IoResult::Status::Done, done};
    }
    switch (SSL_get_error(handle_, result)) {
        case SSL_ERROR_WANT_READ:
            break;
        case SSL_ERROR_WANT_WRITE:
            wants_write_ = true;
            break;
        case SSL_ERROR_ZERO_RETURN:
            is_read_done_ = true;
            if (!is_established_) {
                is_broken_ = true;
                failure_ = handshake_failure(0);
            } else if (is_ended_) {
                failure_ = TlsFailure::Truncated;
            }
            break;
        default:
            is_broken_ = true;
            fail();
    }
    if (done > 0) {
        return {IoResult::Status::Done, done};  // the next call tells of the end
    }
    const bool is_over = is_read_done_ || is_broken_;
    return {is_over ? IoResult::Status::Closed : IoResult::Status::WouldBlock, 0};
}

void TlsSession::fail() {
    const unsigned long error = ERR_peek_last_error();  // the outermost
    const int why = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    detail_ = alert_text(error);
    if (!detail_.empty() && !is_about_versions(why)) {
        failure_ = TlsFailure::PeerRefused;
    } else {
        failure_ = is_established_ ? TlsFailure::Broken : handshake_failure(error);
    }
    if (detail_.empty()) {
        const char* text = ERR_reason_error_string(error);
        detail_ = text != nullptr ? text : "";
    }
    ERR_clear_error();
}

TlsFailure TlsSession::handshake_failure(unsigned long error) {
    const int why = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    if (why == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        const long result = SSL_get_verify_result(handle_);
        detail_ = X509_verify_cert_error_string(result);
        return failure_of_verification(result);
    }
    if (why == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        return TlsFailure::NoCertificate;
    }
    if (first_byte_ >= 0 && first_byte_ != kHandshakeRecord && first_byte_ != kAlertRecord) {
        return TlsFailure::Plaintext;
    }
    if (is_about_versions(why)) {
        return TlsFailure::ProtocolTooOld;
    }
    return why == 0 ? TlsFailure::EndedInHandshake : TlsFailure::Broken;
}

void TlsSession::give_up() {
    is_broken_ = true;
    failure_ = handshake_failure(0);
    if (failure_ == TlsFailure::EndedInHandshake) {
        failure_ = TlsFailure::HandshakeTimeout;
    }
}

/// A peer that refuses us late (TLS 1.3: after we think that all is well) says why, and hangs up:
/// often it is a write that notices first.
void TlsSession::look_for_alert() {
    std::array<char, 1> byte{};
    std::size_t count = 0;
    ERR_clear_error();
    allowance_ = kAllowsAll;
    if (SSL_read_ex(handle_, byte.data(), byte.size(), &count) != 1) {
        if (std::string alert = alert_text(ERR_peek_last_error()); !alert.empty()) {
            failure_ = TlsFailure::PeerRefused;
            detail_ = std::move(alert);
        }
    }
    ERR_clear_error();
}

std::string TlsSession::protocol() const {
    return handle_ != nullptr ? SSL_get_version(handle_) : "";
}

std::string TlsSession::cipher() const {
    const char* name = handle_ != nullptr ? SSL_get_cipher_name(handle_) : nullptr;
    return name != nullptr ? name : "";
}

std::vector<CertificateFacts> TlsSession::peer_chain() const {
    std::vector<CertificateFacts> chain;
    const STACK_OF(X509)* sent = handle_ != nullptr ? SSL_get_peer_cert_chain(handle_) : nullptr;
    for (int i = 0; sent != nullptr && i < sk_X509_num(sent); ++i) {
        chain.push_back(facts_of(*sk_X509_value(sent, i)));
    }
    return chain;
}

TlsFailure TlsSession::verification() const {
    return handle_ != nullptr ? failure_of_verification(SSL_get_verify_result(handle_))
                              : TlsFailure::Broken;
}

TlsFailure failure_of_verification(long result) {
    switch (result) {
        case X509_V_OK:
            return TlsFailure::None;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TlsFailure::Expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TlsFailure::NotYetValid;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return TlsFailure::WrongHost;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return TlsFailure::UnknownAuthority;
        case X509_V_ERR_INVALID_PURPOSE:
            return TlsFailure::WrongPurpose;
        case X509_V_ERR_CERT_REVOKED:
            return TlsFailure::Revoked;
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return TlsFailure::RevocationUnknown;
        case X509_V_ERR_APPLICATION_VERIFICATION:
            return TlsFailure::NameNotAllowed;
        default:
            return TlsFailure::BadCertificate;
    }
}

}  // namespace aorta::net
