// Sends records over HTTP, one after the other, and judges the responses.
#pragma once

#include "sink/http/config.hpp"
#include "sink/http/fhir_write.hpp"
#include "sink/http/token.hpp"
#include "sink/http/transfer.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::plugins::http_sink {

/// Blocks its caller; one thread at a time.
class Client {
public:
    Client(Host host, SinkConfig config);

    Result<void> start();

    /// Ends every delivery. One that is to be sent again holds back all that follow, so that the
    /// order is kept.
    void deliver(std::span<const Delivery> deliveries);

private:
    /// What became of an attempt; Ok is done.
    struct Verdict {
        ErrorCode code = ErrorCode::Ok;
        std::string_view reason = {};
        std::string where = {};
        Nanoseconds retry_after{0};
    };

    Verdict send(const Delivery& delivery);
    std::optional<Verdict> prepare(const Record& record,
                                   Request& request,
                                   std::optional<std::size_t>& entries);
    std::optional<Verdict> exchange(Request& request, Response& response);
    Verdict judge(const Response& response) const;
    Verdict judge_entries(const Response& response, std::size_t sent) const;
    std::string_view content_type_of(const Record& record) const;

    Host host_;
    SinkConfig config_;
    Transfer transfer_;
    std::optional<Token> token_;
    std::uint32_t fhir_type_;
    std::uint32_t hl7v2_type_;
    std::uint32_t if_none_exist_;
    std::uint32_t if_match_;
    std::uint32_t criteria_;
    std::uint32_t media_type_;
    Counter refusals_;
};

}  // namespace aorta::plugins::http_sink
