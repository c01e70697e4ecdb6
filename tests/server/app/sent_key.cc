#include "tests/server/app/sent_key.h"

#include "core/codecs/base64url.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "tests/support/test_pki.h"

namespace mibun::server {
namespace {

const crypto::P256PrivateKey& sent_key() {
  static const auto key = crypto::P256PrivateKey::generate();
  return key;
}

}  // namespace

json::Object sent_private_jwk() {
  const SecretBytes text = jose::private_jwk(sent_key());
  return must(json::parse_object(as_text(text.reveal())));
}

std::string sent_private_pem() {
  const SecretBytes text = crypto::private_key_pem(sent_key());
  return std::string(as_text(text.reveal()));
}

std::vector<std::string> sent_key_traces() {
  const SecretBytes scalar = sent_key().scalar();
  const BytesView bytes = scalar.reveal();
  std::vector<std::string> traces{std::string(as_text(bytes)), hex::encode(bytes), base64url::encode(bytes),
                                  base64::encode(bytes)};
  // A line of the PEM: the scalar begins at another place of a base64 group there.
  const std::string pem = sent_private_pem();
  const std::size_t first_line = pem.find('\n') + 1;
  traces.push_back(pem.substr(first_line + 48, 16));
  traces.push_back(pem.substr(first_line + 65, 32));
  return traces;
}

}  // namespace mibun::server
