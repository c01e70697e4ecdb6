#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/dcql/answer.h"
#include "core/mdoc/verifier.h"
#include "core/oid4vp/response.h"
#include "core/sd_jwt/verifier.h"

// For files in core/oid4vp only.
namespace mibun::oid4vp {

// A presentation of either format whose signatures were all checked, and where it came in.
class ReceivedPresentation {
 public:
  struct Place {
    std::string id;         // of the credential query that it answers
    std::size_t index = 0;  // among the presentations for it
    std::string to_string() const { return "vp_token." + id + "[" + std::to_string(index) + "]"; }
  };
  // `proof`: the consent proof that came with it; only an mdoc has one.
  // Errors: those of sd_jwt::verify_presentation or mdoc::verify_device_response, certificate_untrusted_for_type,
  // dcql_unsupported_format.
  static Result<ReceivedPresentation> verify(Place place, std::string_view text, std::optional<std::string> proof,
                                             const ExpectedResponse& expected, const ResponsePolicy& policy,
                                             Instant now);

  const std::string& id() const { return place_.id; }
  std::string where() const { return place_.to_string(); }
  const json::Object& claims() const;
  // By which its issuer is believed; as long as the policy.
  const crypto::TrustedIssuer& issuer() const { return *believed_.issuer; }
  // Borrows from this presentation. Errors: jws_* (a chain that cannot be read, when the query names authorities).
  Result<dcql::Presented> as_presented(const dcql::CredentialQuery& credential) const;
  // What the holder revealed at choice, unless all of it was asked for: then nothing, which is the usual case.
  Result<std::vector<dcql::ClaimPath>> disclosed_unless_asked(const std::vector<dcql::ClaimPath>& asked) const;

  // The holder signed exactly this consent, for this presentation. Errors: oid4vp_consent_mismatch.
  Status check_consent(std::string_view consent_hash, const ExpectedResponse& expected, Instant now) const;
  // What the holder signed beside the presentation; null of an mdoc, whose device signature has no room for it.
  const json::Object* key_binding() const { return sd_jwt() != nullptr ? &sd_jwt()->key_binding_payload() : nullptr; }
  // Whether the holder signed any consent at all.
  bool hints_at_consent() const;

  // Errors: status_list_unavailable (the credential names a status of another mechanism).
  Result<std::optional<status_list::StatusReference>> status() const;
  std::optional<Instant> expires() const;
  PresentedCredential result(const dcql::CredentialQuery& credential) const;
  void add_evidence(VerifiedResponse& response) const;

 private:
  struct Mdoc {
    mdoc::VerifiedDeviceResponse response;
    json::Object claims;
    std::string sha256;  // base64url, of the response
    std::optional<std::string> consent_proof;
    const mdoc::VerifiedDocument& document() const { return response.documents().front(); }
  };
  ReceivedPresentation(Place place, std::variant<sd_jwt::VerifiedPresentation, Mdoc> verified,
                       crypto::TrustedIssuers::Match believed)
      : place_(std::move(place)), verified_(std::move(verified)), believed_(std::move(believed)) {}
  const sd_jwt::VerifiedPresentation* sd_jwt() const { return std::get_if<sd_jwt::VerifiedPresentation>(&verified_); }
  const Mdoc& mdoc() const { return std::get<Mdoc>(verified_); }

  static Result<Mdoc> verify_mdoc(std::string_view text, std::optional<std::string> proof, std::string_view doc_type,
                                  const ExpectedResponse& expected, const ResponsePolicy& policy, Instant now);
  Place place_;
  std::variant<sd_jwt::VerifiedPresentation, Mdoc> verified_;
  crypto::TrustedIssuers::Match believed_;
};

std::vector<dcql::ClaimPath> asked_paths(const dcql::CredentialQuery& credential);

}  // namespace mibun::oid4vp
