// The sequence number protocol (MSH-13, MSA-4): what number each sender is to use next.
#pragma once

#include "common/hl7/header.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::plugins::mllp {

/// Senders are told by MSH-3 and MSH-4. A number counts once its message was accepted; what was not
/// is expected again. The file (docs/formats/mllp-sequence.md) is replaced by `save`, which belongs
/// before the acknowledgements that depend on it. One thread at a time.
class Sequences {
public:
    static constexpr std::int64_t kAny = -1;

    struct Finding {
        enum class Kind {
            Unnumbered,  // MSH-13 is empty
            LinkStart,   // 0 and no content: asks what is expected
            Expected,    // the next number, any number of a new sender, or -1: numbers begin anew
            Unexpected,  // a gap, a repetition, or no number at all
        };

        Kind kind = Kind::Unnumbered;
        std::int64_t expected = kAny;  // kAny: whatever comes
    };

    /// Reads the file; none is as good as an empty one. Fails with Corrupt, the line in `where`,
    /// and as files::read_small_file does.
    static Result<Sequences> open(const std::string& path);

    Finding check(const hl7::Header& header, std::string_view message) const;

    /// A message that was Expected goes into the pipeline under this cookie.
    void begin(const hl7::Header& header, std::uint64_t cookie);
    /// The answer to it is known.
    void on_answer(std::uint64_t cookie, bool is_accepted);

    bool needs_saving() const { return needs_saving_; }

    /// Afterwards nothing needs saving, also when it failed: the next number tries again.
    Result<void> save();

    /// The content of the file, and back.
    std::string encode() const;
    Result<void> decode(std::string_view text);

private:
    struct Sender {
        std::int64_t next = kAny;
        std::set<std::int64_t> under_way;

        /// What the file says: a number under way has not been accepted yet.
        std::int64_t accepted_next() const { return under_way.empty() ? next : *under_way.begin(); }
    };

    using Key = std::pair<std::string, std::string>;  // MSH-3, MSH-4

    struct UnderWay {
        Key sender;
        std::int64_t number;
    };

    std::string path_;
    std::map<Key, Sender> senders_;
    std::unordered_map<std::uint64_t, UnderWay> under_way_;  // by cookie
    bool needs_saving_ = false;
};

}  // namespace aorta::plugins::mllp
