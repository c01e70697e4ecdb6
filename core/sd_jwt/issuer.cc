#include "core/sd_jwt/issuer.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/disclosure.h"
#include "core/sd_jwt/places.h"
#include "core/sd_jwt/sd_jwt.h"
#include "core/sd_jwt/verifier.h"

namespace mibun::sd_jwt {
namespace {

constexpr std::string_view kProtectedClaims[] = {"iss", "nbf",           "exp",    "cnf",
                                                 "vct", "vct#integrity", "status", "aka_vcts"};
constexpr std::size_t kDecoysMax = 100;

Status check_names(const json::Value& value) {
  if (const auto* array = value.if_array()) {
    for (const json::Value& element : *array) {
      MIBUN_CHECK(check_names(element));
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "_sd" || member.key() == "..." || member.key() == "_sd_alg") {
        return fail(ErrorCode::sd_jwt_reserved_claim_name, "claims");
      }
      MIBUN_CHECK(check_names(member.value()));
    }
  }
  return {};
}

Result<json::Object> all_claims(const IssueRequest& request) {
  json::Object claims = request.clear_claims;
  for (const auto& member : request.disclosable) {
    if (!claims.emplace(member.key(), member.value()).second) {
      return fail(ErrorCode::sd_jwt_claim_collision, "disclosable", "also a clear claim");
    }
  }
  for (const std::string_view name : {"iss", "vct"}) {
    const json::Value* value = request.clear_claims.if_contains(name);
    if (request.disclosable.contains(name)) continue;  // refused with its own code below
    if (value == nullptr || !value->is_string()) return fail(ErrorCode::sd_jwt_missing_claim, std::string(name));
  }
  MIBUN_CHECK(check_names(json::Value(claims)));
  return claims;
}

Status check_place(const Place& place) {
  if (is_protected_claim(std::get<std::string>(place.front()))) {
    return fail(ErrorCode::sd_jwt_protected_claim_disclosed, "disclosable");
  }
  return {};
}

// Everything that becomes a disclosure, deepest first, so that an outer disclosure holds the digests of the inner ones.
Result<std::vector<Place>> places_to_hide(const json::Object& claims, const IssueRequest& request) {
  std::vector<Place> places;
  for (const auto& member : request.disclosable) places.push_back({std::string(member.key())});
  for (std::size_t i = 0; i < request.disclosable_parts.size(); ++i) {
    auto found = find_places(claims, request.disclosable_parts[i]);
    if (found.empty()) return fail(ErrorCode::sd_jwt_path_not_found, "disclosable_parts[" + std::to_string(i) + "]");
    std::ranges::move(found, std::back_inserter(places));
  }
  for (const Place& place : places) {
    MIBUN_CHECK(check_place(place));
  }
  std::ranges::sort(places,
                    [](const Place& a, const Place& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
  const auto repeated = std::ranges::unique(places);
  places.erase(repeated.begin(), repeated.end());
  if (places.size() > kDisclosuresMax) return fail(ErrorCode::sd_jwt_too_many_disclosures, "disclosable");
  return places;
}

json::Value& child(json::Value& parent, const PathStep& step) {
  if (const auto* name = std::get_if<std::string>(&step)) return parent.get_object().at(*name);
  return parent.get_array().at(static_cast<std::size_t>(std::get<std::uint64_t>(step)));
}

// Sorted by digest: the order says nothing about the claims (RFC 9901, section 4.2.4.1).
void add_digest(json::Object& object, std::string digest) {
  json::Value& sd = object["_sd"];
  if (!sd.is_array()) sd = json::Array();
  json::Array& array = sd.get_array();
  const auto after = std::ranges::find_if(array, [&](const json::Value& other) { return other.get_string() > digest; });
  array.insert(after, json::Value(std::move(digest)));
}

Result<Disclosure> hide(json::Value& root, const Place& place, Rng& rng) {
  json::Value* parent = &root;
  for (std::size_t i = 0; i + 1 < place.size(); ++i) parent = &child(*parent, place[i]);
  json::Value value = std::move(child(*parent, place.back()));
  if (const auto* name = std::get_if<std::string>(&place.back())) {
    MIBUN_TRY(Disclosure disclosure, Disclosure::make_property(*name, std::move(value), rng));
    parent->get_object().erase(*name);
    add_digest(parent->get_object(), disclosure.digest_text());
    return disclosure;
  }
  Disclosure disclosure = Disclosure::make_element(std::move(value), rng);
  child(*parent, place.back()) = json::Object{{"...", disclosure.digest_text()}};
  return disclosure;
}

void add_decoys(json::Object& payload, std::size_t count, Rng& rng) {
  for (std::size_t i = 0; i < count; ++i) {
    add_digest(payload, base64url::encode(crypto::sha256(rng.bytes(sizeof(crypto::Sha256Digest)))));
  }
}

}  // namespace

bool is_protected_claim(std::string_view name) {
  return std::ranges::find(kProtectedClaims, name) != std::end(kProtectedClaims);
}

json::Object confirmation(const crypto::P256PublicKey& holder) {
  return {{"jwk", jose::Jwk(holder).to_json()}};
}

Result<std::string> issue(const IssueRequest& request, const crypto::Signer& signer, std::span<const Bytes> x5c_chain,
                          Rng& rng) {
  if (x5c_chain.empty()) return fail(ErrorCode::invalid_argument, "x5c_chain", "empty");
  if (request.decoys > kDecoysMax) return fail(ErrorCode::invalid_argument, "decoys", "at most 100");
  MIBUN_TRY(json::Object claims, all_claims(request));
  MIBUN_TRY(const std::vector<Place> places, places_to_hide(claims, request));
  json::Value root(std::move(claims));
  std::string disclosures;
  for (const Place& place : places) {
    MIBUN_TRY(const Disclosure disclosure, hide(root, place, rng));
    disclosures += disclosure.encoded();
    disclosures += '~';
  }
  json::Object& payload = root.get_object();
  add_decoys(payload, request.decoys, rng);
  payload["_sd_alg"] = "sha-256";
  MIBUN_TRY(std::string text,
            jose::sign_jws({{"typ", kCredentialTyp}, {"x5c", jose::x5c_member(x5c_chain)}}, payload, signer));
  text += '~';
  text += disclosures;
  return text;
}

}  // namespace mibun::sd_jwt
