#include "core/sd_jwt/issuer.h"

#include <algorithm>
#include <array>

#include "core/codecs/base64url.h"
#include "core/crypto/x509.h"
#include "core/jose/algorithm_names.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/issue_writer.h"
#include "core/sd_jwt/verifier.h"

namespace mibun::sd_jwt {
namespace {

constexpr std::string_view kProtectedClaims[] = {"iss", "nbf",           "exp",    "cnf",
                                                 "vct", "vct#integrity", "status", "aka_vcts"};

Status check_decoys(const Decoys& decoys) {
  const bool good =
      decoys.add <= kDecoysMax && decoys.fill_to_multiple_of >= 1 && decoys.fill_to_multiple_of <= kDecoysMax;
  if (good) return {};
  return fail(ErrorCode::invalid_argument, "decoys", "at most 100");
}

Status check_claims(const IssueRequest& request) {
  for (const auto& member : request.disclosable) {
    if (request.clear_claims.contains(member.key())) {
      return fail(ErrorCode::sd_jwt_claim_collision, "disclosable", "also a clear claim");
    }
    if (is_protected_claim(member.key())) {
      return fail(ErrorCode::sd_jwt_protected_claim_disclosed, "disclosable");
    }
  }
  for (const std::string_view name : {"iss", "vct"}) {
    const json::Value* value = request.clear_claims.if_contains(name);
    if (value == nullptr || !value->is_string()) return fail(ErrorCode::sd_jwt_missing_claim, std::string(name));
  }
  return {};
}

// The parts that become disclosures, as a tree.
Result<HiddenTree> hidden_parts(const IssueRequest& request) {
  HiddenTree tree;
  for (std::size_t i = 0; i < request.disclosable_parts.size(); ++i) {
    const ClaimPath& path = request.disclosable_parts[i];
    auto found = find_places(request.clear_claims, path);
    if (found.empty()) found = find_places(request.disclosable, path);
    if (found.empty()) return fail(ErrorCode::sd_jwt_path_not_found, "disclosable_parts[" + std::to_string(i) + "]");
    for (const Place& place : found) {
      if (is_protected_claim(std::get<std::string>(place.front()))) {
        return fail(ErrorCode::sd_jwt_protected_claim_disclosed, "disclosable_parts[" + std::to_string(i) + "]");
      }
      tree.hide(place);
    }
  }
  return tree;
}

}  // namespace

bool is_protected_claim(std::string_view name) {
  return std::ranges::find(kProtectedClaims, name) != std::end(kProtectedClaims);
}

json::Object confirmation(const crypto::PublicKey& holder) {
  return {{"jwk", jose::Jwk(holder).to_json()}};
}

Result<Issuer> Issuer::make(const crypto::Signer& signer, std::span<const Bytes> x5c_chain) {
  if (x5c_chain.empty()) return fail(ErrorCode::invalid_argument, "x5c_chain", "empty");
  MIBUN_TRY(const crypto::Certificate leaf, crypto::Certificate::parse(x5c_chain.front()));
  const crypto::PublicKey key = signer.verification_key();
  if (leaf.public_key() != key) return fail(ErrorCode::invalid_argument, "x5c_chain", "not the signer's certificate");
  const json::Object header{
      {"alg", jose::name_of(key.algorithm())}, {"typ", kCredentialTyp}, {"x5c", jose::x5c_member(x5c_chain)}};
  return Issuer(signer, base64url::encode(json::serialize(header)) + ".");
}

Result<std::string> Issuer::issue(const IssueRequest& request, Rng& rng) const {
  MIBUN_CHECK(check_decoys(request.decoys));
  MIBUN_CHECK(check_claims(request));
  MIBUN_TRY(const HiddenTree hidden, hidden_parts(request));
  IssueWriter writer(request, rng);
  MIBUN_TRY(const std::string_view payload, writer.write_payload(hidden));
  std::string text;
  text.reserve(header_.size() + base64url::encoded_size(payload.size()) + 140 + writer.disclosures().size());
  text += header_;
  base64url::append(text, as_bytes(payload));
  MIBUN_TRY(const Bytes signature, signer_->sign_raw(as_bytes(text)));
  text += '.';
  base64url::append(text, signature);
  text += '~';
  text += writer.disclosures();
  return text;
}

Result<std::string> issue(const IssueRequest& request, const crypto::Signer& signer, std::span<const Bytes> x5c_chain,
                          Rng& rng) {
  MIBUN_TRY(const Issuer issuer, Issuer::make(signer, x5c_chain));
  return issuer.issue(request, rng);
}

}  // namespace mibun::sd_jwt
