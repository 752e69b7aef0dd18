#include "sink/http/token.hpp"

#include "common/http/json_slice.hpp"
#include "common/http/target.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace aorta::plugins::http_sink {
namespace {

/// Of a server that does not say how long a token is good.
constexpr std::int64_t kUnsaid_s = 300;
constexpr std::int64_t kLongest_s = 86'400;

std::int64_t seconds_of(std::string_view number) {
    const std::string text{number.substr(0, 12)};
    const long long seconds = std::strtoll(text.c_str(), nullptr, 10);
    return seconds <= 0 ? kUnsaid_s : std::min<std::int64_t>(seconds, kLongest_s);
}

}  // namespace

Token::Token(Host host, OauthConfig config)
    : host_(host),
      config_(std::move(config)),
      transfer_(host, config_.transfer),
      fetched_(host.counter("tokens_fetched")),
      failed_(host.counter("tokens_failed")) {}

std::optional<std::string> Token::field() {
    if ((field_.empty() || host_.steady() >= good_until_) && !fetch()) {
        return std::nullopt;
    }
    return field_;
}

bool Token::fetch() {
    transfer_.refresh();
    std::string form =
        "grant_type=client_credentials&client_id=" + http::percent_encode(config_.client_id) +
        "&client_secret=" + http::percent_encode(config_.client_secret);
    if (!config_.scope.empty()) {
        form += "&scope=" + http::percent_encode(config_.scope);
    }
    Response response;
    const auto trouble = transfer_.perform(
        {.method = "POST",
         .url = config_.token_url,
         .fields = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"},
         .body = form},
        response);
    const std::string token =
        trouble ? std::string{} : http::json_text_of(response.body, "access_token");
    const bool is_usable = token.find_first_of("\r\n") == std::string::npos && !token.empty();
    if (trouble || response.status != 200 || !is_usable) {
        failed_.add();
        host_.log(AORTA_LOG_WARN,
                  "token_failed",
                  {{"why", trouble ? trouble->reason : "no access_token"},
                   {"status", std::int64_t{response.status}}});
        field_.clear();
        return false;
    }
    fetched_.add();
    const std::int64_t life_s = seconds_of(http::json_member(response.body, "expires_in"));
    field_ = "Authorization: Bearer " + token;
    // Some of its life is left for the way.
    good_until_ =
        host_.steady() + std::chrono::seconds{life_s - std::min<std::int64_t>(life_s / 4, 60)};
    return true;
}

}  // namespace aorta::plugins::http_sink
