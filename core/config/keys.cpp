#include "config/keys.hpp"

#include <aorta/result.hpp>

#include <utility>

namespace aorta::config {

namespace {

Option text(std::string name, std::string summary) {
    return {.name = std::move(name), .type = OptionType::Text, .summary = std::move(summary)};
}

Option any(std::string name, std::string summary) {
    return {.name = std::move(name), .type = OptionType::Any, .summary = std::move(summary)};
}

Option duration(std::string name, std::string summary, std::string standard) {
    return {.name = std::move(name),
            .type = OptionType::Duration,
            .summary = std::move(summary),
            .default_text = std::move(standard)};
}

Option choice(std::string name, std::string summary, std::vector<std::string> words) {
    return {.name = std::move(name),
            .type = OptionType::Text,
            .summary = std::move(summary),
            .one_of = std::move(words)};
}

Option list_of_texts(std::string name, std::string summary) {
    return {.name = std::move(name),
            .type = OptionType::List,
            .summary = std::move(summary),
            .item = OptionType::Text};
}

Option required(Option option) {
    option.required = true;
    return option;
}

Option lanes(std::string summary) {
    return {.name = "lanes",
            .type = OptionType::Int,
            .summary = std::move(summary),
            .min = "1",
            .max = "64"};
}

Option storage() {
    return {
        .name = "storage",
        .type = OptionType::Map,
        .summary = "Where journals, outboxes and dead letters lie on disk",
        .fields = {
            {.name = "path",
             .type = OptionType::Path,
             .summary = "Folder, relative to the pipeline's folder; one pipeline each. Without it: "
                        "a folder of the "
                        "pipeline's name in that of `aorta run --state`",
             .example = "state"},
            {.name = "key",
             .type = OptionType::Secret,
             .summary = "Secret of 32 bytes or more that seals what is stored",
             .example = "!secret file:secrets/storage.key"},
            {.name = "former_keys",
             .type = OptionType::List,
             .summary = "Keys that `key` has replaced: what they sealed is still read",
             .item = OptionType::Secret},
            {.name = "plaintext",
             .type = OptionType::Bool,
             .summary = "Says that what is stored is not sealed, on purpose",
             .default_text = "false"},
            {.name = "max",
             .type = OptionType::Size,
             .summary = "Most that journals and outboxes take; sources wait when it is reached",
             .default_text = "10GiB",
             .min = "1MiB"},
            {.name = "snapshot",
             .type = OptionType::Duration,
             .summary = "How often the state of processors (alerts, what was seen) is written; "
                        "without it, it is in memory only",
             .min = "100ms",
             .example = "10s"},
            {.name = "keep",
             .type = OptionType::Map,
             .summary = "How long things are kept",
             .fields = {duration("dead_letters",
                                 "Age at which dead letters go, looked at when the file is opened",
                                 "30d")}}}};
}

Option ack() {
    return {
        .name = "ack",
        .type = OptionType::Map,
        .summary = "When the sender gets its answer",
        .fields = {choice("level",
                          "What must be reached before the sender is told that all is well; may be "
                          "left out with `reply`",
                          {"none", "received", "durable", "delivered"}),
                   text("after", "Processor whose verdict the answer waits for"),
                   text("reply", "Sink whose peer's answer the sender gets; implies delivered"),
                   {.name = "on_invalid",
                    .type = OptionType::Text,
                    .summary = "Answer to invalid data: AE (keep it), AR (give up), AA (taken)",
                    .default_text = "AE",
                    .one_of = {"AE", "AR", "AA"}},
                   {.name = "timeout",
                    .type = OptionType::Duration,
                    .summary = "Without an answer by then the connection is closed",
                    .default_text = "30s",
                    .min = "1ms"}}};
}

Option bounded(Option option, std::string min, std::string max) {
    option.min = std::move(min);
    option.max = std::move(max);
    return option;
}

Option retry() {
    Option attempts{.name = "attempts",
                    .type = OptionType::Map,
                    .summary =
                        "By error code, after how many attempts a record is given up: a "
                        "number, or forever",
                    .example = "{ denied: 5, internal: 3 }"};
    for (auto code = ErrorCode::InvalidConfig; code <= ErrorCode::Internal;
         code = static_cast<ErrorCode>(static_cast<std::uint32_t>(code) + 1)) {
        attempts.fields.push_back(text(std::string(to_string(code)), {}));
    }
    return {
        .name = "retry",
        .type = OptionType::Map,
        .summary = "How what the sink could not do is tried again",
        .fields = {
            bounded(duration("first", "Pause after the first failure", "100ms"), "1ms", "1h"),
            bounded(duration("longest", "Pauses double up to this", "30s"), "1ms", "1h"),
            {.name = "jitter",
             .type = OptionType::Text,
             .summary = "So much of a pause is cut off by chance, that many do not knock together",
             .default_text = "25%",
             .example = "25%"},
            std::move(attempts),
            {.name = "breaker",
             .type = OptionType::Map,
             .summary = "Spares a sink that fails all the time: one record tries it now and then",
             .fields = {{.name = "after",
                         .type = OptionType::Int,
                         .summary = "Failures in a row that open it; 0 never",
                         .default_text = "0",
                         .min = "0",
                         .max = "1000"},
                        bounded(duration("pause", "Between two tries while it is open", "30s"),
                                "1ms",
                                "1h")}}}};
}

Option isolation() {
    return {.name = "isolation",
            .type = OptionType::Map,
            .summary = "Runs the plugin in a confined process of its own: isolation: process",
            .fields = {
                {.name = "mode",
                 .type = OptionType::Text,
                 .summary = "process, or none: in the worker itself",
                 .default_text = "process",
                 .one_of = {"none", "process"}},
                {.name = "memory",
                 .type = OptionType::Size,
                 .summary = "Most that the plugin may take",
                 .default_text = "512MiB",
                 .min = "16MiB"},
                bounded(duration("deadline", "A batch that takes longer ends the process", "10s"),
                        "10ms",
                        "1h"),
                {.name = "attempts",
                 .type = OptionType::Int,
                 .summary = "So often a record may end the process before it fails",
                 .default_text = "3",
                 .min = "1",
                 .max = "100"}}};
}

Option links() {
    return {
        .name = "links",
        .type = OptionType::List,
        .summary = "How records get from one worker to another: one link for each pair",
        .fields = {
            required(text("from", "Worker that sends records")),
            required(text("to", "Worker that gets them")),
            required(text("dial", "Which of the two connects; the other one listens")),
            {.name = "address",
             .type = OptionType::Text,
             .summary = "Where the one dials: tcp://HOST:PORT or ipc:///PATH",
             .required = true,
             .example = "tcp://core.example:7401"},
            {.name = "listen",
             .type = OptionType::Text,
             .summary = "Where the other listens, if not at `address`; without it, where the "
                        "address names a host, on its port of all interfaces",
             .example = "tcp://10.0.0.7:7401"},
            choice("buffer",
                   "Where records wait while the link is down: in memory (the default), which "
                   "holds up the sources when it is full, or on disk, in an outbox of the sender",
                   {"memory", "disk"}),
            {.name = "curve",
             .type = OptionType::Map,
             .summary = "Encryption, which every link over tcp has unless it says `plaintext`",
             .fields = {{.name = "keys",
                         .type = OptionType::Path,
                         .summary = "Folder of keys made with `aorta keygen`, relative to the "
                                    "pipeline's folder; keys without it",
                         .example = "keys"}}},
            {.name = "plaintext",
             .type = OptionType::Map,
             .summary = "Lets the link go without encryption, on purpose",
             .fields = {{.name = "from",
                         .type = OptionType::List,
                         .summary = "Networks that the dialer may come from",
                         .example = "10.1.2.0/24",
                         .item = OptionType::Text},
                        required(text("reason", "Why it may"))}},
            {.name = "compression",
             .type = OptionType::Text,
             .summary = "adaptive: on lines that are slow enough to gain by it",
             .default_text = "adaptive",
             .one_of = {"adaptive", "on", "off"}},
            bounded(duration("heartbeat", "After three without a word a link is down", "5s"),
                    "100ms",
                    "5m")}};
}

}  // namespace

std::vector<Option> pipeline_keys() {
    return {
        {.name = "aorta",
         .type = OptionType::Int,
         .summary = "Version of the format of pipeline files",
         .required = true,
         .min = "1",
         .max = "1",
         .example = "1"},
        {.name = "pipeline",
         .type = OptionType::Text,
         .summary = "Name of the pipeline: letters a-z, digits, - and _",
         .required = true,
         .example = "lab-results"},
        text("summary", "What the pipeline is for, in one line"),
        lanes("Lanes of every processor that does not say otherwise"),
        {.name = "budget",
         .type = OptionType::Size,
         .summary = "Memory for records on their way; sources wait when it is used up",
         .default_text = "64MiB",
         .min = "64KiB"},
        duration("start_deadline", "A plugin that takes longer to start ends the process", "30s"),
        duration("shutdown_grace", "Time to drain after intake has stopped", "25s"),
        {.name = "key",
         .type = OptionType::Secret,
         .summary = "Secret of the keyed hash of patient and device ids; keep it stable",
         .example = "!secret file:secrets/pipeline.key"},
        storage(),
        any("vars", "Variables of this file: ${name}"),
        any("include", "Fragments whose nodes are added"),
        any("tables", "Code sets and maps that nodes look up, by name"),
        any("nodes", "Sources, processors and sinks by name"),
        any("workers", "Processes that the nodes are spread over, by name"),
        links(),
        any("tests", "Tests that run offline: aorta test")};
}

std::vector<Option> worker_keys() {
    Option nodes = list_of_texts("nodes", "Nodes that run there; each node in one worker");
    nodes.example = "decode";
    return {text("summary", "What the worker is for, in one line"), required(std::move(nodes))};
}

std::vector<Option> node_keys(Kind kind) {
    std::vector<Option> out;
    if (kind == Kind::Source) {
        out.push_back(ack());
    } else {
        out.push_back(list_of_texts("from", "Where its records come from: node or node.port"));
        out.back().required = true;
        out.back().example = "decode";
    }
    if (kind != Kind::Source) {
        std::vector<std::string> actions = {"dead_letter", "drop", "stop"};
        if (kind == Kind::Sink) {
            actions.insert(actions.end(), {"retry", "hold_key"});
        }
        out.push_back(
            choice("on_error", "What happens to a record that could not be worked on", actions));
        out.push_back(lanes("Serial copies of the node, records split by key"));
    }
    if (kind == Kind::Processor) {
        out.push_back(isolation());
    }
    if (kind == Kind::Sink) {
        out.push_back(retry());
        out.push_back({.name = "required",
                       .type = OptionType::Bool,
                       .summary = "Whether the answer of level `delivered` waits for this sink",
                       .default_text = "true"});
        out.push_back(choice("buffer",
                             "Where records wait for this sink: in memory (the default), which "
                             "holds up the sources when it is "
                             "full, or on disk, in an outbox of the storage",
                             {"memory", "disk"}));
    }
    out.push_back(any("with", "Options of the plugin"));
    return out;
}

std::string_view plugin_key(Kind kind) {
    switch (kind) {
        case Kind::Source:
            return "source";
        case Kind::Processor:
            return "process";
        case Kind::Sink:
            return "sink";
    }
    return "process";
}

std::vector<Option> include_keys() {
    return {required({.name = "file",
                      .type = OptionType::Path,
                      .summary = "Fragment, within the pipeline's folder"}),
            required(text("as", "Prefix of the names of its nodes")),
            any("with", "Values of its parameters")};
}

std::vector<Option> fragment_keys() {
    return {text("summary", "What the fragment is for, in one line"),
            {.name = "parameters",
             .type = OptionType::Map,
             .summary = "What the including file may give: ${name}"},
            any("include", "Further fragments"),
            any("nodes", "Sources, processors and sinks by name")};
}

std::vector<Option> table_keys() {
    return {
        text("summary", "What the table is for, in one line"),
        {.name = "file",
         .type = OptionType::Path,
         .summary = "CSV (or .yaml) relative to the pipeline's folder; loaded anew when it changes",
         .example = "tables/loinc.csv"},
        any("rows", "The rows themselves: a map by key, or a list of maps"),
        list_of_texts("key", "Columns that find a row; without it the first column"),
        {.name = "separator",
         .type = OptionType::Text,
         .summary = "Between the cells of a CSV file",
         .default_text = ",",
         .one_of = {",", ";", "\t", "|"}},
        {.name = "default",
         .type = OptionType::Map,
         .summary = "Cells that stand in when a key is not in the table",
         .item = OptionType::Any},
        choice("on_missing",
               "What becomes of a key that is not in the table; reject, or default if there is one",
               {"reject", "keep", "empty", "default"})};
}

std::vector<Option> test_keys() {
    Option stub{.name = "stub",
                .type = OptionType::Map,
                .summary = "Sinks that are replaced by a peer with the given outcomes",
                .item = OptionType::Any};
    Option inject{
        .name = "inject",
        .type = OptionType::List,
        .summary = "What goes in, step by step",
        .required = true,
        .fields = {text("at", "Source"),
                   {.name = "file", .type = OptionType::Path, .summary = "File with the bytes"},
                   text("text", "The bytes themselves"),
                   {.name = "advance",
                    .type = OptionType::Duration,
                    .summary = "Lets time pass",
                    .example = "5m"}}};
    Option expect{
        .name = "expect",
        .type = OptionType::List,
        .summary = "What must come out",
        .required = true,
        .fields = {
            choice("ack", "Answer to the sender", {"AA", "AE", "AR", "CA", "CE", "CR", "none"}),
            text("at", "Sink, or dead_letters"),
            {.name = "count", .type = OptionType::Int, .summary = "Number of records", .min = "0"},
            list_of_texts("absent", "Texts that no record holds, nor the reply to the sender"),
            list_of_texts("contains", "Texts that some record holds, or the reply to the sender"),
            {.name = "golden",
             .type = OptionType::Path,
             .summary = "File with the records expected"},
            list_of_texts("ignore", "Paths that the comparison leaves out")}};
    return {required(text("name", "What the test shows")),
            text("now", "Time at the start, such as 2026-03-29T01:30:00Z"),
            std::move(stub),
            std::move(inject),
            std::move(expect)};
}

}  // namespace aorta::config
