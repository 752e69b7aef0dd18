// The shipped zstd dictionary of links, made by scripts/train_link_dictionary.py.
#pragma once

#include <cstdint>
#include <span>

namespace aorta::transport {

std::span<const std::uint8_t> link_dictionary();

}  // namespace aorta::transport
