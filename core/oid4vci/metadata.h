#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/encryption.h"

namespace mibun::oid4vci {

// An image of an issuer or a card. Nothing fetches it here.
struct Logo {
  std::string uri;  // https: or data:, at most kLogoUriCharactersMax
  std::string alt_text;
  friend bool operator==(const Logo&, const Logo&) = default;
};

// A name in one language, as issuers give it for people.
struct Display {
  std::string name;
  std::string locale;  // BCP 47, "ja" or "en-US"; empty when not said
  std::optional<Logo> logo;
  friend bool operator==(const Display&, const Display&) = default;
};

// The entry for `locale`, by its language when there is no exact one, else the first; nullptr when there is none.
const Display* choose_display(const std::vector<Display>& displays, std::string_view locale);

struct CredentialClaim {
  std::vector<std::string> path;  // names only: ["address","locality"]; of an mdoc [name space, element]
  std::vector<Display> display;
  friend bool operator==(const CredentialClaim&, const CredentialClaim&) = default;
};

enum class CredentialFormat { sd_jwt_vc, mso_mdoc };
std::string_view to_string(CredentialFormat format);  // "dc+sd-jwt", "mso_mdoc"

// What an issuer demands of the keys (key_attestations_required, section 12.2.4): an attestation that claims one of
// each list; an empty list asks for no claim.
struct KeyAttestationsRequired {
  std::vector<std::string> key_storage, user_authentication;
  friend bool operator==(const KeyAttestationsRequired&, const KeyAttestationsRequired&) = default;
};

// One entry of credential_configurations_supported with format dc+sd-jwt or mso_mdoc (OpenID4VCI 1.0, section 12.2.4,
// appendices A.2 and A.3).
struct CredentialConfiguration {
  std::string id;
  std::string scope;
  CredentialFormat format = CredentialFormat::sd_jwt_vc;
  std::string vct;      // of an SD-JWT VC
  std::string doctype;  // of an mdoc
  std::vector<Display> display;
  std::vector<CredentialClaim> claims;
  // How keys are proven: "jwt" where that is offered, else "attestation"; ours demand the same of both.
  CredentialRequest::ProofType proof_type = CredentialRequest::ProofType::jwt;
  std::optional<KeyAttestationsRequired> key_attestations;  // none: keys need not be attested
  // Bound to a P-256 "jwk" ("cose_key" for an mdoc), proven with ES256, signed with ES256 (-7 or -9 for an mdoc): what
  // we can do, the last with a wallet provider where keys must be attested.
  bool usable = true;
  friend bool operator==(const CredentialConfiguration&, const CredentialConfiguration&) = default;
};

// OpenID4VCI 1.0, section 12.2.
struct IssuerMetadata {
  std::string credential_issuer;
  std::vector<std::string> authorization_servers;  // empty: the issuer is its own
  std::string credential_endpoint;
  std::optional<std::string> nonce_endpoint, deferred_credential_endpoint, notification_endpoint;
  std::optional<RequestEncryption> request_encryption;
  std::optional<ResponseEncryption> response_encryption;
  std::size_t batch_size = 1;
  std::vector<Display> display;
  std::vector<CredentialConfiguration> configurations;  // of the formats we know; others are passed over

  // nullptr when there is none.
  const CredentialConfiguration* find(std::string_view configuration_id) const;
  json::Object to_json() const;
  // `expected_issuer`: where it was fetched from; the text must say the same, byte for byte.
  // Errors: oid4vci_metadata_malformed, oid4vci_issuer_mismatch.
  static Result<IssuerMetadata> parse(std::string_view text, std::string_view expected_issuer);
  friend bool operator==(const IssuerMetadata&, const IssuerMetadata&) = default;
};

// An issuer identifier is an https URL without query and fragment. Errors: url_malformed, url_not_https.
Status check_issuer_identifier(std::string_view identifier);

// Where the document is: the well-known part goes between host and path.
//   https://a.example/tenant -> https://a.example/.well-known/openid-credential-issuer/tenant
Result<std::string> issuer_metadata_url(std::string_view credential_issuer);

}  // namespace mibun::oid4vci
