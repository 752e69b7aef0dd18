// Taking a source's records to the host.
#pragma once

#include "common/files/fd.hpp"
#include "common/reading/splitter.hpp"

#include <aorta/sdk.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <vector>

namespace aorta::reading {

/// A source's reasons for what it cannot send on.
struct Refusals {
    std::string_view too_large;
    std::string_view no_message;
    std::string_view end_inside;
    std::string_view cut_off;
};

/// Gathers records into batches and waits where the byte budget is used up. `add`, `flush` and
/// `wait` belong to the thread that reads; `on_credit`, `stop` and `is_stopping` may be called from
/// any. `mutex_` guards the two flags.
class Feeder {
public:
    explicit Feeder(Host host);

    /// Takes a record; sends what is gathered when it is a batch's worth. Waits for credit, after
    /// sending what is gathered. False when stopped before there was credit: the record is not
    /// taken.
    bool add(std::string_view payload, Draft draft);
    /// Books what is lost to the pipeline: its fate is failed, with its offset. Does nothing for a
    /// piece that is a finding only.
    void refuse(const Draft& draft, const Piece& piece, const Refusals& reasons) const;
    /// Sends what is gathered.
    void flush();

    /// Sleeps until stopped, or for this long. False when stopped.
    bool wait(Nanoseconds at_most);

    void on_credit();
    void stop();
    bool is_stopping() const;

    /// Becomes readable when stopped; for poll.
    int stop_fd() const { return stop_fd_.get(); }

private:
    bool wait_for_credit();

    static constexpr std::size_t kBatchRecords = 64;
    static constexpr std::size_t kBatchBytes = std::size_t{64} << 10U;

    Host host_;
    files::Fd stop_fd_;
    std::vector<Draft> batch_;
    std::size_t batch_bytes_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool has_credit_ = false;
    bool is_stopping_ = false;
};

}  // namespace aorta::reading
