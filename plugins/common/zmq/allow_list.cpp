#include "common/zmq/allow_list.hpp"

namespace aorta::zmq {

void AllowList::set(const std::map<std::string, std::vector<std::string>>& workers) {
    std::map<std::string, std::string, std::less<>> by_key;
    for (const auto& [worker, keys] : workers) {
        for (const std::string& key : keys) {
            by_key.emplace(key, worker);
        }
    }
    const std::scoped_lock lock(mutex_);
    workers_ = std::move(by_key);
}

std::optional<std::string> AllowList::worker_of(std::string_view public_key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = workers_.find(public_key);
    return found == workers_.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace aorta::zmq
