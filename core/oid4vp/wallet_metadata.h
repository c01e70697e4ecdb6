#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/dcql/query.h"
#include "core/jose/jwe.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/request_profile.h"

// What a wallet says about itself when it fetches a request with POST: OpenID4VP 1.0, sections 5.10 and 10.1; RFC 8414
// and JARM name the members that are not OpenID4VP's own.
//   {"vp_formats_supported": {...}, "client_id_prefixes_supported": [...]?, "response_types_supported": [...]?,
//    "response_modes_supported": [...]?, "request_object_signing_alg_values_supported": [...]?,
//    "authorization_encryption_alg_values_supported": [...]?, "authorization_encryption_enc_values_supported": [...]?,
//    "jwks": {...}?}
namespace mibun::oid4vp {

inline constexpr std::string_view kWalletMetadataField = "wallet_metadata";
inline constexpr std::size_t kWalletMetadataBytesMax = 16 * 1024;
inline constexpr std::size_t kWalletMetadataValuesMax = 64;  // in one list

class WalletMetadata {
 public:
  // What a wallet of that profile says: nothing that would tell it from others of its kind.
  static WalletMetadata of(const RequestProfile& profile);
  // Unknown members are ignored. Errors: oid4vp_invalid_request at the member (not JSON, too large, another shape, keys
  // for encryption of which none can be used), private_key_rejected.
  static Result<WalletMetadata> parse(std::string_view text);
  json::Object to_json() const;

  // What a gateway is about to send.
  struct Offered {
    const dcql::Query& query;
    ClientId::Prefix prefix;
    ResponseMode mode;
  };
  // A list that is left out says nothing, but for the prefixes, whose default is the specification's: "pre-registered".
  // Errors, when the wallet says that it could not answer: oid4vp_client_id_prefix_not_supported,
  // oid4vp_response_mode_not_supported, dcql_unsupported_format, jws_alg_not_allowed (it takes no ES256),
  // jwe_alg_not_allowed, jwe_enc_not_allowed (it does not encrypt as we read).
  Status check_answers(const Offered& offered) const;

  // To whom the request object is to be encrypted; nothing when the wallet does not ask for it.
  const std::optional<ResponseKey>& request_key() const { return request_key_; }

 private:
  using List = std::optional<std::vector<std::string>>;
  json::Object formats_;
  std::vector<std::string> prefixes_;
  List response_types_, response_modes_, signing_algs_, encryption_algs_, encryption_encs_;
  std::optional<ResponseKey> request_key_;
};

// The signed request object inside a JWE for the wallet: RFC 9101, section 6.1. Errors: jwk_unsupported.
Result<std::string> encrypt_request_object(std::string_view request_object, const ResponseKey& key, Rng& rng);

}  // namespace mibun::oid4vp
