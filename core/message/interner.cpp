#include "message/interner.hpp"

namespace aorta::message {

std::uint32_t Interner::intern(std::string_view name) {
    if (name.empty()) {
        return 0;
    }
    const std::scoped_lock lock(mutex_);
    if (const auto found = ids_.find(name); found != ids_.end()) {
        return found->second;
    }
    const std::string& kept = names_.emplace_back(name);
    const auto id = static_cast<std::uint32_t>(names_.size());
    ids_.emplace(kept, id);
    return id;
}

std::string_view Interner::name(std::uint32_t id) const {
    const std::scoped_lock lock(mutex_);
    return id == 0 || id > names_.size() ? std::string_view{} : std::string_view{names_[id - 1]};
}

}  // namespace aorta::message
