// Puts what arrives into the pipeline's dead letters.
#include <aorta/ext/dead_letters.h>
#include <aorta/sdk.hpp>

namespace aorta::plugins::dead_letter {
namespace {

class DeadLetter : public Sink {
public:
    DeadLetter(const Options& /*options*/, Host host)
        : host_(host), store_(host.extension<aorta_dead_letters>(AORTA_EXT_DEAD_LETTERS)) {}

    Result<void> start() override {
        if (store_ == nullptr) {
            return Error{ErrorCode::Unavailable, "this host keeps no dead letters"};
        }
        return {};
    }

    void consume(std::span<const Delivery> deliveries) override {
        for (const Delivery& delivery : deliveries) {
            store_->store(host_.abi(), delivery.record().abi());
        }
    }

private:
    Host host_;
    const aorta_dead_letters* store_;
};

constexpr Descriptor kDescriptor{
    .id = "dead_letter",
    .kind = Kind::Sink,
    .summary = "Puts records into the pipeline's dead letters, with the reason they came with",
    .status = Status::Stable,
    .completion = Completion::Durable};

}  // namespace
}  // namespace aorta::plugins::dead_letter

AORTA_PLUGIN(aorta::plugins::dead_letter::DeadLetter, aorta::plugins::dead_letter::kDescriptor);
