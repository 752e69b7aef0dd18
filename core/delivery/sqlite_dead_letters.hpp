// Dead letters in a SQLite file (WAL, synchronous=FULL), written by one thread in groups.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "delivery/dead_letters.hpp"
#include "message/interner.hpp"
#include "spool/keys.hpp"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

namespace aorta::delivery {

/// The file is made with the first letter (folder 0700, file 0600). A failing file is tried again
/// every second; until then the letters wait, and with them the byte budget: back-pressure, not
/// loss. Destroying it with letters waiting ends them as failed(shutdown).
class SqliteDeadLetters final : public DeadLetters {
public:
    struct Services {
        const base::Clock& clock;
        base::Log& log;
        const message::Interner& names;
    };

    /// Letters older than `keep` go when the file is opened. With a present key, payloads and
    /// attributes are sealed.
    SqliteDeadLetters(std::filesystem::path file,
                      std::string pipeline,
                      Services services,
                      base::Nanoseconds keep = std::chrono::hours(24 * 30),
                      spool::Keys keys = {});
    ~SqliteDeadLetters() override;

    void store(Letter letter) override;
    /// Ends the writer; what waits is failed(shutdown). Nothing may be stored afterwards.
    void close();
    std::string trouble() const override;

private:
    void run(const std::stop_token& stop);
    Result<void> write(const std::deque<Letter>& letters);
    Result<void> open();
    Result<void> remove_old();
    void report(const Error& error);

    const std::filesystem::path file_;
    const std::string pipeline_;
    const Services services_;
    const base::Nanoseconds keep_;
    const spool::Keys keys_;
    struct Connection;
    std::unique_ptr<Connection> connection_;  // writer thread only; null: not open

    mutable std::mutex mutex_;  // guards waiting_ and trouble_
    std::condition_variable_any changed_;
    std::deque<Letter> waiting_;
    std::string trouble_;
    std::jthread writer_;  // last: stops before the rest goes
};

}  // namespace aorta::delivery
