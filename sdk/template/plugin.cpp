// Describes the plugin to aorta and connects the logic.
#include "my_plugin.hpp"

#include <aorta/sdk.hpp>

#include <string>

namespace {

constexpr aorta::Option kOptions[] = {{.name = "min_words",
                                       .type = aorta::Type::Int,
                                       .summary = "Records with fewer words are filtered",
                                       .default_value = "1",
                                       .min = "0",
                                       .example = "3"}};

constexpr aorta::Reason kReasons[] = {
    {"my_plugin.too_short", "The record has fewer words than min_words"}};

constexpr aorta::Descriptor kDescriptor = {.id = "my_plugin",
                                           .kind = aorta::Kind::Processor,
                                           .summary = "Counts words into the attribute `words`",
                                           .inputs = "text",
                                           .concurrency = aorta::Concurrency::Stateless,
                                           .reasons = kReasons,
                                           .options = kOptions};

class MyPlugin final : public aorta::Processor {
public:
    MyPlugin(const aorta::Options& options, aorta::Host host)
        : min_words_(static_cast<std::size_t>(options["min_words"].integer())),
          words_(host.intern("words")) {}

    aorta::Verdict process(aorta::Record& record, aorta::Out& /*out*/) override {
        const std::size_t words = my_plugin_logic::count_words(record.payload());
        if (words < min_words_) {
            return aorta::Verdict::drop("my_plugin.too_short");
        }
        record.set_attribute(words_, std::to_string(words));
        return aorta::Verdict::pass();
    }

private:
    std::size_t min_words_;
    std::uint32_t words_;
};

}  // namespace

AORTA_PLUGIN(MyPlugin, kDescriptor);
