#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/public_key.h"
#include "core/crypto/signer.h"
#include "core/sd_jwt/algorithms.h"
#include "core/sd_jwt/claim_path.h"

namespace mibun::sd_jwt {

// Digests of nothing, so that nobody can count the claims: RFC 9901, section 4.2.5. Each place gets `add` of them, and
// then as many as fill its digests up to a multiple of `fill_to_multiple_of`. The top level is always such a place;
// with `nested`, so is every object below that holds a digest and every array with a hidden element (there the decoys
// stand last, so that indexes stay).
struct Decoys {
  std::size_t add = 0;
  std::size_t fill_to_multiple_of = 1;
  bool nested = false;
};
inline constexpr std::size_t kDecoysMax = 100;  // at one place

struct IssueRequest {
  // Always visible: iss, vct, iat, exp, nbf, cnf, status and what else everyone may read.
  json::Object clear_claims;
  // Every member becomes one disclosure of its own.
  json::Object disclosable;
  // Parts that become disclosures too, inside either object: {"address","region"} (recursive when "address" is itself
  // disclosable), {"nationalities", EveryElement}. Deepest first is not needed.
  std::vector<ClaimPath> disclosable_parts;
  Decoys decoys = {};
  DigestAlgorithm digests = DigestAlgorithm::sha256;
};

// A claim that must never be hidden from the verifier, nor anything in it: iss, nbf, exp, cnf, vct, vct#integrity,
// status, aka_vcts (SD-JWT VC, section 2.2.2.3).
bool is_protected_claim(std::string_view name);

// {"jwk": ...}: the value of "cnf" in clear_claims for `holder`.
json::Object confirmation(const crypto::PublicKey& holder);

// An issuer's key and certificates, made ready once: the header is the same for all its credentials.
class Issuer {
 public:
  // `signer` must outlive the issuer. `x5c_chain`: DER, leaf first, without the anchor; the leaf's key must be the
  // signer's. Errors: invalid_argument (empty, or another key), certificate_malformed.
  static Result<Issuer> make(const crypto::Signer& signer, std::span<const Bytes> x5c_chain);

  // "<issuer JWT>~<disclosure>~...~" with typ dc+sd-jwt. Each call uses fresh 128-bit salts; "_sd" is sorted so that
  // its order says nothing. May be called from several threads, if the signer and `rng` may. Errors:
  // sd_jwt_missing_claim (iss, vct), sd_jwt_protected_claim_disclosed, sd_jwt_reserved_claim_name,
  //         sd_jwt_claim_collision, sd_jwt_path_not_found, sd_jwt_too_many_disclosures, json_too_deep,
  //         invalid_argument (decoys), and the signer's.
  Result<std::string> issue(const IssueRequest& request, Rng& rng) const;

 private:
  Issuer(const crypto::Signer& signer, std::string header) : signer_(&signer), header_(std::move(header)) {}
  const crypto::Signer* signer_;
  std::string header_;  // base64url, and the dot
};

// One credential of an issuer that makes few. Errors: those of Issuer.
Result<std::string> issue(const IssueRequest& request, const crypto::Signer& signer, std::span<const Bytes> x5c_chain,
                          Rng& rng);

}  // namespace mibun::sd_jwt
