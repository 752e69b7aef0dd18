#include "sink/http/client.hpp"

#include "common/http/media_type.hpp"
#include "sink/http/outcome.hpp"
#include "sink/http/reasons.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace aorta::plugins::http_sink {
Client::Client(Host host, SinkConfig config)
    : host_(host),
      config_(std::move(config)),
      transfer_(host, config_.transfer),
      fhir_type_(host.intern("fhir")),
      hl7v2_type_(host.intern("hl7v2")),
      if_none_exist_(host.intern("if_none_exist")),
      if_match_(host.intern("if_match")),
      criteria_(host.intern("criteria")),
      media_type_(host.intern("media_type")),
      refusals_(host.counter("refusals")) {
    config_.url.bind(host);
    if (config_.oauth) {
        token_.emplace(host, *config_.oauth);
    }
    if (config_.kind == PeerKind::Fhir) {
        config_.fields.push_back("Accept: " + std::string{http::kFhirJson});
        config_.fields.emplace_back(host.wants_reply() ? "Prefer: return=representation"
                                                       : "Prefer: return=minimal");
    }
}

Result<void> Client::start() {
    if (token_) {
        if (Result<void> started = token_->start(); !started.ok()) {
            return started;
        }
    }
    return transfer_.start();
}

void Client::deliver(std::span<const Delivery> deliveries) {
    transfer_.refresh();
    bool is_held_back = false;
    for (const Delivery& delivery : deliveries) {
        if (is_held_back) {
            delivery.fail(ErrorCode::Unavailable, kHeldBack);
            continue;
        }
        const Verdict verdict = send(delivery);
        if (verdict.code == ErrorCode::Ok) {
            delivery.done();
        } else {
            is_held_back = retryable(verdict.code);
            delivery.fail(verdict.code, verdict.reason, verdict.where, verdict.retry_after);
        }
    }
}

Client::Verdict Client::send(const Delivery& delivery) {
    Request request{.fields = config_.fields};
    std::optional<std::size_t> entries;  // of a batch
    if (auto problem = prepare(delivery.record(), request, entries)) {
        return *problem;
    }
    Response response;
    if (auto problem = exchange(request, response)) {
        return *problem;
    }
    Verdict verdict = judge(response);
    if (verdict.code == ErrorCode::Ok && entries && response.status / 100 == 2) {
        verdict = judge_entries(response, *entries);
    }
    if (verdict.code == ErrorCode::Ok) {
        delivery.reply(response.is_cut ? std::string_view{} : response.body);
    } else if (!retryable(verdict.code)) {
        refusals_.add();
    }
    return verdict;
}

std::optional<Client::Verdict> Client::prepare(const Record& record,
                                               Request& request,
                                               std::optional<std::size_t>& entries) {
    request.body = record.payload();
    request.method = config_.method;
    Result<std::string> url = config_.url.of(record);
    if (!url.ok()) {
        return Verdict{ErrorCode::InvalidData, kNoAttribute, url.error().where};
    }
    request.url = std::move(*url);
    request.fields.push_back("Content-Type: " + std::string{content_type_of(record)});
    if (config_.kind == PeerKind::Webhook) {
        return {};
    }
    if (!is_query(record.attribute(criteria_))) {
        return Verdict{ErrorCode::InvalidData, kBadUrl, "criteria"};
    }
    auto write = fhir_write(record.payload(),
                            {.if_none_exist = record.attribute(if_none_exist_),
                             .if_match = record.attribute(if_match_),
                             .criteria = record.attribute(criteria_)},
                            config_.conditional);
    if (!write) {
        return Verdict{ErrorCode::InvalidData, kNoResource};
    }
    request.method = std::move(write->method);
    while (request.url.ends_with('/')) {
        request.url.pop_back();
    }
    request.url += write->place;
    std::move(write->fields.begin(), write->fields.end(), std::back_inserter(request.fields));
    entries = write->entries;
    return {};
}

/// With a token that the server refuses, once more with a new one.
std::optional<Client::Verdict> Client::exchange(Request& request, Response& response) {
    for (int attempt = 0;; ++attempt) {
        const std::size_t fields = request.fields.size();
        if (token_) {
            auto field = token_->field();
            if (!field) {
                return Verdict{ErrorCode::Unavailable, kNoToken};
            }
            request.fields.push_back(std::move(*field));
        }
        const auto trouble = transfer_.perform(request, response);
        if (trouble) {
            return Verdict{trouble->code, trouble->reason};
        }
        if (!token_ || response.status != 401 || attempt > 0) {
            return {};
        }
        token_->forget();
        request.fields.resize(fields);
    }
}

Client::Verdict Client::judge(const Response& response) const {
    const Action action = config_.on[response.status];
    if (action == Action::Done) {
        return {};
    }
    Verdict verdict{.reason = reason_of_status(response.status),
                    .where = issue_of(response.body),
                    .retry_after = response.retry_after};
    if (action == Action::Hold) {
        const bool is_busy = response.status < 500;
        verdict.code = is_busy ? ErrorCode::ResourceExhausted : ErrorCode::Unavailable;
    } else {
        verdict.code = ErrorCode::InvalidData;
    }
    return verdict;
}

/// A batch is accepted as a whole whatever becomes of its entries.
Client::Verdict Client::judge_entries(const Response& response, std::size_t sent) const {
    const EntryVerdicts verdicts = entries_of(response.body, config_.on);
    if (!verdicts.is_bundle || response.is_cut || verdicts.entries != sent) {
        return {ErrorCode::ResourceExhausted, kNoBundle};
    }
    if (!verdicts.worst) {
        return {};
    }
    const BadEntry& bad = *verdicts.worst;
    const std::string where = "entry[" + std::to_string(bad.index) + "] " +
                              std::to_string(bad.status) + (bad.issue.empty() ? "" : " ") +
                              bad.issue;
    return bad.action == Action::Hold ? Verdict{ErrorCode::ResourceExhausted, kEntryFailed, where}
                                      : Verdict{ErrorCode::InvalidData, kEntryRefused, where};
}

std::string_view Client::content_type_of(const Record& record) const {
    if (!config_.content_type.empty()) {
        return config_.content_type;
    }
    if (config_.kind == PeerKind::Fhir || record.content_type() == fhir_type_) {
        return http::kFhirJson;
    }
    if (record.content_type() == hl7v2_type_) {
        return "x-application/hl7-v2+er7";
    }
    const std::string_view given = record.attribute(media_type_);  // as the http source sets it
    const bool is_one = !given.empty() && http::media_type(given) == given;
    return is_one ? given : "application/octet-stream";
}

}  // namespace aorta::plugins::http_sink
