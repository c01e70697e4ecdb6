#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"

namespace mibun::server {

inline constexpr auto kCertificateBackdate = std::chrono::hours(1);  // clocks of wallets may run behind ours

// A key and its chain as this profile keeps them: <name>.key sealed under the master key, <name>.pem in clear.
struct StoredIdentity {
  crypto::P256PrivateKey key;
  std::vector<Bytes> chain;
};

struct StoredPair {
  std::unique_ptr<StoredIdentity> root, leaf;
};

// The directory of this server's keys (trust.h says what lies there): sealed, made once, never overwritten.
class KeyDirectory {
 public:
  // Opens `directory`/master.key, or makes it. Errors: io_error, sealed_file_malformed.
  static Result<KeyDirectory> open(std::string directory, Rng& rng);

  Bytes seal(std::string_view name, BytesView key) const;
  Result<SecretBytes> open_sealed(std::string_view name, BytesView sealed) const;
  std::string path(std::string_view name, std::string_view suffix) const;

  // A key is written before its certificate, so a start that was cut off finds the key again and certifies that one.
  Result<crypto::P256PrivateKey> key(std::string_view name) const;
  std::optional<std::vector<Bytes>> chain(std::string_view name) const;
  Status keep_chain(std::string_view name, const crypto::Certificate& certificate) const;

 private:
  KeyDirectory(std::string directory, SecretBytes master, Rng& rng)
      : directory_(std::move(directory)), master_(std::move(master)), rng_(&rng) {}
  std::string directory_;
  SecretBytes master_;
  Rng* rng_;
};

// The key `name` with its certificate: as it is kept, or with the one that `certify` makes for the key now.
template <class Certify>
Result<std::unique_ptr<StoredIdentity>> open_identity(const KeyDirectory& keys, std::string_view name,
                                                      Certify&& certify) {
  MIBUN_TRY(crypto::P256PrivateKey key, keys.key(name));
  if (auto chain = keys.chain(name)) return std::make_unique<StoredIdentity>(std::move(key), std::move(*chain));
  MIBUN_TRY(const crypto::Certificate certificate, std::forward<Certify>(certify)(key));
  MIBUN_CHECK(keys.keep_chain(name, certificate));
  return std::make_unique<StoredIdentity>(std::move(key), std::vector<Bytes>{to_bytes(certificate.der())});
}

}  // namespace mibun::server
