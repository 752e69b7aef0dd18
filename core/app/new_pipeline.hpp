// What `aorta new pipeline` writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aorta::app {

struct NewFile {
    std::string path;  // within the pipeline's folder
    std::string text;
};

/// A pipeline that reads HL7 v2 messages, keeps admissions and writes them out, with a sample and
/// tests that pass.
std::vector<NewFile> pipeline_files(std::string_view name);

}  // namespace aorta::app
