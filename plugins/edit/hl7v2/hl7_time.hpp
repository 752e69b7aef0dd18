// An instant as HL7 writes it.
#pragma once

#include <cstdint>
#include <string>

namespace aorta::plugins::edit {

/// "20260101120000+0000"
std::string hl7_time(std::int64_t epoch_ns);

}  // namespace aorta::plugins::edit
