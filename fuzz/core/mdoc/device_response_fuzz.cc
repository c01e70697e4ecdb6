#include "core/mdoc/device_response.h"

#include <cstdint>

#include "core/mdoc/verifier.h"

// What anybody may send to a verifier. Nobody has proved anything to this one: what parses must not verify.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  using namespace mibun::mdoc;
  static const crypto::TrustAnchors nobody(crypto::CertificatePurpose::mdoc_document_signer, {},
                                           crypto::RevocationPolicy::ignore_revocation);
  static const auto reader = crypto::P256PrivateKey::generate();
  static const auto transcript = SessionTranscript::make(RedirectHandover{
      .client_id = "c", .nonce = "n", .response_key = ResponseKey::not_encrypted(), .response_uri = "u"});
  const Bytes input(data, data + size);
  const auto parsed = Encoded<DeviceResponse>::parse(input);
  if (!parsed) return 0;
  const DeviceResponse& response = **parsed;
  for (const Document& document : response.documents) {
    const VerifierPolicy policy{.issuer = {.anchors = nobody, .doc_types = {std::string(document.doc_type)}},
                                .device_auth = SignatureOrMac{reader},
                                .documents_max = response.documents.size()};
    const auto now = document.issuer_signed.mso.validity.valid_from;
    MIBUN_INVARIANT(!verify_device_response(input, policy, transcript, now).has_value());
  }
  return 0;
}
