// The tree of a record: through the decoder's view, or through one made here.
#pragma once

#include "common/fhir/reason.hpp"
#include "common/fhir/tree_builder.hpp"

#include <aorta/sdk.hpp>

#include <stdexcept>

namespace aorta::fhir {

/// The rejection for an error of this library. `reasons` are those of the plugin's descriptor: the
/// verdict's id is theirs, as the error does not live until the host reads it.
inline Verdict reject(const Error& error, Array<Reason> reasons) {
    for (const Reason& reason : reasons) {
        if (reason.id == reason_id(error)) {
            return Verdict::reject(reason.id, error.where);
        }
    }
    throw std::logic_error("an error whose reason the plugin does not declare");
}

/// Reads the trees of one record after the other. One thread at a time.
class RecordTrees {
public:
    explicit RecordTrees(const Host& host, TreeLimits limits = {})
        : view_type_(host.intern(kTreeView)), builder_(limits) {}

    /// Valid until the next call, or until the record's payload changes. Fails as
    /// TreeBuilder::build does.
    Result<const Tree*> open(const Record& record) {
        const auto block = record.view(view_type_);
        if (!block.empty()) {
            const auto found = Tree::open(block.data(), block.size(), record.payload());
            if (found.ok()) {
                attached_ = *found;
                return &attached_;
            }
        }
        if (const Result<void> built = builder_.build(record.payload()); !built.ok()) {
            return built.error();
        }
        return &builder_.tree();
    }

    /// Gives a record the tree of its payload, which is valid as that of open is. Fails as open
    /// does.
    Result<const Tree*> attach(Record& record) {
        if (const Result<void> built = builder_.build(record.payload()); !built.ok()) {
            return built.error();
        }
        builder_.copy_to(record.new_view(view_type_, builder_.block_size()));
        return &builder_.tree();
    }

private:
    std::uint32_t view_type_;
    TreeBuilder builder_;
    Tree attached_;
};

}  // namespace aorta::fhir
