// The fields of a document for conditions.
#pragma once

#include "common/expression/hl7_fields.hpp"
#include "edit/hl7v2/document.hpp"

namespace aorta::plugins::edit {

/// As expression::Hl7Fields, over a document that changes between evaluations. Borrows all.
class DocumentFields final : public expression::Fields {
public:
    DocumentFields(const Document& document,
                   expression::Attributes& attributes,
                   hl7::MessageText& text)
        : document_(document), attributes_(attributes), text_(text) {}

    expression::Value read(const expression::Path& path,
                           const expression::Cursor& at,
                           expression::Scratch& scratch) override;
    bool next(const expression::Path& set,
              const expression::Cursor& outer,
              expression::Cursor& element) override;

private:
    expression::Value decoded(hl7::Value value, expression::Scratch& scratch) const;

    const Document& document_;
    expression::Attributes& attributes_;
    hl7::MessageText& text_;
};

}  // namespace aorta::plugins::edit
