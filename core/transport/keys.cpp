#include "transport/keys.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace aorta::transport {
namespace {

constexpr std::size_t kKeyChars = 40;
constexpr std::size_t kMostKeys = 2;
constexpr std::uintmax_t kMostBytes = 4'096;
constexpr std::string_view kHead = "aorta link key 1";

Error cannot(const char* doing, const std::filesystem::path& file, int error) {
    return {error == EACCES ? ErrorCode::Denied
                            : (error == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable),
            std::string{"cannot "} + doing + ": " + std::system_category().message(error),
            file.string()};
}

bool is_key(std::string_view text) {
    std::array<std::uint8_t, 32> bytes{};
    const std::string terminated{text};
    return text.size() == kKeyChars && zmq_z85_decode(bytes.data(), terminated.c_str()) != nullptr;
}

/// A file that nobody had before.
Result<void> create(const std::filesystem::path& file, std::string_view content, mode_t mode) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        return errno == EEXIST ? Error{ErrorCode::InvalidConfig,
                                       "the file exists; keys are never overwritten: take another "
                                       "name, or remove it",
                                       file.string()}
                               : cannot("make a key file", file, errno);
    }
    const ssize_t written = ::write(fd, content.data(), content.size());
    const bool is_done = written == static_cast<ssize_t>(content.size()) && ::fsync(fd) == 0;
    const int error = errno;
    ::close(fd);
    if (!is_done) {
        ::unlink(file.c_str());
        return cannot("write a key file", file, error);
    }
    return {};
}

Result<std::string> read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return cannot("read a key file", file, errno);
    }
    std::string content(kMostBytes + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > kMostBytes) {
        return Error{ErrorCode::InvalidConfig, "not a key file: it is too large", file.string()};
    }
    return content;
}

}  // namespace

Result<KeyPair> make_key_pair() {
    std::array<char, kKeyChars + 1> public_key{};
    std::array<char, kKeyChars + 1> secret_key{};
    if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
        return Error{ErrorCode::Unavailable, "libzmq on this machine was built without CURVE"};
    }
    KeyPair pair{public_key.data(), config::Secret{std::string{secret_key.data()}}};
    ::explicit_bzero(secret_key.data(), secret_key.size());
    return pair;
}

Result<void> write_key_pair(const std::filesystem::path& folder,
                            std::string_view name,
                            const KeyPair& pair) {
    if (!base::is_snake_case(name)) {
        return Error{ErrorCode::InvalidConfig,
                     "a worker's name is a-z, 0-9 and _, beginning with a letter"};
    }
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return cannot("make the folder", folder, errno);
    }
    std::string secret{kHead};
    secret += "\npublic ";
    secret += pair.public_key;
    secret += "\nsecret ";
    secret += pair.secret_key.reveal();
    secret += '\n';
    const config::Secret content{std::move(secret)};
    const std::filesystem::path stem = folder / name;
    Result<void> made = create(stem.string() + ".key", content.reveal(), 0600);
    return made.ok() ? create(stem.string() + ".pub", pair.public_key + "\n", 0644) : made;
}

Result<KeyPair> read_key_pair(const std::filesystem::path& file) {
    struct stat status {};

    if (::stat(file.c_str(), &status) != 0) {
        return cannot("read a key file", file, errno);
    }
    if ((status.st_mode & 077U) != 0) {
        return Error{ErrorCode::Denied,
                     "others may read this secret key: chmod 600 (in Kubernetes: defaultMode 0400)",
                     file.string()};
    }
    auto content = read_file(file);
    if (!content.ok()) {
        return content.error();
    }
    const config::Secret kept{std::move(*content)};
    std::string_view left = kept.reveal();
    const auto line = [&left](std::string_view begin) {
        const std::string_view all = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(left.size(), all.size() + 1));
        return all.starts_with(begin) ? all.substr(begin.size()) : std::string_view{};
    };
    const bool has_head = left.starts_with(kHead);
    line(kHead);
    const std::string_view public_key = line("public ");
    const std::string_view secret_key = line("secret ");
    if (!has_head || !is_key(public_key) || !is_key(secret_key)) {
        return Error{
            ErrorCode::InvalidConfig, "not a key file: make one with aorta keygen", file.string()};
    }
    return KeyPair{std::string{public_key}, config::Secret{std::string{secret_key}}};
}

Result<std::vector<std::string>> read_public_keys(const std::filesystem::path& file) {
    const auto content = read_file(file);
    if (!content.ok()) {
        return content.error();
    }
    std::vector<std::string> keys;
    std::istringstream lines(*content);
    for (std::string line; std::getline(lines, line);) {
        const std::string_view text = base::trim(line);
        if (text.empty() || text.starts_with("# ")) {
            continue;
        }
        if (!is_key(text) || keys.size() == kMostKeys) {
            return Error{ErrorCode::InvalidConfig,
                         "expected one public key a line, two at most",
                         file.string()};
        }
        keys.emplace_back(text);
    }
    if (keys.empty()) {
        return Error{ErrorCode::InvalidConfig, "there is no public key", file.string()};
    }
    return keys;
}

Result<KeyRing> read_key_ring(const std::filesystem::path& folder,
                              std::string_view self,
                              const std::vector<std::string>& others) {
    auto own = read_key_pair(folder / (std::string{self} + ".key"));
    if (!own.ok()) {
        return own.error();
    }
    KeyRing ring{std::move(*own)};
    for (const std::string& other : others) {
        auto keys = read_public_keys(folder / (other + ".pub"));
        if (!keys.ok()) {
            return keys.error();
        }
        ring.others.emplace(other, std::move(*keys));
    }
    return ring;
}

}  // namespace aorta::transport
