#include "common/fhir/tree_builder.hpp"

#include "common/fhir/reason.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::fhir {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSpace = " \t\r\n";

}  // namespace

Result<void> TreeBuilder::build(std::string_view payload) {
    header_ = {};
    tree_ = {};
    if (payload.size() > limits_.max_bytes) {
        return refused_at(kTooLarge, "larger than allowed", limits_.max_bytes);
    }
    const auto found = scanner_.scan(payload);
    if (!found.ok()) {
        return found.error();
    }
    std::span<const std::uint32_t> tokens = *found;
    if (payload.starts_with(kByteOrderMark) && tokens.size() > 1 &&
        payload.find_first_not_of(kSpace, kByteOrderMark.size()) == tokens[1]) {
        tokens = tokens.subspan(1);
    }
    // Every value has a token of its own.
    const std::size_t room = std::min<std::size_t>(tokens.size(), limits_.max_elements);
    if (nodes_.size() < room) {
        nodes_.resize(room);
    }
    const Result<std::uint32_t> count = walk_.run(payload, tokens, {nodes_.data(), room});
    if (!count.ok()) {
        return count.error();
    }
    header_.payload_size = static_cast<std::uint32_t>(payload.size());
    header_.node_count = *count;
    tree_ = {&header_, nodes_.data(), payload};
    return {};
}

void TreeBuilder::copy_to(void* block) const {
    std::memcpy(block, &header_, sizeof header_);
    std::memcpy(static_cast<std::byte*>(block) + sizeof header_,
                nodes_.data(),
                std::size_t{header_.node_count} * sizeof(Node));
}

}  // namespace aorta::fhir
