// The calls of a batch (aorta_out): what a plugin says while it runs in a stage.
#include "graph/stage.hpp"

#include <aorta/text.hpp>

#include <utility>

namespace aorta::graph {
namespace {

using message::Record;
using message::RecordPtr;
using message::Share;

}  // namespace

struct Stage::Calls {
    static Stage& of(const aorta_out* out) { return *static_cast<Stage*>(out->data); }

    static void verdict(const aorta_out* out,
                        std::uint32_t index,
                        std::uint8_t kind,
                        Detail given) {
        Stage& self = of(out);
        if (self.batch_ == nullptr || index >= self.verdicts_.size()) {
            self.misbehaved("a verdict for a record that is not in the batch");
            return;
        }
        self.verdicts_[index] = kind;
        self.detail(index) = std::move(given);
    }

    static Detail detail(const aorta_out* out,
                         std::uint32_t code,
                         aorta_str reason,
                         aorta_str where) {
        return {0,
                code,
                std::string{of(out).reasons().checked(from_abi(reason))},
                std::string{from_abi(where)}};
    }

    static void pass(const aorta_out* out, std::uint32_t index, std::uint32_t port) {
        verdict(out, index, AORTA_PASS, {port, 0, {}, {}});
    }

    static void drop(const aorta_out* out, std::uint32_t index, aorta_str reason, aorta_str where) {
        verdict(out, index, AORTA_DROP, detail(out, AORTA_OK, reason, where));
    }

    static void reject(const aorta_out* out,
                       std::uint32_t index,
                       aorta_str reason,
                       aorta_str where) {
        verdict(out, index, AORTA_REJECT, detail(out, AORTA_INVALID_DATA, reason, where));
    }

    static void fail(const aorta_out* out,
                     std::uint32_t index,
                     std::uint32_t code,
                     aorta_str reason,
                     aorta_str where) {
        verdict(out, index, AORTA_FAIL, detail(out, code, reason, where));
    }

    static aorta_record* absorb(const aorta_out* out, std::uint32_t index) {
        Stage& self = of(out);
        if (self.batch_ == nullptr || index >= self.verdicts_.size() || !(*self.batch_)[index]) {
            self.misbehaved("absorb of a record that is not in the batch");
            return nullptr;
        }
        RecordPtr& record = (*self.batch_)[index];
        aorta_record* held = record.get();
        self.held_.emplace(held, std::move(record));
        self.verdicts_[index] = AORTA_ABSORB;
        self.has_absorbed_ = true;
        return held;
    }

    static void emit(const aorta_out* out,
                     std::uint32_t index,
                     std::uint32_t port,
                     const aorta_draft* draft) {
        Stage& self = of(out);
        Record* parent = self.in_process(index);
        send(self, {index, port, {}, true}, *draft, {&parent, parent == nullptr ? 0U : 1U});
    }

    static void emit_held(const aorta_out* out,
                          aorta_record* const* parents,
                          std::uint32_t count,
                          std::uint32_t port,
                          const aorta_draft* draft) {
        Stage& self = of(out);
        std::vector<Record*> held;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (const auto found = self.held_.find(parents[i]); found != self.held_.end()) {
                held.push_back(found->second.get());
            }
        }
        send(self, {self.current(), port, {}, false}, *draft, held);
    }

    static void send(Stage& self,
                     Sent sent,
                     const aorta_draft& draft,
                     std::span<Record* const> parents) {
        host::NodeContext& context = self.services_.context;
        RecordPtr child = host::make_record(context, draft, parents.empty() ? nullptr : parents[0]);
        if (parents.empty()) {
            self.misbehaved("emit without a parent");
            return;
        }
        Record& first = *parents[0];
        set_child_id(*child, first, self.settings_.node, sent.port, ++first.children);
        child->share = first.share.split();
        for (const Record* parent : parents) {
            if (parent->rejection && !child->rejection) {
                child->rejection = std::make_unique<message::Rejection>(*parent->rejection);
            }
            if (parent != &first) {
                child->more_shares.push_back(parent->share.split());
            }
            for (const Share& share : parent->more_shares) {
                child->more_shares.push_back(share.split());
            }
        }
        sent.record = std::move(child);
        self.send_child(std::move(sent));
    }

    static void resolve(const aorta_out* out,
                        aorta_record* held,
                        std::uint32_t verdict_kind,
                        std::uint32_t port_or_code,
                        aorta_str reason,
                        aorta_str where) {
        Stage& self = of(out);
        auto found = self.held_.extract(held);
        if (found.empty()) {
            self.misbehaved("resolve of a record that is not held");
            return;
        }
        RecordPtr record = std::move(found.mapped());
        if (verdict_kind != AORTA_PASS) {
            self.end(std::move(record), verdict_kind, detail(out, port_or_code, reason, where));
        } else if (self.may_pass(record, port_or_code)) {
            self.sent_.push_back({self.current(), port_or_code, std::move(record)});
        }
    }
};

Stage::Stage(StageSettings settings, Services services)
    : settings_(std::move(settings)),
      services_(std::move(services)),
      out_{.size = sizeof(aorta_out),
           .data = this,
           .pass = Calls::pass,
           .drop = Calls::drop,
           .reject = Calls::reject,
           .fail = Calls::fail,
           .absorb = Calls::absorb,
           .emit = Calls::emit,
           .emit_held = Calls::emit_held,
           .resolve = Calls::resolve} {}

}  // namespace aorta::graph
