// Extension: the tables of a store as one plugin sees them, over the ABI.
#pragma once

#include "tables/store.hpp"

#include <aorta/ext/tables.h>

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace aorta::tables {

/// Belongs to one node (or one `check`). `open` from any thread, each opened table used by one.
class Extension {
public:
    enum class Content { Rows, ColumnsOnly };

    /// `maybe_store` outlives it; null: there are no tables.
    explicit Extension(const Store* maybe_store, Content content = Content::Rows);
    Extension(const Extension&) = delete;
    Extension& operator=(const Extension&) = delete;
    ~Extension() = default;

    const aorta_tables* abi() const { return &abi_; }

private:
    /// A table that a plugin has open, with the snapshot that it reads.
    struct Open : aorta_table {
        const LiveTable* live = nullptr;
        std::uint64_t version = 0;
        std::shared_ptr<const Table> snapshot;
        std::vector<aorta_str> names;
    };

    const aorta_table* open(std::string_view name);
    const aorta_str* find(const aorta_table* table, std::span<const aorta_str> keys) const;

    const Store* store_;
    const Content content_;
    aorta_tables abi_;
    std::mutex mutex_;  // guards open_, not what is in it
    std::deque<Open> open_;
};

}  // namespace aorta::tables
