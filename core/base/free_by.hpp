// Deleters for what libraries in C make.
#pragma once

namespace aorta::base {

/// std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>
template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

}  // namespace aorta::base
