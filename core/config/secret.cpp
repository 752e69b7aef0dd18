#include "config/secret.hpp"

#include <string.h>  // explicit_bzero is no part of <cstring>

namespace aorta::config {

namespace {

void wipe(std::string& bytes) {
    explicit_bzero(bytes.data(), bytes.size());
    bytes.clear();
}

}  // namespace

Secret::Secret(std::string&& bytes) {
    const std::shared_ptr<std::string> kept(new std::string(bytes), [](std::string* text) {
        wipe(*text);
        delete text;
    });
    wipe(bytes);
    bytes_ = kept;
}

}  // namespace aorta::config
