// The walk over the tokens of a JSON text that makes nodes of them. TreeBuilder's.
#pragma once

#include "common/fhir/tree.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// Walks one text after the other, reusing its memory. One thread at a time.
class TreeWalk {
public:
    explicit TreeWalk(std::uint32_t max_depth) : frames_(std::size_t{max_depth} + 1) {}

    /// Makes nodes of the tokens that StructureScanner found in the text, as many as `nodes` has
    /// room for; returns their number. Fails as TreeBuilder::build does.
    Result<std::uint32_t> run(std::string_view text,
                              std::span<const std::uint32_t> tokens,
                              std::span<Node> nodes);

private:
    /// An object or array that is open. The first frame stands for the text itself.
    struct Frame {
        std::uint32_t node = 0;
        std::uint32_t names = 0;
        std::uint64_t seen = 0;  ///< a bit for the hash of each name
        Kind kind = Kind::Null;
        bool is_checked_at_end = false;  ///< many names, or escapes in them
    };

    /// A name of an object and the node of its value.
    struct Name {
        std::string_view text;
        std::uint32_t node;
    };

    // Each takes what the text must have next. False: error_ says why not.
    bool read_value();
    bool read_scalar(Node& node);
    bool read_name();
    bool read_ends();
    bool open(Kind kind);
    bool close();
    bool read_string(std::uint32_t begin, std::uint32_t end, bool& has_escapes);

    bool is_new_name(Frame& frame, std::string_view name);
    bool are_names_unique(const Frame& frame);

    bool fail(std::string_view reason, std::string_view text, std::size_t offset);

    /// The first byte of the next token; 0 behind the last.
    char peek() const { return token_ == tokens_end_ ? '\0' : text_[*token_]; }

    std::size_t place() const { return token_ == tokens_end_ ? text_.size() : *token_; }

    std::uint32_t token_end() const;

    std::string_view text_;
    const std::uint32_t* token_ = nullptr;
    const std::uint32_t* tokens_end_ = nullptr;
    std::span<Node> nodes_;
    std::uint32_t count_ = 0;
    std::size_t next_backslash_ = 0;
    Node member_;  // has the name of the member whose value comes next
    std::vector<Frame> frames_;
    Frame* frame_ = nullptr;
    std::vector<Name> names_;
    Error error_;
};

}  // namespace aorta::fhir
