// Option trees for tests.
#pragma once

#include <aorta/sdk.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::testing {

/// A value of a pipeline's options; keep it alive while `options()` is used.
class Value {
public:
    static Value text(std::string value) {
        Value made;
        made.text_ = std::make_unique<std::string>(std::move(value));
        made.abi_->type = AORTA_STRING;
        made.abi_->text = to_abi(*made.text_);
        return made;
    }

    static Value integer(std::int64_t value) {
        Value made;
        made.abi_->type = AORTA_INT;
        made.abi_->integer = value;
        return made;
    }

    template <class... Items>
    static Value list(Items... items) {
        Value made;
        made.abi_->type = AORTA_LIST;
        (made.add(std::move(items)), ...);
        return made;
    }

    static Value map() {
        Value made;
        made.abi_->type = AORTA_MAP;
        return made;
    }

    Value&& with(std::string_view key, Value item) && {
        keys_.push_back(to_abi(key));  // keys are literals
        abi_->keys = keys_.data();
        add(std::move(item));
        return std::move(*this);
    }

    Options options() const { return Options{abi_.get()}; }

private:
    void add(Value item) {
        items_.push_back(item.abi_.get());
        kept_.push_back(std::move(item));
        abi_->items = items_.data();
        abi_->count = items_.size();
    }

    std::unique_ptr<aorta_value> abi_ =
        std::make_unique<aorta_value>(aorta_value{.size = sizeof(aorta_value)});
    std::unique_ptr<std::string> text_;
    std::vector<const aorta_value*> items_;
    std::vector<aorta_str> keys_;
    std::vector<Value> kept_;
};

}  // namespace aorta::testing
