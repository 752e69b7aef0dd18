// The plugin of isolated_bench: passes everything.
#include <aorta/sdk.hpp>

namespace {

constexpr aorta::Descriptor kDescriptor = {
    .id = "noop", .kind = aorta::Kind::Processor, .summary = "Passes everything"};

class Noop final : public aorta::Processor {
public:
    Noop(const aorta::Options& /*options*/, aorta::Host /*host*/) {}

    aorta::Verdict process(aorta::Record& /*record*/, aorta::Out& /*out*/) override {
        return aorta::Verdict::pass();
    }
};

}  // namespace

AORTA_PLUGIN(Noop, kDescriptor);
