// processor.hpp: what a processor is, and what it says of records. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>
#include <aorta/host.hpp>
#include <aorta/options.hpp>
#include <aorta/record.hpp>
#include <aorta/result.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aorta {

/// What a processor says of a record. Reasons are ids that the descriptor declares and live longer
/// than the call.
struct Verdict {
    std::uint32_t kind = AORTA_PASS;
    std::uint32_t port = 0;
    ErrorCode code = ErrorCode::Ok;
    std::string_view reason = {};
    Where where = {};

    static Verdict pass(std::uint32_t port = 0) { return {AORTA_PASS, port}; }

    /// Consumed: its fate is that of the records emitted from it.
    static Verdict emitted() { return {AORTA_EMITTED}; }

    static Verdict drop(std::string_view reason, Where where = {}) {
        return {AORTA_DROP, 0, ErrorCode::Ok, reason, where};
    }

    static Verdict reject(std::string_view reason, Where where = {}) {
        return {AORTA_REJECT, 0, ErrorCode::InvalidData, reason, where};
    }

    static Verdict fail(ErrorCode code, std::string_view reason, Where where = {}) {
        return {AORTA_FAIL, 0, code, reason, where};
    }

    /// After Out::absorb.
    static Verdict absorbed() { return {AORTA_ABSORB}; }
};

/// The way out of a processor, valid during process, on_timer and drain.
class Out {
public:
    Out(const aorta_host* host, const aorta_out* abi, std::uint32_t index)
        : host_(host), abi_(abi), index_(index) {}

    /// Sends a new record, child of the record in process.
    void emit(std::uint32_t port, Draft draft) {
        const detail::AbiDrafts drafts{std::span<Draft>{&draft, 1}};
        abi_->emit(abi_, index_, port, drafts.data()[0]);
    }

    /// Keeps the record in process; return Verdict::absorbed() and resolve it later.
    Record absorb() { return {host_, abi_->absorb(abi_, index_)}; }

    /// Sends a new record, child of held ones.
    void emit_from(std::span<const Record> parents, std::uint32_t port, Draft draft) {
        std::vector<aorta_record*> held;
        for (const Record& parent : parents) {
            held.push_back(parent.abi());
        }
        const detail::AbiDrafts drafts{std::span<Draft>{&draft, 1}};
        abi_->emit_held(
            abi_, held.data(), static_cast<std::uint32_t>(held.size()), port, drafts.data()[0]);
    }

    /// Gives a held record back.
    void resolve(const Record& held, const Verdict& verdict) {
        const std::uint32_t extra =
            verdict.kind == AORTA_FAIL ? static_cast<std::uint32_t>(verdict.code) : verdict.port;
        abi_->resolve(abi_,
                      held.abi(),
                      verdict.kind,
                      extra,
                      to_abi(verdict.reason),
                      to_abi(verdict.where.text()));
    }

private:
    const aorta_host* host_;
    const aorta_out* abi_;
    std::uint32_t index_;
};

/// Derive, implement process, construct from (const Options&, Host).
/// A static `void check(const Options&, Diagnostics&)` may look at options before anything starts.
///
/// A processor that remembers something between records can have it kept over a restart (see
/// ext/state.h): it declares `static constexpr std::uint32_t kStateVersion`, `void
/// save(StateWriter&) const` and `Result<void> load(StateReader&, std::uint32_t version)`, on the
/// thread of `process`. Then its decisions must follow from records, their order and
/// Host::steady_of alone.
class Processor {
public:
    Processor() = default;
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;
    virtual ~Processor() = default;

    /// One record, one verdict. One thread at a time.
    virtual Verdict process(Record& record, Out& out) = 0;

    /// The alarm of Host::set_timer. `steady` is Host::steady().
    virtual void on_timer(Out& /*out*/, Nanoseconds /*steady*/) {}

    /// The pipeline is stopping: resolve every held record.
    virtual void drain(Out& /*out*/) {}
};

}  // namespace aorta
