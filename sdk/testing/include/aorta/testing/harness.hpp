// A host for tests: runs one plugin as aorta would, and watches that it keeps the rules of abi.h.
//
// Harness is for a plugin's own tests: open it, put records in, look at what comes out.
// check_plugin is the compliance test: a fixed set of hard cases, for any plugin, that every plugin
// should pass. Both need nothing of aorta but this library.
#pragma once

#include <aorta/abi.h>
#include <aorta/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::testing {

/// A rule that the plugin broke: `rule` such as "verdict.missing", `message` what happened.
struct Finding {
    std::string rule;
    std::string message;

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// One finding a line, "rule: message".
std::string to_text(const std::vector<Finding>& findings);

/// The visible state of a record, to put in or as it came out.
struct Record {
    std::string payload = {};
    std::string content_type = {};  ///< in: empty means the plugin's first input type
    std::map<std::string, std::string> attributes = {};
    std::string view_type = {};   ///< name of the parsed view, empty: none
    std::string view = {};        ///< its bytes
    std::string identifier = {};  ///< out: what the plugin gave to set_key
    std::int64_t event_time_ns = 0;
    std::string port = {};  ///< out: the port's name
};

/// What a processor said of one record.
struct Outcome {
    std::uint32_t verdict = AORTA_NO_VERDICT;  ///< AORTA_PASS …
    ErrorCode code = ErrorCode::Ok;            ///< of AORTA_FAIL
    std::string reason = {};
    std::string where = {};
    Record record = {};                ///< as it is now; its port when it passed
    std::vector<Record> emitted = {};  ///< its children, the first 1000 or 64 MiB
};

/// How a sink ended one record.
struct Completion {
    ErrorCode code = ErrorCode::Ok;
    std::string reason = {};
    std::string where = {};
    bool dead_lettered = false;
    std::string reply = {};  ///< the peer's answer that it gave
};

/// A record that a source pushed.
struct Pushed {
    Record record;
    std::uint64_t position = 0;
    std::uint64_t connection = 0;
};

/// A table of the pipeline, as `tables:` would give it.
struct Table {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows = {};
    std::vector<std::string> key = {};       ///< empty: the first column
    std::vector<std::string> defaults = {};  ///< one cell a column, or none at all
    std::uint32_t on_missing = 0;            ///< AORTA_MISSING_… of ext/tables.h
};

/// One running instance in a host of its own. Wall and steady clock stand still for processors and
/// move by advance(); for sources and sinks they are real. One thread.
class Harness {
public:
    /// Loads the plugin (for ever), makes an instance and starts it. `options` is what stands under
    /// `with:`, as JSON or YAML in flow style: "{ max: 5s }"; defaults are filled in.
    static Result<std::unique_ptr<Harness>> open(const std::filesystem::path& plugin,
                                                 std::string_view options = "{}",
                                                 std::vector<Table> tables = {});
    static Result<std::unique_ptr<Harness>> open(const aorta_plugin_entry& plugin,
                                                 std::string_view options = "{}",
                                                 std::vector<Table> tables = {});

    Harness(const Harness&) = delete;
    Harness& operator=(const Harness&) = delete;
    /// Stops and destroys the instance.
    ~Harness();

    /// Processors: one batch. One outcome a record, AORTA_ABSORB for those that are held.
    std::vector<Outcome> process(const std::vector<Record>& batch);
    Outcome process(std::string_view payload);

    /// Processors: moves the clocks, and calls on_timer if its alarm is due. Returns the outcomes
    /// of held records that were given back.
    std::vector<Outcome> advance(std::chrono::nanoseconds time);

    /// Sinks: one batch, and waits until all of it is completed, at most `patience`.
    std::vector<Completion> deliver(const std::vector<Record>& batch,
                                    std::chrono::milliseconds patience = std::chrono::seconds{10});

    /// Sources: gives credit, acknowledges and settles what comes, until `count` records were
    /// pushed or the source is finished, at most `patience`. Returns what was pushed since the last
    /// call.
    std::vector<Pushed> receive(std::size_t count,
                                std::chrono::milliseconds patience = std::chrono::seconds{10});

    /// The state as bytes (aorta.state/1). NotFound when the plugin has none that could be kept.
    Result<std::string> save();
    /// Gives a new instance a state that `save` of another one gave.
    Result<void> load(std::string_view bytes);

    /// Stops the instance. Returns the outcomes of held records that were given back.
    std::vector<Outcome> stop();

    /// Stops and destroys the instance, and returns every rule that it broke.
    std::vector<Finding> close();

private:
    struct State;
    explicit Harness(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

/// What check_plugin needs to know to get a plugin going.
struct Plan {
    std::string options = "{}";                     ///< `{dir}` in it is a temporary folder
    std::vector<Record> samples = {};               ///< good input: must not be rejected or failed
    std::map<std::string, std::string> files = {};  ///< name and content, put into `{dir}`
    std::filesystem::path before =
        {};  ///< a processor that prepares the samples, such as a decoder
    std::string before_options = "{}";
    std::size_t records = 0;          ///< sources: how many records must come
    bool may_refuse_samples = false;  ///< for sinks whose peer is not there
    std::chrono::milliseconds patience = std::chrono::seconds{10};
};

/// Runs the plugin through the compliance test and returns the rules that it broke. A plugin that
/// crashes, exits or hangs takes this process with it: run it in one that may go.
std::vector<Finding> check_plugin(const std::filesystem::path& plugin, const Plan& plan = {});

}  // namespace aorta::testing
