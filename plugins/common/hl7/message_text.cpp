#include "common/hl7/message_text.hpp"

namespace aorta::hl7 {
namespace {

constexpr std::size_t kCharsetField = 18;

}  // namespace

const CharsetChoice& MessageText::choice() {
    if (choice_) {
        return *choice_;
    }
    choice_ = choice_of(utf8());
    if (message_) {
        const std::string_view payload = message_->payload();
        const CharsetChoice said =
            read_charset(message_->field(0, kCharsetField), message_->delimiters().repetition);
        const bool is_believed =
            said.kind == CharsetChoice::Kind::Known && (!said.is_plain() || is_ascii(payload));
        if (is_believed) {
            choice_ = said;
        } else if (!is_ascii(payload)) {
            choice_ = choice_of(guess_charset(payload));
        }
    }
    return *choice_;
}

void MessageText::to_utf8(std::string& text) {
    if (is_ascii(text) || choice().is_utf8()) {
        return;
    }
    scratch_.clear();
    if (transcoder_.to_utf8(text, choice(), scratch_).ok()) {
        text = scratch_;
    }
}

bool MessageText::from_utf8(std::string& text) {
    if (is_ascii(text) || choice().is_utf8()) {
        return true;
    }
    scratch_.clear();
    // Bytes of a set that hides delimiters cannot stand among those of an indexed message.
    if (choice().hides_delimiters() || !transcoder_.from_utf8(text, choice(), scratch_).ok()) {
        return false;
    }
    text = scratch_;
    return true;
}

}  // namespace aorta::hl7
