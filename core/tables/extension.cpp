#include "tables/extension.hpp"

namespace aorta::tables {
namespace {

constexpr std::uint32_t code_of(OnMissing on_missing) {
    switch (on_missing) {
        case OnMissing::Reject:
            return AORTA_MISSING_REJECT;
        case OnMissing::Keep:
            return AORTA_MISSING_KEEP;
        case OnMissing::Empty:
            return AORTA_MISSING_EMPTY;
        case OnMissing::Default:
            return AORTA_MISSING_DEFAULT;
    }
    return AORTA_MISSING_REJECT;
}

}  // namespace

Extension::Extension(const Store* maybe_store, Content content)
    : store_(maybe_store),
      content_(content),
      abi_{.size = sizeof(aorta_tables),
           .data = this,
           .open =
               [](const aorta_tables* self, aorta_str name) {
                   return static_cast<Extension*>(self->data)->open({name.data, name.size});
               },
           .name =
               [](const aorta_tables* self, std::uint32_t index) {
                   const Store* store = static_cast<Extension*>(self->data)->store_;
                   if (store == nullptr || index >= store->all().size()) {
                       return aorta_str{nullptr, 0};
                   }
                   const std::string& name = store->all()[index].spec().name;
                   return aorta_str{name.data(), name.size()};
               },
           .find =
               [](const aorta_tables* self,
                  const aorta_table* table,
                  const aorta_str* keys,
                  std::uint32_t count) {
                   return static_cast<Extension*>(self->data)->find(table, {keys, count});
               }} {}

const aorta_table* Extension::open(std::string_view name) {
    const LiveTable* live = store_ == nullptr ? nullptr : store_->find(name);
    if (live == nullptr) {
        return nullptr;
    }
    const std::scoped_lock lock(mutex_);
    Open& made = open_.emplace_back();
    made.live = live;
    made.version = live->version();
    made.snapshot = live->current();
    made.size = sizeof(aorta_table);
    made.on_missing = code_of(live->spec().on_missing);
    if (made.snapshot != nullptr) {
        for (const std::string& column : made.snapshot->columns()) {
            made.names.push_back({column.data(), column.size()});
        }
        made.column_count = static_cast<std::uint32_t>(made.names.size());
        made.columns = made.names.data();
        // A later snapshot has the same columns and keys; the first is kept alive by the spec.
        made.key_count = static_cast<std::uint32_t>(made.snapshot->keys().size());
        made.keys = made.snapshot->keys().data();
        made.defaults = live->defaults().empty() ? nullptr : live->defaults().data();
    }
    return &made;
}

const aorta_str* Extension::find(const aorta_table* table, std::span<const aorta_str> keys) const {
    // The plugin got it as const; what lies behind it is ours.
    auto& open = const_cast<Open&>(static_cast<const Open&>(*table));  // NOLINT
    if (content_ == Content::ColumnsOnly) {
        return nullptr;
    }
    if (const std::uint64_t version = open.live->version(); version != open.version) {
        open.version = version;
        open.snapshot = open.live->current();
    }
    return open.snapshot == nullptr ? nullptr : open.snapshot->find(keys);
}

}  // namespace aorta::tables
