// Plugins for tests that need descriptors and no code.
#pragma once

#include "config/descriptor.hpp"

#include <vector>

namespace aorta::pipeline {

inline config::Catalog fake_catalog() {
    using config::Concurrency;
    using config::Kind;
    using config::Option;
    using config::OptionType;
    const std::vector<config::OutputPort> same = {{"out", "same"}};
    const std::vector<config::Descriptor> plugins = {
        {.id = "mllp",
         .kind = Kind::Source,
         .outputs = {{"out", "hl7v2"}},
         .network = true,
         .options = {{.name = "listen",
                      .type = OptionType::Text,
                      .required = true,
                      .example = "127.0.0.1:2575"},
                     {.name = "connections",
                      .type = OptionType::Int,
                      .default_text = "64",
                      .min = "1",
                      .max = "4096"},
                     {.name = "idle", .type = OptionType::Duration, .default_text = "60s"},
                     {.name = "password", .type = OptionType::Secret}}},
        {.id = "file",
         .kind = Kind::Source,
         .outputs = {{"out", "bytes"}},
         .options = {{.name = "path", .type = OptionType::Path, .required = true}}},
        {.id = "decode_hl7v2",
         .inputs = {"bytes", "hl7v2"},
         .outputs = {{"out", "hl7v2"}},
         .concurrency = Concurrency::Stateless},
        {.id = "check",
         .inputs = {"hl7v2"},
         .outputs = same,
         .concurrency = Concurrency::Stateless,
         .reasons = {{"check.wrong", "the message is wrong"}},
         .options = {{.name = "strict", .type = OptionType::Bool, .default_text = "false"}}},
        {.id = "to_fhir",
         .inputs = {"hl7v2"},
         .outputs = {{"out", "fhir"}},
         .concurrency = Concurrency::Stateless},
        {.id = "route",
         .inputs = {"*"},
         .outputs = same,
         .ports_from = "cases",
         .concurrency = Concurrency::Stateless,
         .options = {{.name = "cases",
                      .type = OptionType::Map,
                      .required = true,
                      .item = OptionType::Expression}}},
        {.id = "alert",
         .inputs = {"*"},
         .outputs = {{"out", "same"}, {"alerts", "alert"}},
         .concurrency = Concurrency::Serial,
         .options =
             {{.name = "rules",
               .type = OptionType::List,
               .required = true,
               .fields = {{.name = "when", .type = OptionType::Expression, .required = true}}}}},
        {.id = "file",
         .kind = Kind::Sink,
         .inputs = {"*"},
         .options = {{.name = "path", .type = OptionType::Path, .required = true}}},
        {.id = "http",
         .kind = Kind::Sink,
         .inputs = {"fhir"},
         .network = true,
         .options = {{.name = "url", .type = OptionType::Text, .required = true},
                     {.name = "token", .type = OptionType::Secret}}},
        {.id = "stdout", .kind = Kind::Sink, .inputs = {"*"}},
        {.id = "mllp",
         .kind = Kind::Sink,
         .inputs = {"*"},
         .network = true,
         .replies = true,
         .options = {{.name = "on", .type = OptionType::Map}}},
    };
    config::Catalog out;
    for (const config::Descriptor& plugin : plugins) {
        (void)out.add(plugin.id + ".so", plugin);
    }
    return out;
}

}  // namespace aorta::pipeline
