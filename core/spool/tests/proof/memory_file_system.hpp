// A disk in memory that forgets what was not synced, and whose calls fail when told to.
#pragma once

#include "spool/file_system.hpp"
#include "spool/tests/proof/memory_inode.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace aorta::spool::proof {

enum class Call {
    Open,
    Read,
    Write,
    Sync,
    Truncate,
    Size,
    Rename,
    Remove,
    MakeDirectory,
    SyncDirectory,
    List,
    Lock,
};

/// What goes wrong, and when.
struct Fault {
    enum class Kind {
        Error,       ///< nothing is done, `error` is given
        ShortWrite,  ///< half of the bytes; for other calls than Write: EINTR
        TornError,   ///< half of the bytes are written, then `error` is given
    };

    std::optional<Call> call;  ///< none: any
    std::uint64_t nth = 1;     ///< of these calls, counted from now; the first is 1
    std::uint64_t times = 1;   ///< so many in a row
    Kind kind = Kind::Error;
    int error = 0;
};

/// Keeps two states: what readers see, and what would be there after a loss of power. Writes become
/// durable, in pieces of 512 bytes, by File::sync; names (made, renamed, removed) by sync_directory
/// of their folder. As on Linux, what a failed sync leaves is clean: readers see it, no later sync
/// writes it, a loss of power may take it. [any thread: one mutex around all]
class MemoryFileSystem final : public FileSystem {
public:
    /// An empty disk but for this folder and those above it.
    explicit MemoryFileSystem(const std::filesystem::path& root);
    ~MemoryFileSystem() override;

    Io open(const std::filesystem::path& path, Mode mode, std::unique_ptr<File>& file) override;
    Io rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
    Io remove(const std::filesystem::path& path) override;
    Io make_directory(const std::filesystem::path& path) override;
    Io sync_directory(const std::filesystem::path& path) override;
    Io list(const std::filesystem::path& path, std::vector<std::string>& names) override;
    Io lock(const std::filesystem::path& path, std::unique_ptr<File>& held) override;

    /// The disk after a loss of power now: of what was not synced any subset, torn and reordered,
    /// as the seed has it.
    std::unique_ptr<MemoryFileSystem> after_power_loss(std::uint64_t seed) const;
    /// Takes that image at the n-th call from now (0: now). The calls go on as if nothing had
    /// happened, in a world that has ended.
    void lose_power_at(std::uint64_t nth_call, std::uint64_t seed);

    bool has_lost_power() const {
        const std::scoped_lock lock{mutex_};
        return has_lost_power_;
    }

    /// What `lose_power_at` took; null when it was not reached.
    std::unique_ptr<MemoryFileSystem> take_image();

    void fail(const Fault& fault);

    /// No more faults.
    void mend() {
        const std::scoped_lock lock{mutex_};
        fault_.reset();
    }

    /// A fault has struck since the last `fail`.
    bool has_failed() const {
        const std::scoped_lock lock{mutex_};
        return has_failed_;
    }

    /// Bytes of all files together; beyond them a write is short, then ENOSPC.
    void limit(std::uint64_t bytes);

    /// The guard off: sync says that it went well and does nothing.
    void make_sync_a_lie() {
        const std::scoped_lock lock{mutex_};
        sync_lies_ = true;
    }

    std::uint64_t calls() const {
        const std::scoped_lock lock{mutex_};
        return calls_;
    }

    /// For tests that do damage: the bytes as readers see them, durable at once.
    std::string contents(const std::filesystem::path& path) const;
    void replace(const std::filesystem::path& path, const std::string& bytes);
    std::vector<std::string> names(const std::filesystem::path& folder) const;

private:
    class OpenFile;
    struct Change;
    using Names = std::map<std::string, std::shared_ptr<Inode>>;

    static void apply(Names& names, const Change& change);
    /// Does a call under the lock, or fails it: `action(is_torn)`.
    template <class Action>
    Io run(Call call, Action action);
    std::optional<Fault> strike(Call call);
    void lose_power_if_due();
    Io open_here(const std::string& key, Mode mode, std::unique_ptr<OpenFile>& file);
    Io write(Inode& inode, std::span<const std::uint8_t> bytes, std::uint64_t offset);
    std::uint64_t room() const;
    std::unique_ptr<MemoryFileSystem> image(std::uint64_t seed) const;
    bool has_folder(const std::string& path) const;

    mutable std::mutex mutex_;  // guards everything below
    Names names_;               // absolute path to file or folder, as readers see it
    Names durable_names_;
    std::set<std::string> locks_;
    std::vector<Change> changes_;  // of names, not synced, oldest first
    std::uint64_t calls_ = 0;
    std::optional<Fault> fault_;
    std::uint64_t fault_calls_ = 0;
    bool has_failed_ = false;
    std::uint64_t limit_ = UINT64_MAX;
    bool sync_lies_ = false;
    std::uint64_t image_at_ = 0;
    std::uint64_t image_seed_ = 0;
    std::unique_ptr<MemoryFileSystem> image_;
    bool has_lost_power_ = false;
};

}  // namespace aorta::spool::proof
