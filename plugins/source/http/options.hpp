// Options of the HTTP listener.
#pragma once

#include "common/net/listen_options.hpp"

#include <aorta/descriptor.hpp>

namespace aorta::plugins::http_source {

inline constexpr Option kPath[] = {
    {.name = "path",
     .type = Type::Text,
     .summary = "path of the webhook (with /* at its end also those below it), or the base of the "
                "FHIR server",
     .required = true,
     .example = "/fhir"},
    {.name = "kind",
     .type = Type::Text,
     .summary = "webhook: any body becomes a record; fhir: create, update, batch, transaction and "
                "$process-message of a FHIR R4 server, JSON only",
     .default_value = "webhook",
     .one_of = "webhook|fhir"},
    {.name = "methods",
     .type = Type::List,
     .summary = "webhook: what is taken of POST, PUT and PATCH; POST if left out",
     .example = "[POST, PUT]",
     .item = Type::Text},
    {.name = "accept",
     .type = Type::List,
     .summary = "webhook: media types that are taken, all others are answered 415; any if left out",
     .example = "[x-application/hl7-v2+er7, text/plain]",
     .item = Type::Text},
    {.name = "types",
     .type = Type::List,
     .summary = "fhir: resource types that may be created and updated; any if left out",
     .example = "[Patient, Observation]",
     .item = Type::Text},
};

inline constexpr Option kBasic[] = {
    {.name = "user",
     .type = Type::Text,
     .summary = "user name",
     .required = true,
     .example = "lab"},
    {.name = "password",
     .type = Type::Secret,
     .summary = "its password",
     .required = true,
     .example = "!secret file:secrets/lab.password"},
};

inline constexpr Option kAuth[] = {
    {.name = "bearer",
     .type = Type::Secret,
     .summary = "token that clients send as Authorization: Bearer",
     .example = "!secret file:secrets/intake.token"},
    {.name = "basic",
     .type = Type::Map,
     .summary = "name and password that clients send as Authorization: Basic",
     .fields = kBasic},
};

inline constexpr Option kOptions[] = {
    {.name = "listen",
     .type = Type::Text,
     .summary = "address and port to listen on; port 0 takes a free one",
     .default_value = "127.0.0.1:8080",
     .example = "\"127.0.0.1:8080\""},
    net::kPortFileOption,
    {.name = "paths",
     .type = Type::List,
     .summary = "what is taken where; the longest path that fits counts",
     .required = true,
     .example = "[{path: /fhir, kind: fhir}, {path: /hooks/lab, accept: [text/plain]}]",
     .fields = kPath},
    {.name = "auth",
     .type = Type::Map,
     .summary = "what a client must show, one of these; nothing if left out",
     .example = "{bearer: !secret file:secrets/intake.token}",
     .fields = kAuth},
    {.name = "query",
     .type = Type::List,
     .summary = "query parameters that go along as attributes: patient-id as query_patient_id",
     .example = "[facility]",
     .item = Type::Text},
    {.name = "headers",
     .type = Type::List,
     .summary = "headers that go along as attributes: X-Request-Id as header_x_request_id",
     .example = "[X-Request-Id]",
     .item = Type::Text},
    {.name = "max_message",
     .type = Type::Size,
     .summary = "largest body; a larger one is answered 413",
     .default_value = "64MiB",
     .min = "1KiB",
     .max = "1GiB"},
    {.name = "max_header",
     .type = Type::Size,
     .summary = "largest head of a request; a larger one is answered 431",
     .default_value = "16KiB",
     .min = "1KiB",
     .max = "1MiB"},
    net::kMaxConnectionsOption,
    net::kMaxConnectionsPerPeerOption,
    {.name = "partial_requests",
     .type = Type::Size,
     .summary = "memory for requests that have not arrived completely, over all connections; one "
                "connection may exceed it by one message",
     .default_value = "64MiB",
     .min = "64KiB"},
    {.name = "request_timeout",
     .type = Type::Duration,
     .summary = "a request that has begun must end, or grow by 64 KiB, within this time; so must "
                "the client take its answers",
     .default_value = "30s",
     .min = "10ms"},
    {.name = "idle_timeout",
     .type = Type::Duration,
     .summary = "closes a connection that was quiet for this time; 0 never does",
     .default_value = "60s"},
    {.name = "retry_after",
     .type = Type::Duration,
     .summary = "when clients are asked to come again (Retry-After with 503)",
     .default_value = "5s",
     .max = "1h"},
    net::kListenTlsOption,
    net::kListenPlaintextOption,
    net::kKeepaliveOption,
};

}  // namespace aorta::plugins::http_source
