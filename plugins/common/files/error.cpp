#include "common/files/error.hpp"

#include <string.h>

#include <cerrno>
#include <utility>

namespace aorta::files {

ErrorCode code_of(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return ErrorCode::ResourceExhausted;
        case EACCES:
        case EPERM:
        case EROFS:
        case ELOOP:
        case ENOTDIR:
        case EXDEV:
        case ENXIO:
        case EISDIR:
            return ErrorCode::Denied;
        case ENOENT:
            return ErrorCode::NotFound;
        case ENAMETOOLONG:
        case EINVAL:
            return ErrorCode::InvalidData;
        default:
            return ErrorCode::Unavailable;
    }
}

Error errno_error(int error, std::string_view doing, std::string where) {
    const char* what = ::strerrordesc_np(error);
    std::string message{"cannot "};
    message.append(doing).append(": ").append(what == nullptr ? "unknown error" : what);
    return {code_of(error), std::move(message), std::move(where)};
}

}  // namespace aorta::files
