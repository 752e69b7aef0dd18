// aorta test: the tests inside pipeline files.
#include "app/loading.hpp"
#include "config/json.hpp"
#include "runtime/tester.hpp"

#include <fmt/format.h>

#include <iterator>

namespace aorta::app {
namespace {

using config::Value;
using runtime::TestResult;

constexpr std::string_view kTestHelp = R"(Examples:
  aorta test results.yaml                     run the tests inside it
  aorta test pipelines/*/pipeline.yaml --json
  aorta test results.yaml --filter name       only tests whose name holds `name`
  aorta test results.yaml --coverage          what did no test reach?
  aorta test results.yaml --update            take what comes as the goldens; then read the diff

Tests run offline, on a virtual clock, on one thread: the real processors between stubbed sources
and sinks. A test looks like this:
  tests:
    - name: no name survives
      inject: [ { at: intake, file: samples/oru.hl7 }, { advance: 5m } ]
      stub:   { store: [ fail, ok ] }
      expect: [ { ack: AA }, { at: store, count: 1, absent: "DOE", golden: expected/store.hl7 } ]
)";

Value json_of(const pipeline::PipelineSpec& spec, const TestResult& result) {
    Value failures = Value::of_list({});
    for (const runtime::TestFailure& failure : result.failures) {
        Value one = Value::of_map();
        one.add("file", Value::of_text(failure.at.file));
        one.add("line", Value::of_int(failure.at.line));
        one.add("column", Value::of_int(failure.at.column));
        one.add("message", Value::of_text(failure.message));
        failures.items.push_back(std::move(one));
    }
    Value whole = Value::of_map();
    whole.add("file", Value::of_text(spec.file.native()));
    whole.add("name", Value::of_text(result.name));
    whole.add("passed", Value::of_bool(result.passed()));
    whole.add("failures", std::move(failures));
    return whole;
}

std::string text_of(const Console& console,
                    const pipeline::PipelineSpec& spec,
                    const TestResult& result) {
    std::string out = fmt::format("{} {}: {}\n",
                                  result.passed() ? console.green("ok    ", Console::Stream::Out)
                                                  : console.red("not ok", Console::Stream::Out),
                                  spec.file.native(),
                                  result.name);
    const auto indented = [&](std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            fmt::format_to(std::back_inserter(out), "       {}\n", text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    };
    for (const runtime::TestFailure& failure : result.failures) {
        indented(fmt::format(
            "{}:{}:{}: {}", failure.at.file, failure.at.line, failure.at.column, failure.message));
    }
    if (!result.passed()) {
        for (const std::string& note : result.notes) {
            indented("note: " + note);
        }
    }
    for (const std::string& file : result.written) {
        indented("wrote " + file);
    }
    return out;
}

class Test final : public Command {
public:
    void declare(Arguments& arguments) override {
        pipelines_.declare(arguments);
        arguments.flag("--update", update_, "Write goldens anew from what comes");
        arguments.flag("--coverage", coverage_, "Name nodes, ports and rules that no test reached");
        arguments.option("--filter", "TEXT", filter_, "Only tests whose name holds the text");
        arguments.flag("--json", json_, "One JSON object on standard output");
    }

    int run(Shell& shell) override {
        LoadedFiles files = load_files(shell, pipelines_, {.opens_storage = false});
        shell.console.err(files.diagnostics.to_text());
        if (files.diagnostics.has_errors()) {
            return kBadConfig;
        }
        // A test provokes what would be worth a warning: only errors are told.
        ConsoleLog log{shell.console, shell.clock, base::LogLevel::Error, base::LogFormat::Text};
        for (LoadedFile& file : files.files) {
            run_file(shell.console, std::move(*file.loaded.spec), log);
        }
        close(shell.console);
        if (passed_ + failed_ == 0 && !filter_.empty()) {
            shell.console.complain(
                fmt::format("--filter {}: no test has that in its name", filter_));
            return kFindings;
        }
        return failed_ == 0 ? kOk : kFindings;
    }

private:
    void run_file(Console& console, pipeline::PipelineSpec spec, base::Log& log) {
        if (spec.tests.empty()) {
            console.err(
                fmt::format("{}: has no tests; write some under `tests:` (see aorta test "
                            "--help)\n",
                            spec.file.native()));
            return;
        }
        runtime::Tester tester{std::move(spec), log, update_};
        for (const pipeline::TestSpec& test : tester.spec().tests) {
            if (test.name.find(filter_) == std::string::npos) {
                continue;
            }
            const TestResult result = tester.run(test);
            ++(result.passed() ? passed_ : failed_);
            if (json_) {
                results_.items.push_back(json_of(tester.spec(), result));
            } else {
                console.out(text_of(console, tester.spec(), result));
            }
        }
        if (coverage_) {
            report_coverage(console, tester);
        }
    }

    void report_coverage(Console& console, const runtime::Tester& tester) {
        const std::vector<std::string> unreached = tester.coverage().unreached();
        Value names = Value::of_list({});
        std::string text = fmt::format("{}: tests reach {} of {} nodes, ports and rules\n",
                                       tester.spec().file.native(),
                                       tester.coverage().size() - unreached.size(),
                                       tester.coverage().size());
        for (const std::string& name : unreached) {
            names.items.push_back(Value::of_text(name));
            text += "       not reached: " + name + "\n";
        }
        if (json_) {
            Value one = Value::of_map();
            one.add("file", Value::of_text(tester.spec().file.native()));
            one.add("points", Value::of_int(static_cast<std::int64_t>(tester.coverage().size())));
            one.add("unreached", std::move(names));
            covered_.items.push_back(std::move(one));
        } else {
            console.out(text);
        }
    }

    void close(Console& console) {
        if (!json_) {
            console.out(passed_ + failed_ == 0
                            ? "no test was run\n"
                            : fmt::format("{} passed, {} failed\n", passed_, failed_));
            return;
        }
        Value whole = Value::of_map();
        whole.add("passed", Value::of_int(passed_));
        whole.add("failed", Value::of_int(failed_));
        whole.add("tests", std::move(results_));
        if (coverage_) {
            whole.add("coverage", std::move(covered_));
        }
        console.out(config::to_json(whole) + "\n");
    }

    PipelineArguments pipelines_;
    bool update_ = false;
    bool coverage_ = false;
    std::string filter_;
    bool json_ = false;
    std::int64_t passed_ = 0;
    std::int64_t failed_ = 0;
    Value results_ = Value::of_list({});
    Value covered_ = Value::of_list({});
};

}  // namespace

const Verb kTestVerb{
    "test", "FILE… [options]", "Run the tests inside pipelines", kTestHelp, make_command<Test>};

}  // namespace aorta::app
