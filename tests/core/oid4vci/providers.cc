#include "tests/core/oid4vci/providers.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::oid4vci {

std::vector<std::string> forged_algorithms(const JwtDraft& draft, const crypto::P256PublicKey& key) {
  std::vector<std::string> forged;
  for (const char* alg : {"none", "None", "HS256", "ES384", "RS256", ""}) {
    json::Object header = draft.header;
    header["alg"] = alg;
    const std::string head =
        base64url::encode(json::serialize(header)) + "." + base64url::encode(json::serialize(draft.payload));
    const auto mac = crypto::hmac_sha256(key.point(), as_bytes(head));
    forged.push_back(head + ".");
    forged.push_back(head + "." + base64url::encode(mac));
  }
  return forged;
}

}  // namespace mibun::oid4vci
