#include "base/suggest.hpp"
#include "config/keys.hpp"
#include "config/options.hpp"
#include "pipeline/access.hpp"
#include "pipeline/nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string>
#include <utility>

namespace aorta::pipeline {

namespace {

using config::Kind;
using config::Value;
using Type = Value::Type;
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

constexpr std::string_view kDeadLetters = "dead_letters";

std::optional<int> digits(std::string_view text, std::size_t begin, std::size_t count) {
    int out = 0;
    const char* first = text.data() + begin;
    const auto [end, error] = std::from_chars(first, first + count, out);
    const bool is_number = error == std::errc{} && end == first + count && *first != '-';
    return is_number ? std::optional(out) : std::nullopt;
}

// 2026-03-29T01:30:00Z, UTC only.
std::optional<Time> parse_time(std::string_view text) {
    constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
    if (text.size() != kShape.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        if (kShape[i] != '0' && text[i] != kShape[i]) {
            return std::nullopt;
        }
    }
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
        *second > 59) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    // Nanoseconds of 64 bits reach from 1678 to 2262.
    if (!date.ok() || *year < 1900 || *year > 2200) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second};
}

class TestReader {
public:
    TestReader(const std::vector<NodeDraft>& nodes,
               bool has_all_nodes,
               config::Diagnostics& diagnostics)
        : nodes_(nodes), has_all_nodes_(has_all_nodes), diagnostics_(diagnostics) {}

    TestSpec read(const Value& given) {
        const Value test =
            config::apply_options(with_lists_written_out(given), config::test_keys(), diagnostics_);
        TestSpec out{.name = text_of(test, "name"), .at = given.at};
        if (!out.name.empty() && !names_.insert(out.name).second) {
            diagnostics_.error(given.at, fmt::format("a test named `{}` exists already", out.name));
        }
        if (const Value* now = known(test, "now")) {
            out.now = parse_time(now->text);
            if (!out.now) {
                diagnostics_.error(
                    now->at, "`now` takes a time in UTC", "for example: 2026-03-29T01:30:00Z");
            }
        }
        if (const Value* stub = known(test, "stub")) {
            for (std::size_t i = 0; i < stub->items.size(); ++i) {
                out.stub.push_back(read_stub(stub->keys[i], stub->items[i]));
            }
        }
        for (const Value& step : items_of(test, "inject")) {
            out.inject.push_back(read_inject(step));
        }
        for (const Value& expected : items_of(test, "expect")) {
            out.expect.push_back(read_expect(expected));
        }
        return out;
    }

private:
    // absent: DOE  →  absent: [DOE], and so for the other lists of an expectation.
    static Value with_lists_written_out(Value test) {
        Value* expects = test.find("expect");
        if (expects == nullptr || !expects->is(Type::List)) {
            return test;
        }
        for (Value& expect : expects->items) {
            for (const std::string_view key : {"absent", "contains", "ignore"}) {
                Value* given = expect.find(key);
                if (given != nullptr && given->is_scalar() && !given->is(Type::Null)) {
                    Value list = Value::of_list({*given});
                    list.at = given->at;
                    *given = std::move(list);
                }
            }
        }
        return test;
    }

    static const std::vector<Value>& items_of(const Value& map, std::string_view key) {
        static const std::vector<Value> none;
        const Value* list = known(map, key);
        return list == nullptr ? none : list->items;
    }

    // The name must be one of a node of the kind.
    void check_node(const std::string& name, Kind kind, const config::Position& at) {
        std::vector<std::string> names;
        bool may_be_one = !has_all_nodes_;
        for (const NodeDraft& node : nodes_) {
            if (node.spec.kind == kind) {
                names.push_back(node.spec.name);
            }
            may_be_one = may_be_one || (!node.has_kind && node.spec.name == name);
        }
        if (!may_be_one && std::find(names.begin(), names.end(), name) == names.end()) {
            diagnostics_.error(at,
                               fmt::format("there is no {} `{}`", to_string(kind), name),
                               base::suggestion_hint(name, names));
        }
    }

    static std::optional<StubOutcome> stub_outcome(const Value& given) {
        using Stub = StubOutcome::Kind;
        constexpr std::array<std::pair<std::string_view, Stub>, 4> kWords = {
            {{"ok", Stub::Ok},
             {"fail", Stub::Fail},
             {"timeout", Stub::Timeout},
             {"refuse", Stub::Refuse}}};
        if (const Value* reply = known(given, "reply")) {
            const bool is_file = given.items.size() == 1 && reply->is(Type::String);
            return is_file ? std::optional(StubOutcome{Stub::Ok, reply->text}) : std::nullopt;
        }
        for (const auto& [word, kind] : kWords) {
            if (given.is_scalar() && given.text == word) {
                return StubOutcome{kind, {}};
            }
        }
        return std::nullopt;
    }

    TestStub read_stub(const Value::Key& key, const Value& given) {
        check_node(key.name, Kind::Sink, key.at);
        TestStub out{.node = key.name, .at = key.at};
        const std::vector<Value> words =
            given.is(Type::List) ? given.items : std::vector<Value>{given};
        for (const Value& word : words) {
            if (const auto outcome = stub_outcome(word)) {
                out.outcomes.push_back(*outcome);
            } else {
                diagnostics_.error(word.at,
                                   "a stub answers ok, fail, timeout, refuse or { reply: FILE }",
                                   "for example: [ fail, ok ]");
            }
        }
        if (words.empty()) {
            diagnostics_.error(key.at, "the stub has no answers", "for example: [ fail, ok ]");
        }
        return out;
    }

    TestInject read_inject(const Value& step) {
        TestInject out{
            .at = text_of(step, "at"), .file = text_of(step, "file"), .position = step.at};
        out.advance = duration_of(step, "advance", out.advance);
        const Value* at = step.find("at");
        const Value* text = known(step, "text");
        const bool has_file = step.find("file") != nullptr;
        const bool has_text = step.find("text") != nullptr;
        const bool has_advance = step.find("advance") != nullptr;
        if (text != nullptr) {
            out.text = text->text;
        }
        if (has_file + has_text + has_advance != 1 || has_advance != (at == nullptr)) {
            diagnostics_.error(
                step.at,
                "a step is bytes at a source, or time that passes",
                "write { at: SOURCE, file: … }, { at: SOURCE, text: … } or { advance: 5m }");
        } else if (known(step, "at") != nullptr) {
            check_node(out.at, Kind::Source, at->at);
        }
        return out;
    }

    TestExpect read_expect(const Value& given) {
        TestExpect out{.at = text_of(given, "at"),
                       .absent = texts_of(given, "absent"),
                       .contains = texts_of(given, "contains"),
                       .golden = text_of(given, "golden"),
                       .ignore = texts_of(given, "ignore"),
                       .position = given.at};
        if (const Value* ack = known(given, "ack")) {
            out.ack = ack->text;
        }
        if (const Value* count = known(given, "count")) {
            out.count = count->integer;
        }
        const Value* at = given.find("at");
        const auto asks = [&](std::string_view key) { return given.find(key) != nullptr; };
        const bool asks_records = asks("count") || asks("golden");
        const bool asks_text = asks("absent") || asks("contains");
        const bool is_answer = asks("ack") && at == nullptr && !asks_records;
        const bool is_records = !asks("ack") && at != nullptr && (asks_records || asks_text);
        if (!is_answer && !is_records) {
            diagnostics_.error(
                given.at,
                "an expectation is an answer, or records at a sink",
                "write { ack: AA } or { at: SINK, count: 1 } (or absent, contains, golden)");
        } else if (asks("ignore") && !asks("golden")) {
            diagnostics_.error(given.find("ignore")->at, "`ignore` goes with `golden`");
        } else if (known(given, "at") != nullptr && out.at != kDeadLetters) {
            check_node(out.at, Kind::Sink, at->at);
        }
        return out;
    }

    const std::vector<NodeDraft>& nodes_;
    bool has_all_nodes_;
    config::Diagnostics& diagnostics_;
    std::set<std::string> names_;
};

}  // namespace

std::vector<TestSpec> read_tests(const Value& tests,
                                 const std::vector<NodeDraft>& nodes,
                                 bool has_all_nodes,
                                 config::Diagnostics& diagnostics) {
    std::vector<TestSpec> out;
    if (!tests.is(Type::List)) {
        diagnostics.error(tests.at, "`tests` is a list", "write - name: …");
        return out;
    }
    TestReader reader(nodes, has_all_nodes, diagnostics);
    for (const Value& test : tests.items) {
        out.push_back(reader.read(test));
    }
    return out;
}

}  // namespace aorta::pipeline
