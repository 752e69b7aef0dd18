#include "pipeline/yaml.hpp"

#include "pipeline/yaml_source.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aorta::pipeline {

namespace {

using config::Position;
using config::Value;
using Type = Value::Type;

// Thrown through yaml-cpp to end a document early; the reason is already reported.
struct Stop {};

std::size_t offset_of(const YAML::Mark& mark) {
    return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

std::size_t count_nodes(const Value& value) {
    std::size_t count = 1;
    for (const Value& item : value.items) {
        count += count_nodes(item);
    }
    return count;
}

// yaml-cpp's events, gathered into a Value. What yaml-cpp lets pass is refused here.
class Builder : public YAML::EventHandler {
public:
    Builder(const YamlSource& source, const YamlLimits& limits, config::Diagnostics& diagnostics)
        : source_(source), limits_(limits), diagnostics_(diagnostics) {}

    Value result;
    std::optional<Position> last_multiline_quote;

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            stop(place(mark), "a second document begins here", "a file holds one pipeline");
        }
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (is_key_due()) {
            stop(place(mark), "a key is due here, found nothing", "write `key: value`");
        }
        // The mark of an empty value is that of what follows it; the key's place is what helps.
        Position at = place(mark);
        if (!open_.empty()) {
            at = open_.back().key ? open_.back().key->at : open_.back().value.at;
        }
        put({.at = std::move(at)}, anchor);
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        const std::size_t offset = source_.skip_properties(offset_of(mark));
        const Position at = place(mark);
        const std::optional<std::size_t> end = source_.scalar_end(offset, value);
        if (!end) {
            stop(source_.position(offset),
                 "this quote is never closed",
                 "close it in the same line");
        }
        if (source_.is_quote(offset) && source_.spans_lines(offset, *end)) {
            last_multiline_quote = source_.position(offset);
        }
        if (is_key_due()) {
            take_key(value, at, *end);
        } else {
            put(scalar(tag, value, at), anchor);
        }
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (is_key_due()) {
            refuse_key(place(mark));
        }
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            stop(place(mark),
                 "this alias stands within its own anchor",
                 "a value cannot contain itself");
        }
        Value copy = found->second;
        copy.at = place(mark);
        count(count_nodes(copy) - 1, copy.at);  // put counts one
        put(std::move(copy), 0);
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Value::of_list({}), mark, tag, anchor);
    }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Value::of_map(), mark, tag, anchor);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapEnd() override { close(); }

private:
    struct Frame {
        Value value;
        YAML::anchor_t anchor = 0;
        std::optional<Value::Key> key = {};  // read, its value is due
        bool drops_value = false;            // the key was refused
        std::unordered_map<std::string, Position> seen = {};
    };

    Position place(const YAML::Mark& mark) const { return source_.position(offset_of(mark)); }

    [[noreturn]] void stop(const Position& at, std::string message, std::string hint) {
        diagnostics_.error(at, std::move(message), std::move(hint));
        throw Stop{};
    }

    bool is_key_due() const {
        return !open_.empty() && open_.back().value.is(Type::Map) && !open_.back().key.has_value();
    }

    [[noreturn]] void refuse_key(const Position& at) {
        stop(at, "a key is a plain text", "write `key: value`");
    }

    void take_key(const std::string& name, const Position& at, std::size_t end) {
        Frame& frame = open_.back();
        frame.key = {.name = name, .at = at};
        frame.drops_value = true;
        if (!source_.is_colon_next(end)) {
            diagnostics_.error(at,
                               fmt::format("`{}` is no key: there is no colon behind it", name),
                               "write `key: value`");
        } else if (name == "<<") {
            diagnostics_.error(
                at,
                "merge keys are not supported",
                "write the keys out; for nodes of one shape use `include` with parameters");
        } else if (const auto [first, is_new] = frame.seen.emplace(name, at); !is_new) {
            diagnostics_.error(at,
                               fmt::format("the key `{}` stands twice", name),
                               fmt::format("it stands in line {} already", first->second.line));
        } else {
            frame.drops_value = false;
        }
    }

    Value scalar(const std::string& tag, const std::string& text, const Position& at) {
        Value out;
        if (tag == "?") {
            out = config::resolve_plain(text);
        } else if (tag == "!secret") {
            out = {.type = Type::Secret, .text = text};
        } else {
            check_tag(tag, at);
            out = Value::of_text(text);
        }
        out.at = at;
        return out;
    }

    void check_tag(const std::string& tag, const Position& at) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            diagnostics_.error(
                at, fmt::format("the tag `{}` is not known", tag), "the only tag is !secret");
        }
    }

    void count(std::size_t nodes, const Position& at) {
        nodes_ += nodes;
        if (nodes_ > limits_.max_nodes) {
            stop(at,
                 fmt::format("more than {} values in one file", limits_.max_nodes),
                 "aliases count as often as they are used");
        }
    }

    void open(Value value, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        value.at = place(mark);
        if (is_key_due()) {
            refuse_key(value.at);
        }
        check_tag(tag, value.at);
        if (open_.size() >= limits_.max_depth) {
            stop(value.at, fmt::format("nested deeper than {}", limits_.max_depth), {});
        }
        open_.push_back({.value = std::move(value), .anchor = anchor});
    }

    void close() {
        Frame frame = std::move(open_.back());
        open_.pop_back();
        put(std::move(frame.value), frame.anchor);
    }

    void put(Value value, YAML::anchor_t anchor) {
        count(1, value.at);
        if (anchor != 0) {
            count(count_nodes(value), value.at);  // what is kept for aliases is paid for
            anchors_[anchor] = value;
        }
        if (open_.empty()) {
            result = std::move(value);
            return;
        }
        Frame& frame = open_.back();
        if (frame.value.is(Type::List)) {
            frame.value.items.push_back(std::move(value));
            return;
        }
        if (!frame.drops_value) {
            frame.value.keys.push_back(std::move(*frame.key));
            frame.value.items.push_back(std::move(value));
        }
        frame.key.reset();
    }

    const YamlSource& source_;
    const YamlLimits& limits_;
    config::Diagnostics& diagnostics_;
    std::vector<Frame> open_;
    std::map<YAML::anchor_t, Value> anchors_;
    std::size_t nodes_ = 0;
    std::size_t documents_ = 0;
};

std::string hint_for(const std::string& message, const Builder& builder) {
    if (builder.last_multiline_quote) {
        return fmt::format(
            "the quote opened in line {} goes on over lines: is it closed where it should be?",
            builder.last_multiline_quote->line);
    }
    if (message == "illegal map value") {
        return "a colon stands where no value can begin: check the indentation, or put the text in "
               "quotes";
    }
    if (message.starts_with("end of map") || message.starts_with("end of sequence")) {
        return "check the indentation, and that brackets and quotes are closed";
    }
    return {};
}

}  // namespace

config::Value parse_yaml(std::string_view text,
                         const std::string& file,
                         config::Diagnostics& diagnostics,
                         const YamlLimits& limits) {
    if (text.size() > limits.max_bytes) {
        diagnostics.error({.file = file},
                          fmt::format("the file is larger than {} bytes", limits.max_bytes));
        return {};
    }
    const YamlSource source(text, file);
    if (!source.check(diagnostics)) {
        return {};
    }
    Builder builder(source, limits, diagnostics);
    try {
        std::istringstream stream{std::string(source.text())};
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        parser.HandleNextDocument(builder);  // reports a second document
    } catch (const Stop&) {  // NOLINT(bugprone-empty-catch): reported where it was thrown
    } catch (const YAML::Exception& error) {
        const bool has_place = !error.mark.is_null();
        diagnostics.error(
            has_place ? source.position(offset_of(error.mark)) : Position{.file = file},
            "not YAML: " + error.msg,
            hint_for(error.msg, builder));
        return {};
    }
    return std::move(builder.result);
}

}  // namespace aorta::pipeline
