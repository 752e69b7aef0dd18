// Text to a FHIR path's program, by recursive descent. Internal.
#pragma once

#include "common/fhir/path_program.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::fhir {

/// Parses one path. Use once.
class PathParser {
public:
    explicit PathParser(std::string_view text) : text_(text) {}

    Result<PathProgram> parse();
    /// The path that the text begins with; at() is then behind it.
    Result<PathProgram> parse_front();

    std::size_t at() const { return at_; }

private:
    // Every rule gives the node it made. After a failure the value means nothing.
    PathNodeId implies_rule();
    PathNodeId or_rule();
    PathNodeId and_rule();
    PathNodeId equality();
    PathNodeId inequality();
    PathNodeId type_test();
    PathNodeId unary();
    PathNodeId term();
    PathNodeId steps(PathNodeId input);
    PathNodeId first_name();
    PathNodeId invocation(PathNodeId input);
    PathNodeId call(std::string_view name, PathNodeId input, std::size_t offset);
    PathNodeId argument(std::string_view function);
    PathNodeId quoted();
    PathNodeId number(bool is_negative);
    PathNodeId date();

    std::string identifier();
    std::string type_name();
    std::int64_t whole_number();
    bool read_escape(std::string& out);

    PathNodeId add(PathNode node);
    PathNodeId add_binary(PathOp op, PathNodeId left, PathNodeId right);
    std::uint16_t add_text(std::string text);
    PathNodeId fail(std::size_t offset, std::string message);
    Result<PathProgram> finish(PathNodeId root);

    void skip_space();
    bool accept(std::string_view symbol);
    bool accept_word(std::string_view word);
    void expect(char c);

    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    std::string_view text_;
    std::size_t at_ = 0;
    PathProgram program_;
    std::size_t depth_ = 0;
    std::optional<Error> error_;
};

}  // namespace aorta::fhir
