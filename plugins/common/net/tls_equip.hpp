// What a TlsContext knows, for a library that makes its own contexts.
#pragma once

#include "common/net/tls_context.hpp"

namespace aorta::net {

/// Gives another context of OpenSSL the certificate, authorities, lists, expected name and least
/// version of `from`; then it verifies its peers as ours do. False when that cannot be done. Of the
/// host's name nothing more has to be checked.
bool equip(ssl_ctx_st* context, const TlsContext& from);

}  // namespace aorta::net
