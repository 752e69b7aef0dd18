// The only file of libcurl.
#include "sink/http/transfer.hpp"

#include "common/net/tls_equip.hpp"
#include "sink/http/reasons.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

namespace aorta::plugins::http_sink {
namespace {

constexpr Nanoseconds kLongestPause = std::chrono::hours{1};
/// Certificates that were taken over meanwhile come into use.
constexpr std::chrono::seconds kOldestConnection{3600};

long milliseconds(Nanoseconds time) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
}

void init_once() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using List = std::unique_ptr<curl_slist, ListFree>;

List list_of(const std::vector<std::string>& fields) {
    List list;
    const auto add = [&](const char* text) { list.reset(curl_slist_append(list.release(), text)); };
    add("Expect:");  // a round trip for nothing
    for (const std::string& field : fields) {
        add(field.c_str());
    }
    return list;
}

/// libcurl tells what a handshake failed of by the library's text only.
std::string_view handshake_reason(std::string_view text) {
    const auto has = [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    };
    using net::TlsFailure;
    if (has("wrong version number") || has("http request") || has("packet length too long")) {
        return net::reason(TlsFailure::Plaintext);
    }
    if (has("unsupported protocol") || has("protocol version") || has("no protocols available")) {
        return net::reason(TlsFailure::ProtocolTooOld);
    }
    if (has("alert")) {
        return net::reason(TlsFailure::PeerRefused);
    }
    return has("SSL_ERROR_SYSCALL") || has("unexpected eof")
               ? net::reason(TlsFailure::EndedInHandshake)
               : net::reason(TlsFailure::Broken);
}

}  // namespace

struct Transfer::Session {
    CURL* handle = nullptr;
    std::array<char, CURL_ERROR_SIZE> text{};
    Response* response = nullptr;
    std::size_t max_response_bytes = 0;
    const net::TlsNode* maybe_tls = nullptr;

    Session() {
        init_once();
        handle = curl_easy_init();
    }

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    ~Session() { curl_easy_cleanup(handle); }

    template <class Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(handle, option, value);
    }

    static std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count, void* self) {
        auto& session = *static_cast<Session*>(self);
        Response& response = *session.response;
        const std::size_t room = session.max_response_bytes - response.body.size();
        response.is_cut = response.is_cut || size * count > room;
        response.body.append(bytes, std::min(size * count, room));
        return response.is_cut ? 0 : size * count;
    }

    static CURLcode on_context(CURL*, void* context, void* self) {
        const auto& session = *static_cast<Session*>(self);
        const bool is_done =
            net::equip(static_cast<ssl_ctx_st*>(context), *session.maybe_tls->context());
        return is_done ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
    }
};

Transfer::Transfer(Host host, TransferConfig config)
    : host_(host), config_(std::move(config)), session_(std::make_unique<Session>()) {
    if (config_.tls) {
        tls_.emplace(host, *config_.tls);
    }
}

Transfer::~Transfer() = default;

Result<void> Transfer::start() {
    Session& session = *session_;
    if (session.handle == nullptr) {
        return Error{ErrorCode::ResourceExhausted, "libcurl cannot begin"};
    }
    session.max_response_bytes = config_.max_response_bytes;
    session.set(CURLOPT_ERRORBUFFER, session.text.data());
    session.set(CURLOPT_NOSIGNAL, 1L);
    session.set(CURLOPT_FOLLOWLOCATION, 0L);
    session.set(CURLOPT_PROTOCOLS_STR, tls_ ? "https" : "http");
    session.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    session.set(CURLOPT_PATH_AS_IS, 1L);
    session.set(CURLOPT_PROXY, config_.proxy.c_str());
    session.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(config_.connect_timeout));
    session.set(CURLOPT_TIMEOUT_MS, milliseconds(config_.timeout));
    session.set(CURLOPT_MAXLIFETIME_CONN, static_cast<long>(kOldestConnection.count()));
    session.set(CURLOPT_FORBID_REUSE, config_.keeps_open ? 0L : 1L);
    if (config_.keepalive.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(config_.keepalive).count();
        session.set(CURLOPT_TCP_KEEPALIVE, 1L);
        session.set(CURLOPT_TCP_KEEPIDLE, static_cast<long>(seconds));
        session.set(CURLOPT_TCP_KEEPINTVL,
                    static_cast<long>(std::max<std::int64_t>(1, seconds / 3)));
    }
    session.set(CURLOPT_WRITEFUNCTION, &Session::on_bytes);
    session.set(CURLOPT_WRITEDATA, &session);
    if (!tls_) {
        return {};
    }
    session.maybe_tls = &*tls_;
    session.set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    session.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    session.set(CURLOPT_CA_CACHE_TIMEOUT, 0L);  // or the first context's store stays for ever
    session.set(CURLOPT_SSL_CTX_FUNCTION, &Session::on_context);
    session.set(CURLOPT_SSL_CTX_DATA, &session);
    session.set(CURLOPT_SSL_VERIFYPEER, 1L);
    session.set(CURLOPT_SSL_VERIFYHOST, 0L);  // the name is among what the context verifies
    session.set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    return tls_->start();
}

void Transfer::refresh() {
    if (tls_) {
        tls_->refresh();
    }
}

std::optional<Trouble> Transfer::perform(const Request& request, Response& response) {
    Session& session = *session_;
    response = {};
    session.response = &response;
    session.text.front() = '\0';
    const List fields = list_of(request.fields);
    session.set(CURLOPT_URL, request.url.c_str());
    session.set(CURLOPT_POST, 1L);
    session.set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    session.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    session.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    session.set(CURLOPT_HTTPHEADER, fields.get());
    const CURLcode code = curl_easy_perform(session.handle);
    session.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    long status = 0;
    curl_easy_getinfo(session.handle, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<unsigned>(status);
    // A body that is too long to be looked at does not change what the status says.
    if (code != CURLE_OK && !response.is_cut) {
        return trouble(code);
    }
    curl_off_t seconds = 0;
    curl_easy_getinfo(session.handle, CURLINFO_RETRY_AFTER, &seconds);
    response.retry_after = std::min<Nanoseconds>(
        std::chrono::seconds{std::clamp<curl_off_t>(seconds, 0, 3600)}, kLongestPause);
    return {};
}

Trouble Transfer::trouble(int code) const {
    long verification = 0;
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {ErrorCode::Timeout, kNoAnswer};
        case CURLE_PEER_FAILED_VERIFICATION:
            curl_easy_getinfo(session_->handle, CURLINFO_SSL_VERIFYRESULT, &verification);
            return {ErrorCode::Unavailable,
                    net::reason(verification == 0 ? net::TlsFailure::BadCertificate
                                                  : net::failure_of_verification(verification))};
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
            return {ErrorCode::Unavailable, handshake_reason(session_->text.data())};
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR: {
            // TLS 1.3: a peer refuses our certificate after we think that all is well.
            const std::string_view text{session_->text.data()};
            const bool is_alert = text.find("alert") != std::string_view::npos;
            return {ErrorCode::Unavailable,
                    is_alert ? net::reason(net::TlsFailure::PeerRefused) : kConnectionLost};
        }
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
            return {ErrorCode::Unavailable, kConnectionLost};
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_BAD_CONTENT_ENCODING:
            return {ErrorCode::ResourceExhausted, kNoHttp};
        case CURLE_URL_MALFORMAT:
            return {ErrorCode::InvalidData, kBadUrl};
        default:
            return {ErrorCode::Unavailable, kUnreachable};
    }
}

}  // namespace aorta::plugins::http_sink
