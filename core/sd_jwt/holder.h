#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/sd_jwt/claim_path.h"
#include "core/sd_jwt/sd_jwt.h"
#include "core/sd_jwt/unpack.h"
#include "core/sd_jwt/verifier.h"

namespace mibun::sd_jwt {

// What the holder signs besides sd_hash.
struct KeyBinding {
  std::string audience;
  std::string nonce;
  Instant iat;
  json::Object extra_claims;  // a hash of the consent, for example; must not name iat, aud, nonce, sd_hash
};

// One claim of a credential as the holder sees it: the members of objects one by one, an array as a whole.
struct HeldClaim {
  ClaimPath path;
  json::Value value;
  bool disclosable = false;  // all or a part of it can be kept; false: every verifier sees it
};

// A credential in a wallet: what it says, and presentations of parts of it.
class HeldCredential {
 public:
  explicit HeldCredential(const VerifiedSdJwt& verified);
  // For text that this wallet verified at reception and kept sealed: the grammar and the digests are checked, the
  // issuer's signature is not. Errors: those of verify_issued without the issuer's.
  static Result<HeldCredential> reopen_stored(std::string_view text);

  const std::string& text() const { return sd_jwt_.text(); }
  const std::string& vct() const { return vct_; }
  const std::string& issuer() const { return issuer_; }
  const crypto::P256PublicKey& holder_key() const { return holder_key_; }
  const std::optional<StatusReference>& status() const { return status_; }
  const std::optional<Instant>& expires() const { return expires_; }
  // All claims, everything disclosed; DCQL is matched against this.
  const json::Object& claims() const { return claims_; }
  // The same as a list of paths, for showing; protocol members (cnf, status ...) are left out.
  std::vector<HeldClaim> list() const;

  // "<issuer JWT>~<chosen disclosures>~<key binding JWT>" with the selected claims, what stands below them, and their
  // parents' disclosures; the rest stays hidden. Selecting a clear claim adds nothing; an empty selection is allowed.
  // `signer` must hold holder_key(). Errors: sd_jwt_path_not_found, invalid_argument, and the signer's.
  Result<std::string> present(std::span<const ClaimPath> selected, const KeyBinding& key_binding,
                              const crypto::P256Signer& signer) const;

 private:
  HeldCredential(SdJwt sd_jwt, crypto::P256PublicKey holder_key)
      : sd_jwt_(std::move(sd_jwt)), holder_key_(holder_key) {}
  // Which disclosures show the selected claims, what stands below them and their parents.
  Result<std::vector<bool>> choose(std::span<const ClaimPath> selected) const;
  SdJwt sd_jwt_;
  crypto::P256PublicKey holder_key_;
  std::string vct_, issuer_;
  json::Object claims_;
  std::optional<StatusReference> status_;
  std::optional<Instant> expires_;
  std::vector<Disclosed> disclosed_;
};

}  // namespace mibun::sd_jwt
