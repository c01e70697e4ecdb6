#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/http_message.h"
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

// How an offer lets an issuance begin. `authorization_server`: one that the issuer's metadata must list.
struct PreAuthorizedGrant {
  std::string code;
  std::optional<TxCode> tx_code = {};
  std::optional<std::string> authorization_server = {};
  friend bool operator==(const PreAuthorizedGrant&, const PreAuthorizedGrant&) = default;
};
struct CodeGrant {  // the holder signs in at the authorization server
  std::optional<std::string> issuer_state = {};
  std::optional<std::string> authorization_server = {};
  friend bool operator==(const CodeGrant&, const CodeGrant&) = default;
};

// OpenID4VCI 1.0, section 4.1.1.
//   {"credential_issuer":"https://..","credential_configuration_ids":["identity"],
//    "grants"?:{"urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"..","tx_code":{..}},
//               "authorization_code":{"issuer_state":".."}}}
struct CredentialOffer {
  std::string credential_issuer;  // compared byte for byte everywhere
  std::vector<std::string> configuration_ids;
  // Neither of the two: the metadata of the authorization server say how.
  std::optional<PreAuthorizedGrant> pre_authorized = {};
  std::optional<CodeGrant> by_code = {};

  // Unknown members are ignored, as the specification demands. Errors: oid4vci_offer_malformed,
  // oauth_unsupported_grant_type (grants, but none that we know).
  static Result<CredentialOffer> parse_json(std::string_view text);
  // What came from an offer's address (section 4.1.3). Errors: also http_redirect_refused, http_status_unexpected,
  // oid4vci_response_malformed (another media type).
  static Result<CredentialOffer> read_response(const HttpResponse& response);

  json::Object to_json() const;
  // "openid-credential-offer://?credential_offer=..."
  std::string to_uri() const;
  friend bool operator==(const CredentialOffer&, const CredentialOffer&) = default;
};

// An offer that lies somewhere else. Nothing is fetched on the word of a link: that needs the holder's word.
class OfferReference {
 public:
  // Errors: url_malformed, url_not_https.
  static Result<OfferReference> parse(std::string_view url);

  const std::string& url() const { return url_; }
  const std::string& origin() const { return origin_; }
  HttpRequest request() const;
  // "openid-credential-offer://?credential_offer_uri=..."
  std::string to_uri() const;
  friend bool operator==(const OfferReference&, const OfferReference&) = default;

 private:
  OfferReference(std::string url, std::string origin) : url_(std::move(url)), origin_(std::move(origin)) {}
  std::string url_, origin_;
};

// A link (or QR code) of the scheme openid-credential-offer: an offer by value or by reference, never both
// (section 4.1).
using OfferLink = std::variant<CredentialOffer, OfferReference>;
// Errors: oid4vci_offer_malformed, oauth_unsupported_grant_type.
Result<OfferLink> parse_offer_link(std::string_view uri);

}  // namespace mibun::oid4vci
