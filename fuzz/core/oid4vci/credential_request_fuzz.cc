#include "core/base/bytes.h"
#include "core/oid4vci/issuer_steps.h"

using namespace mibun;
using namespace mibun::oid4vci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto request = CredentialRequest::parse(text, 10)) {
    const auto again = CredentialRequest::parse(json::serialize(request->to_json()), 10);
    MIBUN_INVARIANT(again.has_value() && again->name == request->name && again->proofs == request->proofs);
  }
  const std::vector<HttpHeader> headers = {{"Content-Type", "application/json"}};
  const std::vector<std::string> ids = {"identity"};
  const auto judged = read_credential_request(headers, text,
                                              {.credential_issuer = "https://issuer.example",
                                               .configuration_ids = ids,
                                               .batch_size = 10,
                                               .client = AnonymousClient{},
                                               .key_attestation = KeyAttestationNotUsed{},
                                               .now = Instant::from_unix_seconds(1'795'402'800)});
  // Whatever is wrong with a request, it is the sender's fault and never ours.
  if (!judged) MIBUN_INVARIANT(protocol_error(judged.error().code, Endpoint::credential).status < 500);
  static_cast<void>(CredentialResponse::parse(text));
  static_cast<void>(NonceResponse::parse(text));
  return 0;
}
