#include "base/suggest.hpp"
#include "config/descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace aorta::config {

namespace {

bool is_before(const Catalog::Entry& entry, const std::pair<Kind, std::string_view>& name) {
    return std::pair(entry.descriptor.kind, std::string_view(entry.descriptor.id)) < name;
}

}  // namespace

Result<void> Catalog::add(std::filesystem::path path, Descriptor descriptor) {
    const std::pair<Kind, std::string_view> name(descriptor.kind, descriptor.id);
    const auto place = std::lower_bound(entries_.begin(), entries_.end(), name, is_before);
    if (place != entries_.end() && place->descriptor.kind == descriptor.kind &&
        place->descriptor.id == descriptor.id) {
        return Error{ErrorCode::InvalidConfig,
                     fmt::format("the {} `{}` stands in two files: {} and {}",
                                 to_string(descriptor.kind),
                                 descriptor.id,
                                 place->path.string(),
                                 path.string())};
    }
    entries_.insert(place, {std::move(path), std::move(descriptor)});
    return {};
}

const Catalog::Entry* Catalog::find(Kind kind, std::string_view id) const {
    const auto place =
        std::lower_bound(entries_.begin(), entries_.end(), std::pair(kind, id), is_before);
    const bool found =
        place != entries_.end() && place->descriptor.kind == kind && place->descriptor.id == id;
    return found ? &*place : nullptr;
}

std::string Catalog::hint(Kind kind, std::string_view id) const {
    std::vector<std::string> ids;
    for (const Entry& entry : entries_) {
        if (entry.descriptor.id == id) {
            return fmt::format("`{}` is a {}", id, to_string(entry.descriptor.kind));
        }
        if (entry.descriptor.kind == kind) {
            ids.push_back(entry.descriptor.id);
        }
    }
    return ids.empty() ? fmt::format("no {} plugins were found", to_string(kind))
                       : base::suggestion_hint(id, ids);
}

}  // namespace aorta::config
