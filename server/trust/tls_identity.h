#pragma once

#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/url.h"
#include "platform/http/server.h"
#include "server/trust/key_directory.h"

namespace mibun::server {

struct TlsParts {
  http::TlsIdentity identity;
  std::string root_pem;
};

// The key of the TLS listener with a certificate by a root of its own: "tls-root" and "tls" in the directory, made
// once. The root's certificate is also written to tls-root.crt, where browsers and tools of people who want to look at
// the pages find it. Errors: io_error, aead_open_failed, certificate_malformed.
Result<TlsParts> open_tls(const KeyDirectory& keys, const HttpsUrl& origin, Instant now);

}  // namespace mibun::server
