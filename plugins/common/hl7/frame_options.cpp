#include "common/hl7/frame_options.hpp"

#include <vector>

namespace aorta::hl7 {

Result<FrameBytes> read_frame_bytes(const Options& frame) {
    std::int64_t start = kFrameStart;
    std::vector<std::int64_t> end = {kFrameEnd, kFrameCr};
    if (frame["start"].exists()) {
        start = frame["start"].integer();
    }
    if (const Options bytes = frame["end"]; bytes.exists()) {
        end.clear();
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            end.push_back(bytes.item(i).integer());
        }
    }
    return FrameBytes::make(start, end);
}

}  // namespace aorta::hl7
