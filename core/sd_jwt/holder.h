#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/signer.h"
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
  const SdJwt& sd_jwt() const { return sd_jwt_; }
  const CredentialFacts& facts() const { return facts_; }
  const std::string& vct() const { return facts_.vct; }
  const std::vector<std::string>& aka_vcts() const { return facts_.aka_vcts; }
  const std::string& issuer() const { return facts_.issuer; }
  const crypto::PublicKey& holder_key() const { return facts_.holder_key; }
  const std::optional<StatusReference>& status() const { return facts_.status; }
  const std::optional<Instant>& expires() const { return facts_.expires; }
  // All claims, everything disclosed; DCQL is matched against this.
  const json::Object& claims() const { return claims_; }
  // The same as a list of paths, for showing; protocol members (cnf, status ...) are left out.
  std::vector<HeldClaim> list() const;

  // "<issuer JWT>~<chosen disclosures>~<key binding JWT>" with the selected claims, what stands below them, and their
  // parents' disclosures; the rest stays hidden. Selecting a clear claim adds nothing; an empty selection is allowed.
  // `signer` must hold holder_key(). to_json() gives the other serialisation.
  // Errors: sd_jwt_path_not_found, invalid_argument, and the signer's.
  Result<std::string> present(std::span<const ClaimPath> selected, const KeyBinding& key_binding,
                              const crypto::Signer& signer) const;
  // The same without the holder's signature, for verifiers that ask for none (RFC 9901, section 7.2): whoever gets it
  // can show it to others. Errors: sd_jwt_path_not_found.
  Result<std::string> present_without_key_binding(std::span<const ClaimPath> selected) const;

 private:
  HeldCredential(SdJwt sd_jwt, CredentialFacts facts) : sd_jwt_(std::move(sd_jwt)), facts_(std::move(facts)) {}
  // Which disclosures show the selected claims, what stands below them and their parents.
  Result<std::vector<bool>> choose(std::span<const ClaimPath> selected) const;
  SdJwt sd_jwt_;
  CredentialFacts facts_;
  DigestAlgorithm digests_{};
  json::Object claims_;
  std::vector<Disclosed> disclosed_;
};

}  // namespace mibun::sd_jwt
