// Which public keys are known, and whose they are.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::zmq {

/// Keys in Z85: 40 characters. [any thread, one mutex]
class AllowList {
public:
    /// Replaces all that was listed.
    void set(const std::map<std::string, std::vector<std::string>>& workers);
    /// The worker that the key is of.
    std::optional<std::string> worker_of(std::string_view public_key) const;

private:
    mutable std::mutex mutex_;  // guards workers_
    std::map<std::string, std::string, std::less<>> workers_;
};

}  // namespace aorta::zmq
