#include "spool/tests/proof/memory_file_system.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace aorta::spool::proof {
namespace {

std::string folder_of(const std::string& path) {
    return std::filesystem::path{path}.parent_path().string();
}

std::string key_of(const std::filesystem::path& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

/// A name that was given or taken.
struct MemoryFileSystem::Change {
    enum class Kind { Add, Move, Remove };
    Kind kind;
    std::string path;
    std::string from;  ///< of Move
    std::shared_ptr<Inode> inode;
};

/// A file that is open, perhaps the holder of a lock.
class MemoryFileSystem::OpenFile final : public File {
public:
    OpenFile(MemoryFileSystem& owner, std::shared_ptr<Inode> inode)
        : owner_(owner), inode_(std::move(inode)) {}

    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    ~OpenFile() override {
        if (!lock_.empty()) {
            const std::scoped_lock lock{owner_.mutex_};
            owner_.locks_.erase(lock_);
        }
    }

    void hold(const std::string& lock) { lock_ = lock; }

    Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) override {
        return owner_.run(Call::Read, [&](bool /*is_torn*/) -> Io {
            const std::string& bytes = inode_->bytes();
            const std::string_view found =
                std::string_view{bytes}.substr(std::min(offset, bytes.size()), into.size());
            std::copy(found.begin(), found.end(), into.begin());
            return {static_cast<std::int64_t>(found.size()), 0};
        });
    }

    Io write_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) override {
        return owner_.run(Call::Write, [&](bool is_torn) {
            return owner_.write(*inode_, is_torn ? bytes.first(bytes.size() / 2) : bytes, offset);
        });
    }

    Io sync() override {
        const Io done = owner_.run(Call::Sync, [&](bool /*is_torn*/) -> Io {
            if (!owner_.sync_lies_) {
                inode_->sync();
            }
            return {};
        });
        if (done.error != 0 && done.error != EINTR) {
            const std::scoped_lock lock{owner_.mutex_};
            inode_->forsake();
        }
        return done;
    }

    Io truncate(std::uint64_t size) override {
        return owner_.run(Call::Truncate, [&](bool /*is_torn*/) -> Io {
            if (size > inode_->bytes().size() && size - inode_->bytes().size() > owner_.room()) {
                return {0, ENOSPC};
            }
            inode_->resize(size);
            return {};
        });
    }

    Io size() override {
        return owner_.run(Call::Size, [&](bool /*is_torn*/) -> Io {
            return {static_cast<std::int64_t>(inode_->bytes().size()), 0};
        });
    }

private:
    MemoryFileSystem& owner_;
    std::shared_ptr<Inode> inode_;
    std::string lock_;
};

MemoryFileSystem::MemoryFileSystem(const std::filesystem::path& root) {
    for (std::filesystem::path at = key_of(root);; at = at.parent_path()) {
        names_[at.string()] = std::make_shared<Inode>(true);
        if (at == at.root_path()) {
            break;
        }
    }
    durable_names_ = names_;
}

MemoryFileSystem::~MemoryFileSystem() = default;

std::optional<Fault> MemoryFileSystem::strike(Call call) {
    ++calls_;
    if (!fault_ || (fault_->call && *fault_->call != call)) {
        return std::nullopt;
    }
    ++fault_calls_;
    if (fault_calls_ < fault_->nth || fault_calls_ - fault_->nth >= fault_->times) {
        return std::nullopt;
    }
    has_failed_ = true;
    return fault_;
}

template <class Action>
Io MemoryFileSystem::run(Call call, Action action) {
    const std::scoped_lock lock{mutex_};
    const std::optional<Fault> fault = strike(call);
    const bool is_torn = fault && call == Call::Write && fault->kind != Fault::Kind::Error;
    if (call == Call::Sync || call == Call::SyncDirectory) {
        lose_power_if_due();  // before it is done
    }
    Io done;
    if (!fault || is_torn) {
        done = action(is_torn);
    }
    if (fault && (fault->kind != Fault::Kind::ShortWrite || !is_torn)) {
        done = {0, fault->kind == Fault::Kind::ShortWrite ? EINTR : fault->error};
    }
    lose_power_if_due();
    return done;
}

void MemoryFileSystem::lose_power_if_due() {
    if (image_at_ != 0 && calls_ >= image_at_ && !has_lost_power_) {
        has_lost_power_ = true;
        image_ = image(image_seed_);
    }
}

Io MemoryFileSystem::write(Inode& inode,
                           std::span<const std::uint8_t> bytes,
                           std::uint64_t offset) {
    const std::uint64_t end = offset + bytes.size();
    const std::uint64_t grows = end > inode.bytes().size() ? end - inode.bytes().size() : 0;
    if (const std::uint64_t missing = grows - std::min(grows, room()); missing > 0) {
        if (missing >= bytes.size()) {
            return {0, ENOSPC};
        }
        bytes = bytes.first(bytes.size() - missing);
    }
    inode.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, offset);
    return {static_cast<std::int64_t>(bytes.size()), 0};
}

std::uint64_t MemoryFileSystem::room() const {
    if (limit_ == UINT64_MAX) {
        return limit_;
    }
    std::uint64_t used = 0;
    for (const auto& [path, inode] : names_) {
        used += inode->bytes().size();
    }
    return limit_ - std::min(limit_, used);
}

bool MemoryFileSystem::has_folder(const std::string& path) const {
    const auto found = names_.find(path);
    return found != names_.end() && found->second->is_folder();
}

void MemoryFileSystem::apply(Names& names, const Change& change) {
    if (change.kind == Change::Kind::Remove) {
        names.erase(change.path);
        return;
    }
    // A file has one name; which one it had before may have been lost on the way.
    std::erase_if(names, [&](const auto& one) { return one.second == change.inode; });
    names[change.path] = change.inode;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::image(std::uint64_t seed) const {
    Random random{seed};
    Names names = durable_names_;
    const std::uint64_t style = random() % 3;
    for (const Change& change : changes_) {
        if (style == 0 ? false : style == 1 ? true : one_in(random, 2)) {
            apply(names, change);
        }
    }
    auto made = std::make_unique<MemoryFileSystem>("/");
    for (const auto& [path, inode] : names) {  // folders come before what lies in them
        if (path == "/" || !made->has_folder(folder_of(path))) {
            continue;
        }
        made->names_[path] =
            inode->is_folder() ? inode : std::make_shared<Inode>(inode->after_power_loss(random));
    }
    made->durable_names_ = made->names_;
    return made;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::after_power_loss(std::uint64_t seed) const {
    const std::scoped_lock lock{mutex_};
    return image(seed);
}

void MemoryFileSystem::lose_power_at(std::uint64_t nth_call, std::uint64_t seed) {
    const std::scoped_lock lock{mutex_};
    image_at_ = calls_ + nth_call;
    image_seed_ = seed;
    has_lost_power_ = false;
    image_ = nullptr;
    if (nth_call == 0) {
        has_lost_power_ = true;
        image_ = image(seed);
    }
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::take_image() {
    const std::scoped_lock lock{mutex_};
    return std::move(image_);
}

void MemoryFileSystem::fail(const Fault& fault) {
    const std::scoped_lock lock{mutex_};
    fault_ = fault;
    fault_calls_ = 0;
    has_failed_ = false;
}

void MemoryFileSystem::limit(std::uint64_t bytes) {
    const std::scoped_lock lock{mutex_};
    limit_ = bytes;
}

std::string MemoryFileSystem::contents(const std::filesystem::path& path) const {
    const std::scoped_lock lock{mutex_};
    return names_.at(key_of(path))->bytes();
}

void MemoryFileSystem::replace(const std::filesystem::path& path, const std::string& bytes) {
    const std::scoped_lock lock{mutex_};
    *names_.at(key_of(path)) = Inode{bytes};
}

std::vector<std::string> MemoryFileSystem::names(const std::filesystem::path& folder) const {
    const std::scoped_lock lock{mutex_};
    std::vector<std::string> found;
    for (const auto& [path, inode] : names_) {
        if (!inode->is_folder() && folder_of(path) == key_of(folder)) {
            found.push_back(std::filesystem::path{path}.filename().string());
        }
    }
    return found;
}

Io MemoryFileSystem::open(const std::filesystem::path& path,
                          Mode mode,
                          std::unique_ptr<File>& file) {
    return run(Call::Open, [&](bool /*is_torn*/) -> Io {
        std::unique_ptr<OpenFile> made;
        const Io done = open_here(key_of(path), mode, made);
        file = std::move(made);
        return done;
    });
}

Io MemoryFileSystem::open_here(const std::string& key, Mode mode, std::unique_ptr<OpenFile>& file) {
    auto found = names_.find(key);
    if (mode == Mode::Create) {
        if (found != names_.end() || !has_folder(folder_of(key))) {
            return {0, found != names_.end() ? EEXIST : ENOENT};
        }
        found = names_.emplace(key, std::make_shared<Inode>(false)).first;
        changes_.push_back({Change::Kind::Add, key, {}, found->second});
    } else if (found == names_.end()) {
        return {0, ENOENT};
    }
    if (found->second->is_folder()) {
        return {0, EISDIR};
    }
    file = std::make_unique<OpenFile>(*this, found->second);
    return {};
}

Io MemoryFileSystem::lock(const std::filesystem::path& path, std::unique_ptr<File>& held) {
    return run(Call::Lock, [&](bool /*is_torn*/) -> Io {
        const std::string key = key_of(path);
        std::unique_ptr<OpenFile> made;
        const Io done = open_here(key, names_.contains(key) ? Mode::Write : Mode::Create, made);
        if (done.error != 0) {
            return done;
        }
        const bool is_free = locks_.insert(key).second;
        if (is_free) {
            made->hold(key);
        }
        held = std::move(made);
        return {0, is_free ? 0 : EWOULDBLOCK};
    });
}

Io MemoryFileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
    return run(Call::Rename, [&](bool /*is_torn*/) -> Io {
        const auto found = names_.find(key_of(from));
        if (found == names_.end() || !has_folder(folder_of(key_of(to)))) {
            return {0, ENOENT};
        }
        changes_.push_back({Change::Kind::Move, key_of(to), key_of(from), found->second});
        apply(names_, changes_.back());
        return {};
    });
}

Io MemoryFileSystem::remove(const std::filesystem::path& path) {
    return run(Call::Remove, [&](bool /*is_torn*/) -> Io {
        const auto found = names_.find(key_of(path));
        if (found == names_.end()) {
            return {0, ENOENT};
        }
        changes_.push_back({Change::Kind::Remove, found->first, {}, found->second});
        names_.erase(found);
        return {};
    });
}

Io MemoryFileSystem::make_directory(const std::filesystem::path& path) {
    return run(Call::MakeDirectory, [&](bool /*is_torn*/) -> Io {
        std::vector<std::string> missing;
        for (std::string at = key_of(path); !has_folder(at); at = folder_of(at)) {
            if (names_.contains(at)) {
                return {0, ENOTDIR};
            }
            missing.push_back(at);
        }
        for (; !missing.empty(); missing.pop_back()) {
            changes_.push_back(
                {Change::Kind::Add, missing.back(), {}, std::make_shared<Inode>(true)});
            apply(names_, changes_.back());
        }
        return {};
    });
}

Io MemoryFileSystem::sync_directory(const std::filesystem::path& path) {
    return run(Call::SyncDirectory, [&](bool /*is_torn*/) -> Io {
        const std::string key = key_of(path);
        if (!has_folder(key)) {
            return {0, ENOENT};
        }
        if (sync_lies_) {
            return {};
        }
        std::erase_if(changes_, [&](const Change& change) {
            const bool is_here = folder_of(change.path) == key || folder_of(change.from) == key;
            if (is_here) {
                apply(durable_names_, change);
            }
            return is_here;
        });
        return {};
    });
}

Io MemoryFileSystem::list(const std::filesystem::path& path, std::vector<std::string>& names) {
    return run(Call::List, [&](bool /*is_torn*/) -> Io {
        const std::string key = key_of(path);
        if (!has_folder(key)) {
            return {0, ENOENT};
        }
        names.clear();
        for (const auto& [name, inode] : names_) {
            if (folder_of(name) == key && name != key) {
                names.push_back(std::filesystem::path{name}.filename().string());
            }
        }
        return {};
    });
}

}  // namespace aorta::spool::proof
