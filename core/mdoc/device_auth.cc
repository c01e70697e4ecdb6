#include "core/mdoc/device_auth.h"

#include "core/codecs/cbor.h"
#include "core/crypto/hash.h"

namespace mibun::mdoc {

Bytes device_authentication_bytes(const SessionTranscript& transcript, std::string_view doc_type,
                                  BytesView device_name_spaces_bytes) {
  cbor::Writer inner;
  inner.reserve(64 + transcript.encoded().size() + doc_type.size() + device_name_spaces_bytes.size());
  inner.array(4).text("DeviceAuthentication").raw(transcript.encoded()).text(doc_type).raw(device_name_spaces_bytes);
  cbor::Writer outer;
  outer.reserve(inner.view().size() + 8);
  return outer.embedded(inner.view()).take();
}

Result<SecretBytes> derive_e_mac_key(const crypto::KeyAgreement& own, const crypto::P256PublicKey& peer,
                                     const SessionTranscript& transcript) {
  MIBUN_TRY(const SecretBytes shared, own.agree(peer));
  const crypto::Sha256Digest salt = crypto::sha256(transcript.tagged());
  return crypto::hkdf_sha256(shared.reveal(), salt, as_bytes("EMacKey"), 32);
}

}  // namespace mibun::mdoc
