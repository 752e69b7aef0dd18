// Paths with placeholders.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::file_sink {

/// A path such as "out/{date}/{attribute:peer}.hl7": a root directory, fixed, and below it a path
/// that each record fills in. Whatever the values are, the path has the components that the text
/// shows: values are reduced to letters, digits, '.', '_' and '-', and never begin with a '.'.
class PathTemplate {
public:
    /// An empty `root` means: the directory part before the first placeholder. With a root, `text`
    /// is relative to it.
    static Result<PathTemplate> parse(std::string_view text, std::string_view root);

    struct Values {
        std::int64_t time_ns = 0;  // since 1970 UTC
        std::string_view id;
        std::span<const std::string_view> attributes;  // as attribute_names()
    };

    /// The path below the root.
    void expand(const Values& values, std::string& out) const;

    const std::string& root() const { return root_; }

    /// The part below the root, as written.
    const std::string& text() const { return text_; }

    const std::vector<std::string>& attribute_names() const { return attribute_names_; }

    bool has_id() const;

private:
    enum class Kind { Text, Date, Hour, Id, Attribute };

    struct Part {
        Kind kind = Kind::Text;
        std::string text = {};      // Kind::Text
        std::size_t attribute = 0;  // Kind::Attribute: index of the name
    };

    Result<void> add_placeholder(std::string_view name);

    std::string root_;
    std::string text_;
    std::vector<Part> parts_;
    std::vector<std::string> attribute_names_;
};

}  // namespace aorta::plugins::file_sink
