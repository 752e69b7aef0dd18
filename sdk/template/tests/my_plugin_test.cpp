// Tests without a framework: add yours, or bring the framework that you like.
#include "my_plugin.hpp"

#include <aorta/testing/harness.hpp>

#include <cstdio>
#include <string_view>

namespace {

int failures = 0;

void expect(bool is_true, std::string_view what) {
    if (!is_true) {
        std::fprintf(stderr, "FAILED: %.*s\n", static_cast<int>(what.size()), what.data());
        ++failures;
    }
}

void test_logic() {
    expect(my_plugin_logic::count_words("") == 0, "nothing has no words");
    expect(my_plugin_logic::count_words(" one  two\n") == 2, "spaces do not count");
}

void test_plugin(const char* file) {
    const auto harness = aorta::testing::Harness::open(file, "{ min_words: 2 }");
    if (!harness) {
        expect(false, harness.error().message);
        return;
    }
    const auto passed = (*harness)->process("one two three");
    expect(passed.verdict == AORTA_PASS, "three words pass");
    expect(passed.record.attributes.at("words") == "3", "the words are counted");
    const auto dropped = (*harness)->process("one");
    expect(dropped.verdict == AORTA_DROP, "one word is filtered");
    expect(dropped.reason == "my_plugin.too_short", "and the reason says why");
}

void test_compliance(const char* file) {
    aorta::testing::Plan plan;
    plan.samples = {{.payload = "a sample of good input"}};
    const auto findings = aorta::testing::check_plugin(file, plan);
    expect(findings.empty(), aorta::testing::to_text(findings));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s processor_my_plugin.so\n", argv[0]);
        return 2;
    }
    test_logic();
    test_plugin(argv[1]);
    test_compliance(argv[1]);
    return failures == 0 ? 0 : 1;
}
