// A folder of the real disk for the life of a test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace aorta::spool::proof {

struct Scratch {
    Scratch() {
        std::string made = (std::filesystem::temp_directory_path() / "aorta-spool-XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr) {
            throw std::runtime_error{"no folder can be made"};
        }
        path = made;
    }

    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    ~Scratch() { std::filesystem::remove_all(path); }

    std::filesystem::path path;
};

}  // namespace aorta::spool::proof
