// Takes everything and keeps nothing: for benchmarks, and for branches that only count.
#include <aorta/sdk.hpp>

namespace aorta::plugins::discard {
namespace {

class Discard : public Sink {
public:
    Discard(const Options& /*options*/, const Host& /*host*/) {}

    void consume(std::span<const Delivery> deliveries) override {
        for (const Delivery& delivery : deliveries) {
            delivery.done();
        }
    }
};

constexpr Descriptor kDescriptor{.id = "discard",
                                 .kind = Kind::Sink,
                                 .summary = "Takes records and keeps nothing of them",
                                 .status = Status::Stable,
                                 .handles_phi = false,
                                 .completion = Completion::HandedOver};

}  // namespace
}  // namespace aorta::plugins::discard

AORTA_PLUGIN(aorta::plugins::discard::Discard, aorta::plugins::discard::kDescriptor);
