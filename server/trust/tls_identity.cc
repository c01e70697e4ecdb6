#include "server/trust/tls_identity.h"

#include <vector>

#include "core/crypto/x509.h"
#include "platform/files/files.h"
#include "server/trust/signing_pair.h"

namespace mibun::server {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr auto kRootLifetime = std::chrono::hours(24 * 3650);
constexpr auto kLeafLifetime = std::chrono::hours(24 * 730);

// As it is kept, or the one that `certify` makes now. A key is written before its certificate, so a start that was cut
// off finds the key again and certifies that one.
template <class Certify>
Result<crypto::Certificate> kept_or_made(const KeyDirectory& keys, std::string_view name, const Certify& certify) {
  if (const auto pem = files::read_file(keys.path(name, ".pem"), kFileBytesMax)) {
    if (auto kept = crypto::Certificate::from_pem(as_text(*pem))) return kept;
  }
  MIBUN_TRY(crypto::Certificate made, certify());
  MIBUN_CHECK(files::write_new_file(keys.path(name, ".pem"), to_bytes(made.pem()), files::kPublicFile));
  return made;
}

crypto::CertificateRequest request_of(std::string common_name, milliseconds lifetime, Instant now) {
  crypto::CertificateRequest request;
  request.common_name = std::move(common_name);
  request.organization = "mibun";
  request.not_before = now - kCertificateBackdate;
  request.not_after = now + lifetime;
  return request;
}

}  // namespace

Result<TlsParts> open_tls(const KeyDirectory& keys, const HttpsUrl& origin, Instant now) {
  MIBUN_TRY(const crypto::P256PrivateKey root_key, keys.key("tls-root"));
  MIBUN_TRY(const crypto::Certificate root, kept_or_made(keys, "tls-root", [&] {
              return crypto::make_root_certificate(request_of("mibun server root", kRootLifetime, now), root_key);
            }));
  MIBUN_TRY(const crypto::P256PrivateKey key, keys.key("tls"));
  MIBUN_TRY(const crypto::Certificate leaf, kept_or_made(keys, "tls", [&] {
              auto request = request_of("mibun server", kLeafLifetime, now);
              request.san_dns = {origin.host()};
              request.san_ip = {"127.0.0.1"};
              request.purpose = crypto::CertificatePurpose::tls_server;
              return crypto::make_certificate(request, key.public_key(), root, root_key);
            }));
  const SecretBytes pem = crypto::private_key_pem(key);
  MIBUN_CHECK(files::write_file_atomic(keys.directory() + "/tls-root.crt", to_bytes(root.pem()), files::kPublicFile));
  return TlsParts{{leaf.pem(), std::string(as_text(pem.reveal()))}, root.pem()};
}

}  // namespace mibun::server
