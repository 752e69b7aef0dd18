// A folder that is gone after the test.
#pragma once

#include <stdlib.h>  // mkdtemp is no part of <cstdlib>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace aorta::pipeline {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "aorta-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }

    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder(Folder&&) = delete;
    Folder& operator=(Folder&&) = delete;

    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name,
                                std::string_view text,
                                unsigned mode = 0600) const {
        const std::filesystem::path file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
        return file;
    }

private:
    std::filesystem::path path_;
};

}  // namespace aorta::pipeline
