// A key proof: the input as it is, and as claims that a key signed which the header carries; and an answer's body, in
// the clear and as something encrypted.
#include <cstdint>

#include "core/jose/jws.h"
#include "core/oid4vci/encryption.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/proof.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

Result<VerifiedKeyProofs> verify(const std::string& proof) {
  const std::vector<std::string> proofs{proof};
  return VerifiedKeyProofs::verify(proofs, {.credential_issuer = "https://issuer.example",
                                            .client = KnownClient{"client"},
                                            .key_attestation = KeyAttestationNotUsed{},
                                            .keys_max = 1,
                                            .now = kTestNow});
}

void fuzz_answers(std::string_view text) {
  static const auto key = crypto::P256PrivateKey::generate();
  const HttpResponse plain{200, {{"Content-Type", "application/json"}}, std::string(text)};
  const HttpResponse sealed{200, {{"Content-Type", std::string(kJwtMediaType)}}, std::string(text)};
  if (const auto opened = open_answer(plain, nullptr)) MIBUN_INVARIANT(*opened == text);
  MIBUN_INVARIANT(!open_answer(plain, &key) && !open_answer(sealed, &key) && !open_answer(sealed, nullptr));
  const DecryptionKey keys[] = {{"1", &key}};
  MIBUN_INVARIANT(!open_request(sealed.headers, text, keys, false));
  MIBUN_INVARIANT(!open_request(plain.headers, text, keys, true));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = crypto::P256PrivateKey::generate();
  static const std::string jwk = json::serialize(jose::Jwk(key.public_key()).to_json());
  const std::string_view text = as_text({data, size});
  fuzz_answers(text);
  if (const auto stranger = verify(std::string(text))) MIBUN_INVARIANT(stranger->keys().size() == 1);
  const auto claims = json::parse_object(text);
  if (!claims) return 0;
  const std::string jwt =
      must(jose::sign_jws({{"typ", "openid4vci-proof+jwt"}, {"jwk", must(json::parse_object(jwk))}}, *claims, key));
  const auto verified = verify(jwt);
  if (verified) {
    MIBUN_INVARIANT(verified->keys().size() == 1 && verified->keys()[0].key() == crypto::PublicKey(key.public_key()));
    MIBUN_INVARIANT(claims->at("nonce") == json::Value(verified->nonce()));
  } else {
    MIBUN_INVARIANT(protocol_error(verified.error().code, Endpoint::credential).error == "invalid_proof");
  }
  return 0;
}
