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
  const std::vector<std::string> ids = {"identity"};
  for (const bool encrypted : {false, true}) {
    const auto judged =
        read_credential_request({std::string(text), encrypted}, {.credential_issuer = "https://issuer.example",
                                                                 .known_configuration_ids = ids,
                                                                 .configuration_ids = ids,
                                                                 .identifiers = {},
                                                                 .batch_size = 10,
                                                                 .encryption = {},
                                                                 .client = AnonymousClient{},
                                                                 .key_attestation = KeyAttestationNotUsed{},
                                                                 .now = Instant::from_unix_seconds(1'795'402'800)});
    // Whatever is wrong with a request, it is the sender's fault and never ours.
    if (!judged) MIBUN_INVARIANT(protocol_error(judged.error().code, Endpoint::credential).status < 500);
  }
  if (const auto deferred = DeferredRequest::parse(text)) {
    MIBUN_INVARIANT(DeferredRequest::parse(json::serialize(deferred->to_json())).has_value());
  }
  if (const auto notification = NotificationRequest::parse(text)) {
    const auto again = NotificationRequest::parse(json::serialize(notification->to_json()));
    MIBUN_INVARIANT(again.has_value() && again->event == notification->event);
  }
  for (const int status : {200, 202}) {
    if (const auto answer = parse_credential_answer(status, text)) {
      MIBUN_INVARIANT(parse_credential_answer(status, json::serialize(to_json(*answer))).has_value());
    }
  }
  static_cast<void>(NonceResponse::parse(text));
  return 0;
}
