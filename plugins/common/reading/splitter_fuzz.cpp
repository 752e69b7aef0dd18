#include "common/reading/splitter.hpp"

#include <cstdlib>

// The first byte chooses format and chunk size. Pieces must come in order, inside the stream,
// within the limit, and be the same however the stream is cut into chunks.
namespace {

constexpr std::size_t kLimit = 64;

std::string split(aorta::reading::Format format, std::string_view bytes, std::size_t chunk) {
    using aorta::reading::Piece;
    std::string all;
    std::uint64_t behind = 0;
    aorta::reading::Splitter splitter{
        format, kLimit, 0, [&](const Piece& piece) {
            const bool is_record = piece.kind == Piece::Kind::Record;
            if (piece.end > bytes.size() || piece.begin > piece.end ||
                (is_record && (piece.begin < behind || piece.bytes.size() > kLimit))) {
                std::abort();
            }
            behind = is_record ? piece.end : behind;
            all += std::to_string(static_cast<int>(piece.kind)) + ":" + std::to_string(piece.begin);
            all.append(1, ':').append(piece.bytes);
        }};
    for (std::string_view rest = bytes; !rest.empty();
         rest = rest.substr(std::min(chunk, rest.size()))) {
        splitter.feed(rest.substr(0, chunk));
    }
    splitter.finish();
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto format = static_cast<aorta::reading::Format>(data[0] % 4);
    const std::size_t chunk = 1 + data[0] / 4;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    if (split(format, bytes, chunk) != split(format, bytes, bytes.size() + 1)) {
        std::abort();
    }
    return 0;
}
