#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vci {

// A name in one language, as issuers give it for people.
struct Display {
  std::string name;
  std::string locale;  // BCP 47, "ja" or "en-US"; empty when not said
  friend bool operator==(const Display&, const Display&) = default;
};

// The entry for `locale`, by its language when there is no exact one, else the first; nullptr when there is none.
const Display* choose_display(const std::vector<Display>& displays, std::string_view locale);

struct CredentialClaim {
  std::vector<std::string> path;  // names only: ["address","locality"]
  std::vector<Display> display;
  friend bool operator==(const CredentialClaim&, const CredentialClaim&) = default;
};

// One entry of credential_configurations_supported with format dc+sd-jwt (OpenID4VCI 1.0, section 12.2.4, appendix
// A.3).
struct CredentialConfiguration {
  std::string id;
  std::string scope;
  std::string vct;
  std::vector<Display> display;
  std::vector<CredentialClaim> claims;
  // Bound to a P-256 "jwk", proven by a "jwt" with ES256, signed with ES256, without key attestation: what we can do.
  bool usable = true;
  friend bool operator==(const CredentialConfiguration&, const CredentialConfiguration&) = default;
};

// OpenID4VCI 1.0, section 12.2.
struct IssuerMetadata {
  std::string credential_issuer;
  std::vector<std::string> authorization_servers;  // empty: the issuer is its own
  std::string credential_endpoint;
  std::optional<std::string> nonce_endpoint;
  std::size_t batch_size = 1;
  std::vector<Display> display;
  std::vector<CredentialConfiguration> configurations;  // of the format we know; others are passed over
  bool encryption_required = false;                     // of requests or responses: not offered by us

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
