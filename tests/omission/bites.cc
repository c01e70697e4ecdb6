#include "tests/omission/bites.h"

namespace mibun::omission {

const std::vector<Bite>& bites() {
  static const std::vector<Bite> rows{
      {"jws", "typ", "header/typ", "other"},
      {"jws", "signature", "text/", "flip"},
      {"sd_jwt_vc/presentation", "nonce", "kb/payload/nonce", "other"},
      {"sd_jwt_vc/presentation", "audience", "kb/payload/aud", "other"},
      {"sd_jwt_vc/presentation", "vct", "issuer/payload/vct", "other"},
      {"sd_jwt_vc/presentation", "key binding", "text/", "truncate"},
      {"status_list/jwt", "subject", "payload/sub", "empty"},
      {"sd_jwt_vc/type_metadata", "integrity", "document/name", "remove"},
      {"mdoc/device_response", "transcript", "policy/nonce", "other"},
      {"mdoc/device_response", "doctype", "policy/doc_types", "other"},
      {"mdoc/device_response", "kind of proof", "policy/device_auth", "other"},
      {"mdoc/device_response", "element types", "item/3/elementValue", "null"},
      {"mdoc/issued", "device key", "policy/device_key", "other"},
      {"oid4vci/dpop", "htm", "payload/htm", "empty"},
      {"oid4vci/key_proof", "audience", "payload/aud", "empty"},
      {"oid4vci/code_redemption", "pkce", "form/code_verifier", "append"},
      {"oid4vci/client_attestation", "audience", "pop/payload/aud", "empty"},
      {"oid4vp/request_object", "client_id", "payload/client_id", "remove"},
  };
  return rows;
}

}  // namespace mibun::omission
