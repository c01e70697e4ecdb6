#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vci {

inline constexpr std::string_view kPreAuthorizedCodeGrant = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

// A code that reaches the holder by another way than the offer, so that a stolen offer is worth nothing.
struct TxCode {
  enum class InputMode { numeric, text };
  InputMode input_mode = InputMode::numeric;
  std::optional<std::size_t> length;
  std::optional<std::string> description;  // at most 300 characters
  friend bool operator==(const TxCode&, const TxCode&) = default;
};

// OpenID4VCI 1.0, section 4.1.1, by value, with the pre-authorized code grant.
//   {"credential_issuer":"https://..","credential_configuration_ids":["identity"],
//    "grants":{"urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"..","tx_code":{..}}}}
struct CredentialOffer {
  std::string credential_issuer;  // compared byte for byte everywhere
  std::vector<std::string> configuration_ids;
  std::string pre_authorized_code;
  std::optional<TxCode> tx_code;
  std::optional<std::string> authorization_server;

  // Unknown members are ignored, as the specification demands. Errors: oid4vci_offer_malformed,
  // oauth_unsupported_grant_type (no pre-authorized code in it).
  static Result<CredentialOffer> parse_json(std::string_view text);
  // "openid-credential-offer://?credential_offer=...". An offer by reference (credential_offer_uri) is refused: nothing
  // is fetched on the word of a link.
  static Result<CredentialOffer> parse_uri(std::string_view uri);

  json::Object to_json() const;
  std::string to_uri() const;
  friend bool operator==(const CredentialOffer&, const CredentialOffer&) = default;
};

}  // namespace mibun::oid4vci
