#include "message/record.hpp"

#include <algorithm>

namespace aorta::message {

Record::Record(Budget* budget) : aorta_record{}, budget_(budget) {
    size = sizeof(aorta_record);
    charge(sizeof(Record));
}

Record::~Record() {
    if (budget_ != nullptr) {
        budget_->release(charged_);
    }
}

void Record::charge(std::uint64_t bytes) {
    charged_ += bytes;
    if (budget_ != nullptr) {
        budget_->charge(bytes);
    }
}

void Record::set_payload(BufferRef payload) {
    payload_ = std::move(payload);
    data = payload_ ? payload_.get()->data : nullptr;
    length = payload_ ? payload_.get()->length : 0;
    set_view({});
}

void Record::share_payload(const Record& other) {
    set_payload(other.payload_);
    set_view(other.view_);
}

void Record::set_view(ViewRef view_block) {
    view_ = std::move(view_block);
    view = view_.get();
}

const Attributes& Record::attributes() const {
    static const Attributes kNone;
    return attributes_ ? *attributes_ : kNone;
}

std::string_view Record::attribute(std::uint32_t name) const {
    for (const auto& [key_name, value] : attributes()) {
        if (key_name == name) {
            return value;
        }
    }
    return {};
}

void Record::set_attribute(std::uint32_t name, std::string_view value) {
    if (!attributes_) {
        attributes_ = std::make_unique<Attributes>();
    }
    // A value that is overwritten stays charged: its memory may stay, too.
    charge(sizeof(Attributes::value_type) + value.size());
    for (auto& [key_name, old] : *attributes_) {
        if (key_name == name) {
            old = value;
            return;
        }
    }
    attributes_->emplace_back(name, value);
}

RecordPtr Record::copy() const {
    auto twin = std::make_unique<Record>(budget_);
    static_cast<aorta_record&>(*twin) = *this;
    twin->payload_ = payload_;
    twin->view_ = view_;
    if (attributes_) {
        twin->attributes_ = std::make_unique<Attributes>(*attributes_);
        twin->charge(charged_ - sizeof(Record));
    }
    if (rejection) {
        twin->rejection = std::make_unique<Rejection>(*rejection);
    }
    twin->share = share.split();
    for (const Share& one : more_shares) {
        twin->more_shares.push_back(one.split());
    }
    return twin;
}

void Record::settle(const Fate& fate) {
    const bool is_sticky = rejection && fate.kind == FateKind::Delivered;
    const Fate settled = is_sticky ? Fate{FateKind::DeadLettered,
                                          rejection->code,
                                          rejection->reason,
                                          rejection->where,
                                          rejection->node}
                                   : fate;
    share.settle(settled);
    for (Share& one : more_shares) {
        one.settle(settled);
    }
}

bool Record::senders_keep_failures() const {
    return share.sender_keeps_failures() &&
           std::all_of(more_shares.begin(), more_shares.end(), [](const Share& one) {
               return one.sender_keeps_failures();
           });
}

void Record::keep_reply(std::uint32_t node, const BufferRef& answer) {
    share.keep_reply(node, answer);
    for (const Share& one : more_shares) {
        one.keep_reply(node, answer);
    }
}

void Record::dissolve() {
    share.dissolve();
    for (Share& one : more_shares) {
        one.dissolve();
    }
}

}  // namespace aorta::message
