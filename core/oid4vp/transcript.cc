#include "core/oid4vp/transcript.h"

namespace mibun::oid4vp {

mdoc::SessionTranscript make_transcript(std::string_view audience, std::string_view nonce,
                                        std::string_view response_uri, const jose::Jwk* encryption_key) {
  constexpr std::string_view kOrigin = "origin:";
  const auto key = encryption_key == nullptr ? mdoc::ResponseKey::not_encrypted()
                                             : mdoc::ResponseKey::thumbprint(encryption_key->thumbprint_sha256());
  if (audience.starts_with(kOrigin)) {
    return mdoc::SessionTranscript::make(
        mdoc::DcApiHandover{.origin = audience.substr(kOrigin.size()), .nonce = nonce, .response_key = key});
  }
  return mdoc::SessionTranscript::make(
      mdoc::RedirectHandover{.client_id = audience, .nonce = nonce, .response_key = key, .response_uri = response_uri});
}

}  // namespace mibun::oid4vp
