#include "app/audit.hpp"

#include "config/json.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <array>

namespace aorta::app {
namespace {

using config::Value;

std::string user_name() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> texts{};
    ::getpwuid_r(::getuid(), &entry, texts.data(), texts.size(), &found);
    return found == nullptr ? std::to_string(::getuid()) : found->pw_name;
}

}  // namespace

bool audit(const Shell& shell,
           const std::filesystem::path& folder,
           const std::string& action,
           const std::string& reason,
           const Value& details) {
    Value line = Value::of_map();
    line.add("time", Value::of_text(base::to_rfc3339(shell.clock.now())));
    line.add("user", Value::of_text(user_name()));
    line.add("action", Value::of_text(action));
    for (std::size_t i = 0; i < details.items.size(); ++i) {
        line.add(details.keys[i].name, details.items[i]);
    }
    line.add("reason", Value::of_text(reason));
    const std::string text = config::to_json(line) + "\n";
    const int fd = ::open((folder / "audit.log").c_str(),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                          0600);
    const bool is_written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fdatasync(fd) == 0;
    if (fd >= 0) {
        ::close(fd);
    }
    return is_written;
}

}  // namespace aorta::app
