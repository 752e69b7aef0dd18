#include "transport/coding.hpp"

#include "base/check.hpp"
#include "base/free_by.hpp"
#include "transport/dictionary.hpp"

#include <zstd.h>

namespace aorta::transport {
namespace {

// Of small bodies, 1 leaves a tenth more, and what is compressed goes over a slow line.
constexpr int kLevel = 3;
// What is smaller than this is not worth the call.
constexpr std::size_t kTooSmall = 64;

template <class T, auto release>
using Owned = std::unique_ptr<T, base::FreeBy<release>>;

Error unreadable() {
    return {ErrorCode::Corrupt, "the body of a data frame cannot be decompressed"};
}

}  // namespace

struct Coder::State {
    Owned<ZSTD_CCtx, ZSTD_freeCCtx> compressor{ZSTD_createCCtx()};
    Owned<ZSTD_DCtx, ZSTD_freeDCtx> decompressor{ZSTD_createDCtx()};
    Owned<ZSTD_CDict, ZSTD_freeCDict> compress_with{
        ZSTD_createCDict(link_dictionary().data(), link_dictionary().size(), kLevel)};
    Owned<ZSTD_DDict, ZSTD_freeDDict> decompress_with{
        ZSTD_createDDict(link_dictionary().data(), link_dictionary().size())};
};

Coder::Coder() : state_(std::make_unique<State>()) {
    AORTA_CHECK(state_->compressor && state_->decompressor && state_->compress_with &&
                state_->decompress_with);
    ZSTD_CCtx_setParameter(state_->compressor.get(), ZSTD_c_compressionLevel, kLevel);
    // The frame says which: four bytes less.
    ZSTD_CCtx_setParameter(state_->compressor.get(), ZSTD_c_dictIDFlag, 0);
}

Coder::~Coder() = default;

std::uint32_t Coder::dictionary() {
    static const std::uint32_t number =
        ZSTD_getDictID_fromDict(link_dictionary().data(), link_dictionary().size());
    return number;
}

Coding Coder::compress(std::string_view body, bool other_has_dictionary, std::string& coded) {
    if (body.size() >= kTooSmall) {
        coded.resize(ZSTD_compressBound(body.size()));
        ZSTD_CCtx* const compressor = state_->compressor.get();
        ZSTD_CCtx_refCDict(compressor,
                           other_has_dictionary ? state_->compress_with.get() : nullptr);
        const std::size_t size =
            ZSTD_compress2(compressor, coded.data(), coded.size(), body.data(), body.size());
        if (ZSTD_isError(size) == 0 && size < body.size()) {
            coded.resize(size);
            return other_has_dictionary ? Coding::Dictionary : Coding::Zstd;
        }
    }
    coded = body;
    return Coding::Plain;
}

Result<OwnedBytes> Coder::decode(const Data& data, BytesOwner owner, std::uint64_t most) {
    if (data.length > most) {
        return unreadable();
    }
    if (data.coding == Coding::Plain) {
        if (data.body.size() != data.length) {
            return unreadable();
        }
        return owner ? OwnedBytes{std::move(owner), data.body}
                     : OwnedBytes::of(std::string{data.body});
    }
    // Believed before memory is taken: the frame is not larger than what it says.
    if (ZSTD_getFrameContentSize(data.body.data(), data.body.size()) != data.length) {
        return unreadable();
    }
    std::string body(data.length, '\0');
    const std::size_t size = data.coding == Coding::Dictionary
                                 ? ZSTD_decompress_usingDDict(state_->decompressor.get(),
                                                              body.data(),
                                                              body.size(),
                                                              data.body.data(),
                                                              data.body.size(),
                                                              state_->decompress_with.get())
                                 : ZSTD_decompressDCtx(state_->decompressor.get(),
                                                       body.data(),
                                                       body.size(),
                                                       data.body.data(),
                                                       data.body.size());
    if (ZSTD_isError(size) != 0 || size != data.length) {
        return unreadable();
    }
    return OwnedBytes::of(std::move(body));
}

void LineSpeed::sent(std::uint64_t bytes, base::Nanoseconds now) {
    sent_ += bytes;
    if (!is_measuring_ && sent_ - arrived_ >= kEnough) {
        is_measuring_ = true;
        measured_bytes_ = sent_ - arrived_;
        measured_end_ = sent_;
        measured_since_ = now;
    }
}

void LineSpeed::arrived(std::uint64_t bytes, base::Nanoseconds now) {
    arrived_ = std::min(std::max(arrived_, bytes), sent_);
    if (!is_measuring_ || arrived_ < measured_end_) {
        return;
    }
    is_measuring_ = false;
    const double seconds = std::chrono::duration<double>(now - measured_since_).count();
    const double speed = seconds > 0 ? static_cast<double>(measured_bytes_) / seconds : kFast;
    if (speed >= kFast) {
        is_slow_ = false;
    } else if (speed < kSlow) {
        is_slow_ = true;
    }
}

}  // namespace aorta::transport
