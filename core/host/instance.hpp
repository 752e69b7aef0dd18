// One live plugin instance.
#pragma once

#include "host/library.hpp"
#include "host/options.hpp"

#include <aorta/abi.h>
#include <aorta/ext/tables.h>
#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::host {

/// Runs the plugin's own look at its options, which starts nothing. Findings go to `diagnostics`;
/// what the plugin throws is a finding, too. `maybe_tables`: those of the pipeline.
void check_options(const Library& library,
                   const config::Value& options,
                   const config::Position& node,
                   config::Diagnostics& diagnostics,
                   const aorta_tables* maybe_tables = nullptr);

/// A node's plugin, from create to destroy. Owns the ABI instance and the options that it was made
/// with; whoever owns it calls stop before the end if start succeeded. The thread rules are those
/// of abi.h; each call catches whatever comes across the border (which no plugin should let) and
/// reports it as Internal: end the node then.
class Instance {
public:
    /// `host` must outlive the instance. Fails with InvalidConfig when the plugin reported why to
    /// `diagnostics`, with Internal when what it made cannot be used.
    static Result<std::unique_ptr<Instance>> create(std::shared_ptr<const Library> library,
                                                    const aorta_host* host,
                                                    config::Value options,
                                                    const config::Position& node,
                                                    config::Diagnostics& diagnostics);

    /// An instance of the process's own that stands for a plugin elsewhere. Destroys it as any
    /// other.
    static std::unique_ptr<Instance> adopt(aorta_instance* made);

    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    ~Instance();

    /// The plugin's code on failure; why is in `diagnostics`.
    Result<void> start(const config::Position& node, config::Diagnostics& diagnostics);
    /// Does nothing unless start has succeeded. `maybe_out` for processors only.
    Result<void> stop(const aorta_out* maybe_out);

    Result<void> process(const aorta_batch& batch);
    Result<void> on_timer(const aorta_out& out, std::int64_t now_ns);
    Result<void> consume(const aorta_batch& batch);
    Result<void> on_credit();
    Result<void> on_ack(std::uint64_t cookie, const aorta_outcome& outcome);
    Result<void> on_settled(std::uint64_t cookie, const aorta_outcome& outcome);
    /// The version of its state; none when it has no state that could be kept.
    std::optional<std::uint32_t> state_version();
    /// Its state as bytes; ResourceExhausted when it is larger than AORTA_STATE_MAX. Where
    /// `process` may be called.
    Result<std::string> save();
    /// InvalidData with the plugin's reason when it does not take them. Where `process` may be
    /// called.
    Result<void> load(std::uint32_t version, std::string_view bytes);
    /// Null when it has none.
    const void* get_extension(const char* id);

private:
    Instance(std::shared_ptr<const Library> library, config::Value options);

    std::shared_ptr<const Library> library_;  // null: adopted
    AbiOptions options_;
    aorta_instance* abi_ = nullptr;
    bool is_started_ = false;
};

}  // namespace aorta::host
