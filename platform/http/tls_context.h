#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "core/base/result.h"
#include "platform/http/server.h"

namespace mibun::http {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;

// A server's TLS 1.3 settings: no older version, ALPN http/1.1 only, session tickets, no early data, P-256 identity.
// Errors: certificate_malformed, private_key_malformed, private_key_rejected.
Result<SslContext> make_tls_context(const TlsIdentity& identity);

}  // namespace mibun::http
