#include "core/emrtd/document.h"

#include "core/emrtd/country_codes.h"

namespace mibun::emrtd {
namespace {

// Otherwise any trusted state could make passports of any other.
Result<Finding> check_issuing_state(const Mrz& mrz, const crypto::VerifiedSignedData& signer) {
  const auto wanted = certificate_country(mrz.issuing_state);
  if (!wanted || signer.csca_country.empty()) {
    return Finding{"issuing_state", Outcome::not_done, "no country code to compare with the CSCA's"};
  }
  if (*wanted != signer.csca_country) {
    return fail(ErrorCode::emrtd_signer_untrusted, "issuing state", "the CSCA is another country's");
  }
  return Finding{"issuing_state", Outcome::passed, "the CSCA is the issuing state's"};
}

Result<Finding> check_expiry(const Mrz& mrz, const CalendarDate& today) {
  if (mrz.expiry < today) return fail(ErrorCode::emrtd_document_expired, "dg1");
  return Finding{"document_expiry", Outcome::passed, "in date on " + today.to_string()};
}

Result<Finding> check_chip(const AuthenticFiles& files, ChipProof rule,
                           const std::optional<ActiveAuthenticationProof>& proof) {
  if (proof) {
    MIBUN_CHECK(verify_active_authentication(files, proof->challenge, proof->signature));
    return Finding{"active_authentication", Outcome::passed, "the chip signed this session's challenge"};
  }
  if (rule == ChipProof::required) {
    return fail(ErrorCode::emrtd_active_authentication_failed, "active authentication", "no signature was given");
  }
  const bool able = files.security_object().digests.contains(15);
  return Finding{"active_authentication", Outcome::not_done,
                 able ? "the chip has a key, but gave no signature" : "the chip has no key"};
}

DocumentClaims make_claims(const Mrz& mrz, Portrait portrait, const Findings& findings) {
  std::vector<std::string> checks;
  for (const Finding& finding : findings) {
    if (finding.outcome == Outcome::passed) checks.push_back(finding.check);
  }
  const Provenance zone{1, checks};
  checks.push_back("mrz_check_digits");
  const Provenance checked_zone{1, checks};
  DocumentClaims claims;
  claims.given_name = {mrz.given_name, zone};
  claims.family_name = {mrz.family_name, zone};
  claims.birthdate = {mrz.birthdate, checked_zone};
  claims.sex = {mrz.sex, zone};
  claims.nationality = {mrz.nationality, zone};
  claims.document_number = {mrz.document_number, checked_zone};
  claims.document_code = {mrz.document_code, zone};
  claims.issuing_state = {mrz.issuing_state, zone};
  claims.expiry = {mrz.expiry, checked_zone};
  claims.portrait_sha256 = crypto::sha256(portrait.image);
  claims.portrait = {std::move(portrait), Provenance{2, zone.checks}};
  return claims;
}

}  // namespace

Result<VerifiedDocument> verify_document(Files files, const DocumentRules& rules,
                                         const std::optional<ActiveAuthenticationProof>& proof) {
  const CalendarDate today = jst_date(rules.now);
  MIBUN_TRY(const AuthenticFiles authentic,
            authenticate_passively(std::move(files), {rules.trusted, rules.now, rules.chain_time}));
  MIBUN_TRY(const Mrz mrz, parse_dg1(*authentic.data_group(1), today));
  MIBUN_TRY(Portrait portrait, parse_dg2(*authentic.data_group(2)));
  MIBUN_TRY(Finding issuing_state, check_issuing_state(mrz, authentic.signer()));
  MIBUN_TRY(Finding expiry, check_expiry(mrz, today));
  MIBUN_TRY(Finding chip, check_chip(authentic, rules.chip_proof, proof));

  VerifiedDocument document;
  document.chip_evidence_ = chip.outcome == Outcome::passed ? ChipEvidence::active_authentication : ChipEvidence::none;
  document.signer_ = authentic.signer();
  document.findings_ = authentic.findings();
  document.findings_.push_back(std::move(issuing_state));
  document.findings_.push_back(std::move(expiry));
  document.findings_.push_back(std::move(chip));
  document.claims_ = make_claims(mrz, std::move(portrait), document.findings_);
  document.findings_.push_back({"mrz_check_digits", Outcome::passed, "all of them"});
  return document;
}

}  // namespace mibun::emrtd
