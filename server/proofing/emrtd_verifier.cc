#include "server/proofing/emrtd_verifier.h"

#include <array>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/emrtd/active_authentication.h"
#include "core/emrtd/document.h"

namespace mibun::server {
namespace {

struct DataGroupFile {
  std::string_view name;
  int number;
};

constexpr std::array<DataGroupFile, 4> kDataGroupFiles{
    {{"EF.DG1", 1}, {"EF.DG2", 2}, {"EF.DG14", 14}, {"EF.DG15", 15}}};

emrtd::Files chip_files(const Evidence& evidence) {
  emrtd::Files files;
  for (const auto& [name, content] : evidence.files) {
    if (name == "EF.SOD") files.sod = content;
    if (name == "EF.COM") files.com = content;
    for (const DataGroupFile& file : kDataGroupFiles) {
      if (file.name == name) files.data_groups[file.number] = content;
    }
  }
  return files;
}

template <class T>
ProvenClaim claim(std::string name, json::Value value, const emrtd::Sourced<T>& source) {
  return {std::move(name), std::move(value), "emrtd:DG" + std::to_string(source.provenance.data_group),
          source.provenance.checks};
}

std::string_view sex_text(emrtd::Sex sex) {
  switch (sex) {
    case emrtd::Sex::female:
      return "F";
    case emrtd::Sex::male:
      return "M";
    case emrtd::Sex::unspecified:
      return "X";
  }
  return "X";
}

std::vector<ProvenClaim> proven_claims(const emrtd::DocumentClaims& document) {
  std::vector<ProvenClaim> claims;
  claims.push_back(claim("given_name", json::Value(document.given_name.value), document.given_name));
  claims.push_back(claim("family_name", json::Value(document.family_name.value), document.family_name));
  claims.push_back(claim("birthdate", json::Value(document.birthdate.value.to_string()), document.birthdate));
  claims.push_back(claim("sex", json::Value(sex_text(document.sex.value)), document.sex));
  claims.push_back(claim("nationality", json::Value(document.nationality.value), document.nationality));
  claims.push_back(claim("document_number", json::Value(document.document_number.value), document.document_number));
  claims.push_back(claim("issuing_state", json::Value(document.issuing_state.value), document.issuing_state));
  claims.push_back(claim("document_expiry", json::Value(document.expiry.value.to_string()), document.expiry));
  claims.push_back(
      claim("portrait_sha256", json::Value(base64url::encode(document.portrait_sha256)), document.portrait));
  return claims;
}

Verdict refused(const Error& error) {
  return {{{std::string(to_string(error.code)), "failed", error.detail}}, {}};
}

}  // namespace

Result<EmrtdVerifier> EmrtdVerifier::make(const std::vector<std::string>& csca_pem) {
  std::vector<crypto::CscaCertificate> trusted;
  for (const std::string& pem : csca_pem) {
    MIBUN_TRY(auto certificate, crypto::CscaCertificate::from_pem(pem));
    trusted.push_back(std::move(certificate));
  }
  return EmrtdVerifier(std::move(trusted));
}

bool EmrtdVerifier::takes_file(std::string_view name) const {
  if (name == "EF.SOD" || name == "EF.COM") return true;
  for (const DataGroupFile& file : kDataGroupFiles) {
    if (file.name == name) return true;
  }
  return false;
}

Bytes EmrtdVerifier::challenge(BytesView server_nonce, std::string_view wallet_key_thumbprint) const {
  const auto thumbprint = base64url::decode(wallet_key_thumbprint);
  MIBUN_INVARIANT(thumbprint.has_value());
  const auto challenge = emrtd::make_active_authentication_challenge(server_nonce, *thumbprint);
  MIBUN_INVARIANT(challenge.has_value());
  return {challenge->begin(), challenge->end()};
}

Result<Verdict> EmrtdVerifier::verify(const Evidence& evidence, Instant now) const {
  const Bytes challenge_bytes = challenge(evidence.server_nonce, evidence.wallet_key_thumbprint);
  emrtd::ActiveAuthenticationProof proof{{}, evidence.active_authentication_signature};
  std::copy(challenge_bytes.begin(), challenge_bytes.end(), proof.challenge.begin());
  const emrtd::DocumentRules rules{.trusted = trusted_, .now = now};
  const auto document = emrtd::verify_document(chip_files(evidence), rules, proof);
  if (!document) return refused(document.error());

  Verdict verdict;
  for (const emrtd::Finding& finding : document->findings()) {
    verdict.findings.push_back(
        {finding.check, finding.outcome == emrtd::Outcome::passed ? "passed" : "not_done", finding.detail});
  }
  verdict.claims = proven_claims(document->claims());
  return verdict;
}

}  // namespace mibun::server
