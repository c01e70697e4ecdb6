#include "server/trust/published_trust.h"

#include <algorithm>
#include <array>

#include "core/codecs/json.h"
#include "core/crypto/x509.h"

namespace mibun::server {

namespace {

json::Array pem_list(const crypto::TrustedIssuers& issuers) {
  json::Array list;
  for (const crypto::CaCertificate& root : issuers.anchors().anchors()) list.emplace_back(root.pem());
  return list;
}

}  // namespace

Result<std::string> published_trust(const Trust& trust, const CardIssuers& issuers,
                                    const std::map<std::string, std::vector<std::string>>& others,
                                    const json::Array& verifiers, std::string_view log_key) {
  constexpr std::array<std::string_view, 2> kMembers = {"verifier_access", "registrar"};
  MIBUN_TRY(json::Object list, json::parse_object(trust.public_trust_json()));
  list["credential_issuer"] = pem_list(issuers.sd_jwt);
  list["iaca"] = pem_list(issuers.mdoc);
  list["trusted_issuers"] = issuers.to_json();
  list["issuers_crl"] = issuers.lists_json(trust.signers_crl_paths());
  for (const auto& [member, pems] : others) {
    if (std::ranges::find(kMembers, member) == kMembers.end()) {
      return fail(ErrorCode::invalid_argument, "wallet_trust." + member, "not a purpose that others may have");
    }
    for (const std::string& pem : pems) {
      // Read again and written anew: what is published is a certificate and nothing beside it.
      MIBUN_TRY(const crypto::CaCertificate root, crypto::CaCertificate::from_pem(pem));
      list[member].as_array().emplace_back(root.pem());
    }
  }
  // The same of verifiers that wallets shall know without a certificate.
  MIBUN_TRY(const auto known, oid4vp::KnownVerifiers::parse(verifiers, "wallet_trust.verifiers"));
  if (!verifiers.empty()) list["verifiers"] = known.to_json();
  if (!log_key.empty()) list["log"] = log_key;
  return json::serialize(list);
}

Result<std::string> with_partners(const std::string& list, const std::vector<oid4vp::KnownVerifier>& partners) {
  if (partners.empty()) return list;
  MIBUN_TRY(json::Object object, json::parse_object(list, {.bytes_max = list.size()}));
  json::Value& verifiers = object["verifiers"];
  if (!verifiers.is_array()) verifiers = json::Array{};
  MIBUN_TRY(const auto listed, oid4vp::KnownVerifiers::parse(verifiers.get_array(), "verifiers"));
  for (const oid4vp::KnownVerifier& partner : partners) {
    if (verifiers.get_array().size() >= oid4vp::kKnownVerifiersMax) break;
    if (listed.find(partner.client_id) == nullptr) verifiers.get_array().push_back(partner.to_json());
  }
  return json::serialize(object);
}

}  // namespace mibun::server
