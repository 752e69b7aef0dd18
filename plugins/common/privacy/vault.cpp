#include "common/privacy/vault.hpp"

#include "common/crypto/random.hpp"
#include "common/files/error.hpp"
#include "common/files/text.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace aorta::privacy {
namespace {

constexpr std::string_view kMagic = "AORTAVLT";
constexpr std::string_view kVersion{"\x01\0\0\0", 4};
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHeaderBytes = 8 + 4 + kSaltBytes + crypto::Sealer::kOverhead;
constexpr std::size_t kLengthBytes = 8;  // and its complement

/// Holds the lock of the file as long as it lives.
class Lock {
public:
    explicit Lock(int file) : file_(file) {
        while ((error_ = ::flock(file_, LOCK_EX) == 0 ? 0 : errno) == EINTR) {
        }
    }

    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    Lock(Lock&&) = delete;
    Lock& operator=(Lock&&) = delete;

    ~Lock() { ::flock(file_, LOCK_UN); }

    Result<void> held() const {
        return error_ == 0 ? Result<void>{} : files::errno_error(error_, "lock the vault", "");
    }

private:
    int file_;
    int error_ = 0;
};

/// Makes the entry of a new file durable.
Result<void> sync_directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const files::Fd opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!opened || ::fsync(opened.get()) != 0) {
        return files::errno_error(errno, "sync the folder of the vault", directory);
    }
    return {};
}

void append_u32(std::size_t number, std::string& out) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>(number >> shift & 255U);
    }
}

std::size_t u32_at(std::string_view bytes, std::size_t at) {
    std::size_t number = 0;
    for (unsigned i = 0; i < 4; ++i) {
        number |= std::size_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    }
    return number;
}

Result<std::string> read_from(int file, std::uint64_t begin) {
    struct stat status {};

    if (::fstat(file, &status) != 0) {
        return files::errno_error(errno, "read the vault", "");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::string bytes(size > begin ? size - begin : 0, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = ::pread(
            file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(begin + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return files::errno_error(n < 0 ? errno : EIO, "read the vault", "");
        }
        done += static_cast<std::size_t>(n);
    }
    return bytes;
}

/// True if a crash may have left this behind the last whole entry: the beginning of one, or nothing
/// but zeros.
bool is_torn(std::string_view rest) {
    if (rest.size() < kLengthBytes || rest.find_first_not_of('\0') == std::string_view::npos) {
        return true;
    }
    const std::size_t length = u32_at(rest, 0);
    return length == (~u32_at(rest, 4) & 0xFFFFFFFFU) && length > rest.size() - kLengthBytes;
}

}  // namespace

std::string random_token() {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::array<std::uint8_t, 16> bytes{};
    crypto::random_bytes(bytes);
    std::string token;
    for (const std::uint8_t byte : bytes) {
        token += kAlphabet[byte & 31U];
    }
    return token;
}

Vault::Vault(files::Fd file, const crypto::Digest& key)
    : file_(std::move(file)), sealer_(std::make_unique<crypto::Sealer>(key)) {}

Result<Vault> Vault::open(const std::string& path, std::string_view key) {
    const int descriptor =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0600);
    if (descriptor < 0) {
        return files::errno_error(errno, "open the vault", path);
    }
    files::Fd file{descriptor};

    struct stat status {};

    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_mode & 077U) != 0) {
        return Error{ErrorCode::Denied,
                     "the vault must be a file that only its owner can read: chmod 0600",
                     path};
    }
    // The key is hashed: a secret of any length gives one for AES-256.
    crypto::Hmac hmac{key};
    Vault vault{std::move(file), hmac("aorta vault 1")};
    const Lock lock{vault.file_.get()};
    Result<void> done = lock.held();
    done = done.ok() ? vault.begin_file() : done;
    done = done.ok() ? sync_directory_of(path) : done;
    done = done.ok() ? vault.read_on() : done;
    if (!done.ok()) {
        return done.error();
    }
    return vault;
}

/// Reads the header, or writes that of a new file.
Result<void> Vault::begin_file() {
    auto bytes = read_from(file_.get(), 0);
    if (!bytes.ok()) {
        return bytes.error();
    }
    if (bytes->size() < kHeaderBytes && kMagic.starts_with(bytes->substr(0, kMagic.size()))) {
        // Not even the header is whole: no token was ever given.
        std::array<std::uint8_t, kSaltBytes> salt{};
        crypto::random_bytes(salt);
        std::string header{kMagic};
        header += kVersion;
        header.append(reinterpret_cast<const char*>(salt.data()), salt.size());
        header += sealer_->seal("", std::string_view{header}.substr(12));
        if (::ftruncate(file_.get(), 0) != 0 || files::write_all(file_.get(), header).error != 0 ||
            ::fsync(file_.get()) != 0) {
            return files::errno_error(errno, "write the vault", "");
        }
        *bytes = header;
    }
    if (bytes->size() < kHeaderBytes || !bytes->starts_with(kMagic) ||
        bytes->substr(8, 4) != kVersion) {
        return Error{ErrorCode::Corrupt, "the file is no vault, or of a newer version"};
    }
    salt_ = bytes->substr(12, kSaltBytes);
    end_ = kHeaderBytes;
    const auto check = std::string_view{*bytes}.substr(12 + kSaltBytes, crypto::Sealer::kOverhead);
    return sealer_->open(check, salt_).ok()
               ? Result<void>{}
               : Error{ErrorCode::Corrupt, "the key of the vault is another"};
}

std::string Vault::context() const {
    // An entry opens only in its file and at its place: none can be moved, copied or left out.
    return salt_ + std::to_string(end_);
}

/// Reads what was appended since, by whomever. The lock is held.
Result<void> Vault::read_on() {
    const auto bytes = read_from(file_.get(), end_);
    if (!bytes.ok()) {
        return bytes.error();
    }
    std::string_view rest = *bytes;
    while (!rest.empty() && !is_torn(rest)) {
        const std::size_t length = u32_at(rest, 0);
        const bool is_length = length == (~u32_at(rest, 4) & 0xFFFFFFFFU);
        const auto opened = sealer_->open(
            is_length ? rest.substr(kLengthBytes, length) : std::string_view{}, context());
        if (!opened.ok() || opened->size() < 4 || u32_at(*opened, 0) > opened->size() - 4) {
            return Error{ErrorCode::Corrupt,
                         "an entry of the vault does not open: the file was changed",
                         "byte " + std::to_string(end_)};
        }
        const std::size_t identifier = u32_at(*opened, 0);
        tokens_.emplace(opened->substr(4, identifier), opened->substr(4 + identifier));
        rest.remove_prefix(kLengthBytes + length);
        end_ += kLengthBytes + length;
        is_synced_ = false;  // whoever appended it may not have synced it yet
    }
    if (!rest.empty() &&
        (::ftruncate(file_.get(), static_cast<off_t>(end_)) != 0 || ::fsync(file_.get()) != 0)) {
        return files::errno_error(errno, "write the vault", "");
    }
    return {};
}

Result<void> Vault::append(std::string_view identifier, std::string_view token) {
    std::string text;
    append_u32(identifier.size(), text);
    text += identifier;
    text += token;
    const std::string sealed = sealer_->seal(text, context());
    std::string entry;
    append_u32(sealed.size(), entry);
    append_u32(~sealed.size() & 0xFFFFFFFFU, entry);
    entry += sealed;
    const files::Written written = files::write_all(file_.get(), entry);
    if (written.error != 0) {
        // What was written of it is cut off, so that the next entry stands where it says.
        static_cast<void>(::ftruncate(file_.get(), static_cast<off_t>(end_)));
        return files::errno_error(written.error, "write the vault", "");
    }
    end_ += entry.size();
    is_synced_ = false;
    return {};
}

Result<std::string_view> Vault::token_for(std::string_view identifier, std::size_t max_tokens) {
    std::string key{identifier};
    auto known = tokens_.find(key);
    if (known == tokens_.end()) {
        const Lock lock{file_.get()};
        const Result<void> held = lock.held();
        if (const Result<void> read = held.ok() ? read_on() : held; !read.ok()) {
            return read.error();
        }
        known = tokens_.find(key);
        if (known == tokens_.end()) {
            if (tokens_.size() >= max_tokens || identifier.size() > kMaxIdentifierBytes) {
                return Error{ErrorCode::ResourceExhausted, "the vault is full"};
            }
            std::string token = random_token();
            if (const Result<void> appended = append(identifier, token); !appended.ok()) {
                return appended.error();
            }
            known = tokens_.emplace(std::move(key), std::move(token)).first;
        }
    }
    return std::string_view{known->second};
}

Result<void> Vault::sync() {
    // After an error the kernel may have dropped the pages: a later success would say nothing.
    if (sync_error_ == 0 && !is_synced_ && ::fdatasync(file_.get()) != 0) {
        sync_error_ = errno;
    }
    if (sync_error_ != 0) {
        return files::errno_error(sync_error_, "sync the vault", "");
    }
    is_synced_ = true;
    return {};
}

const std::string* Vault::find_identifier(std::string_view token) const {
    for (const auto& [identifier, given] : tokens_) {
        if (given == token) {
            return &identifier;
        }
    }
    return nullptr;
}

}  // namespace aorta::privacy
