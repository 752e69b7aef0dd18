#include "admin/address.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    const aorta::Result<aorta::admin::Address> address = aorta::admin::parse_address(text);
    const bool is_local = aorta::admin::is_local_host(text);
    // What the server may listen on is a Host that it believes, unless it was left out (":9464").
    if (address.ok() && !is_local && !text.starts_with(':')) {
        std::abort();
    }
    return 0;
}
