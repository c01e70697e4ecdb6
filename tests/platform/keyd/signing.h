#pragma once

#include <string>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "core/crypto/x509.h"
#include "platform/keyd/signing_keys.h"

// What the platform's keys sign, as small as it can be.
namespace mibun::keyd::test {

inline const Instant kThen = Instant::from_unix_seconds(1'790'000'000);

inline std::string jwt_of(std::string_view type) {
  return base64url::encode(R"({"alg":"ES256","typ":")" + std::string(type) + "\"}") + "." + base64url::encode("{}");
}

inline Bytes sig_structure(std::string_view context = "Signature1") {
  cbor::Writer mso, message;
  mso.tag(24).bytes(Bytes{0xa0});
  message.array(4).text(context).bytes(Bytes{0xa0}).bytes({}).bytes(mso.take());
  return message.take();
}

inline crypto::CertificateRequest request_of(const std::string& name,
                                             std::optional<crypto::CertificatePurpose> purpose = std::nullopt) {
  crypto::CertificateRequest request;
  request.common_name = name;
  request.not_before = kThen;
  request.not_after = kThen + std::chrono::days(100);
  request.purpose = purpose;
  return request;
}

// A self-signed certificate of any key, as somebody else would make it.
inline std::vector<Bytes> chain_for(const crypto::P256PublicKey& key,
                                    crypto::CertificatePurpose purpose = crypto::CertificatePurpose::receipt) {
  const auto root_key = crypto::P256PrivateKey::generate();
  const auto root = crypto::make_root_certificate(request_of("root"), root_key).value();
  return {to_bytes(crypto::make_certificate(request_of("leaf", purpose), key, root, root_key)->der())};
}

}  // namespace mibun::keyd::test
