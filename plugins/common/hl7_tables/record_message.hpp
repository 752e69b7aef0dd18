// The HL7 v2 message of a record: through the decoder's index, or through one made here.
#pragma once

#include "common/hl7/message.hpp"
#include "common/hl7/reason.hpp"

#include <aorta/sdk.hpp>

#include <stdexcept>

namespace aorta::hl7_tables {

/// The rejection for an error of the HL7 v2 libraries. `reasons` are those of the plugin's
/// descriptor: the verdict's id is theirs, as the error does not live until the host reads it.
inline Verdict reject(const Error& error, Array<Reason> reasons) {
    for (const Reason& reason : reasons) {
        if (reason.id == hl7::reason_id(error)) {
            return Verdict::reject(reason.id, error.where);
        }
    }
    throw std::logic_error("an error whose reason the plugin does not declare");
}

/// Reads the messages of one record after the other. One thread at a time.
class RecordMessages {
public:
    explicit RecordMessages(const Host& host) : view_type_(host.intern(hl7::kIndexView)) {}

    /// Valid until the next call, or until the record's payload changes. Fails as
    /// IndexBuilder::build does; then the record is no HL7 v2 message.
    Result<hl7::Message> open(const Record& record) {
        const auto block = record.view(view_type_);
        if (!block.empty()) {
            const auto view = hl7::IndexView::open(block.data(), block.size(), record.payload());
            if (view.ok()) {
                return hl7::Message{record.payload(), *view};
            }
        }
        if (const Result<void> built = builder_.build(record.payload()); !built.ok()) {
            return built.error();
        }
        return hl7::Message{record.payload(), builder_.view()};
    }

    /// Gives a record the index of its payload. Fails as open does.
    Result<void> attach(Record& record) {
        if (const Result<void> built = builder_.build(record.payload()); !built.ok()) {
            return built.error();
        }
        builder_.copy_to(record.new_view(view_type_, builder_.block_size()));
        return {};
    }

private:
    std::uint32_t view_type_;
    hl7::IndexBuilder builder_;
};

}  // namespace aorta::hl7_tables
