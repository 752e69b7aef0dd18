// Fields of an HL7 v2 message and the attributes of its record.
#pragma once

#include "common/expression/fields.hpp"
#include "common/hl7/message_text.hpp"

#include <optional>
#include <string_view>

namespace aorta::expression {

/// Looks attributes up for expressions.
class Attributes {
public:
    Attributes() = default;
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    Attributes(Attributes&&) = delete;
    Attributes& operator=(Attributes&&) = delete;
    virtual ~Attributes() = default;

    /// Null data when absent. The text lives as long as the record.
    virtual std::string_view find(std::string_view name) = 0;
};

/// Borrows all. Without a message (a record that is not HL7 v2) only attributes have values. Texts
/// are UTF-8, whatever the character set of the message.
class Hl7Fields final : public Fields {
public:
    Hl7Fields(std::optional<hl7::Message> message, Attributes& attributes, hl7::MessageText& text)
        : message_(message), attributes_(attributes), text_(text) {
        if (message) {
            text.begin(*message);
        }
    }

    Value read(const Path& path, const Cursor& at, Scratch& scratch) override;
    bool next(const Path& set, const Cursor& outer, Cursor& element) override;

private:
    bool next_segment(const Path& set, Cursor& element) const;
    bool next_repetition(const Path& set, const Cursor& outer, Cursor& element) const;
    std::optional<std::size_t> find(const hl7::Path& place) const;
    Value decoded(std::string_view raw, Scratch& scratch) const;

    std::optional<hl7::Message> message_;
    Attributes& attributes_;
    hl7::MessageText& text_;
};

}  // namespace aorta::expression
