#include "sink/http/reasons.hpp"

namespace aorta::plugins::http_sink {

std::string_view reason_of_status(unsigned status) {
    switch (status) {
        case 400:
            return "http.status_400";
        case 401:
            return "http.status_401";
        case 403:
            return "http.status_403";
        case 404:
            return "http.status_404";
        case 405:
            return "http.status_405";
        case 409:
            return "http.status_409";
        case 410:
            return "http.status_410";
        case 412:
            return "http.status_412";
        case 413:
            return "http.status_413";
        case 415:
            return "http.status_415";
        case 422:
            return "http.status_422";
        case 429:
            return "http.status_429";
        case 503:
            return "http.status_503";
        default:
            break;
    }
    switch (status / 100) {
        case 2:
            return "http.status_2xx";
        case 3:
            return "http.status_3xx";
        case 4:
            return "http.status_4xx";
        default:
            return "http.status_5xx";
    }
}

}  // namespace aorta::plugins::http_sink
