// Why a record was not delivered.
#pragma once

#include <string_view>

namespace aorta::plugins::http_sink {

inline constexpr std::string_view kUnreachable = "http.unreachable";
inline constexpr std::string_view kConnectionLost = "http.connection_lost";
inline constexpr std::string_view kNoAnswer = "http.no_answer";
inline constexpr std::string_view kNoHttp = "http.no_http";
inline constexpr std::string_view kBadUrl = "http.bad_url";
inline constexpr std::string_view kNoAttribute = "http.no_attribute";  // where: its name
inline constexpr std::string_view kNoToken = "http.no_token";
inline constexpr std::string_view kNoResource = "http.no_resource";
inline constexpr std::string_view kEntryRefused = "http.entry_refused";
inline constexpr std::string_view kEntryFailed = "http.entry_failed";
inline constexpr std::string_view kNoBundle = "http.no_bundle";
inline constexpr std::string_view kHeldBack = "http.held_back";

/// The declared reason of a status, such as "http.status_422"; those without one of their own share
/// "http.status_4xx" and the like.
std::string_view reason_of_status(unsigned status);

}  // namespace aorta::plugins::http_sink
