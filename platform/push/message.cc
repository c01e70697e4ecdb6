#include "platform/push/message.h"

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"

namespace mibun::push {
namespace {

constexpr std::uint32_t kRecordSize = 4096;
constexpr std::uint8_t kLastRecord = 2;  // RFC 8188, section 2: what stands between the plaintext and its padding
constexpr std::size_t kKeySize = 16, kNonceSize = 12, kInputKeySize = 32;
constexpr auto kAuthorizationLifetime = std::chrono::hours(12);  // RFC 8292, section 2: at most 24
constexpr std::string_view kKeptSeconds = "86400";

void append(Bytes& out, BytesView more) {
  out.insert(out.end(), more.begin(), more.end());
}

Bytes with_zero(std::string_view text) {
  Bytes bytes = to_bytes(text);
  bytes.push_back(0);
  return bytes;
}

// RFC 8291, section 3.4: bound to both keys and to the secret that the push service does not know.
Result<SecretBytes> input_key(const Receiver& receiver, const crypto::P256PrivateKey& sender) {
  MIBUN_TRY(const SecretBytes shared, sender.agree(receiver.key()));
  Bytes info = with_zero("WebPush: info");
  append(info, receiver.key().point());
  append(info, sender.public_key().point());
  return crypto::hkdf_sha256(shared.reveal(), receiver.auth(), info, kInputKeySize);
}

// RFC 8188, section 2.1: salt, record size, key id.
Bytes header(BytesView salt, const crypto::P256PublicKey& sender) {
  Bytes out = to_bytes(salt);
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(kRecordSize >> shift));
  out.push_back(static_cast<std::uint8_t>(sender.point().size()));
  append(out, sender.point());
  return out;
}

}  // namespace

Result<Bytes> encrypt(const Receiver& receiver, const crypto::P256PrivateKey& sender, BytesView salt,
                      BytesView plaintext, std::size_t padding) {
  MIBUN_INVARIANT(salt.size() == kSaltSize);
  MIBUN_TRY(const SecretBytes input, input_key(receiver, sender));
  const SecretBytes key = crypto::hkdf_sha256(input.reveal(), salt, with_zero("Content-Encoding: aes128gcm"), kKeySize);
  const SecretBytes nonce = crypto::hkdf_sha256(input.reveal(), salt, with_zero("Content-Encoding: nonce"), kNonceSize);
  Bytes record = to_bytes(plaintext);
  record.push_back(kLastRecord);
  record.resize(record.size() + padding);
  Bytes out = header(salt, sender.public_key());
  append(out, crypto::aes_gcm_seal(key.reveal(), nonce.reveal(), {}, record));
  return out;
}

Result<std::string> authorization(const Sender& sender, const HttpsUrl& endpoint, Instant now) {
  const json::Object claims{
      {"aud", endpoint.origin()}, {"exp", (now + kAuthorizationLifetime).unix_seconds()}, {"sub", sender.contact}};
  MIBUN_TRY(const std::string token, jose::sign_jws({{"typ", "JWT"}}, claims, sender.key));
  return "vapid t=" + token + ", k=" + base64url::encode(sender.key.public_key().point());
}

Result<HttpRequest> make_request(const Receiver& receiver, const Sender& sender, std::string_view message, Instant now,
                                 Rng& rng) {
  if (message.size() > kPaddedSize)
    return fail(ErrorCode::invalid_argument, "message", "longer than all are padded to");
  const auto once = crypto::P256PrivateKey::generate();
  MIBUN_TRY(const Bytes body,
            encrypt(receiver, once, rng.bytes(kSaltSize), as_bytes(message), kPaddedSize - message.size()));
  HttpRequest request{.method = "POST", .url = receiver.endpoint().text(), .headers = {}, .body = {}};
  MIBUN_TRY(std::string authorized, authorization(sender, receiver.endpoint(), now));
  request.headers = {{"Authorization", std::move(authorized)},
                     {"Content-Encoding", "aes128gcm"},
                     {"Content-Type", "application/octet-stream"},
                     {"TTL", std::string(kKeptSeconds)},
                     {"Urgency", "normal"}};
  request.body = std::string(as_text(body));
  return request;
}

}  // namespace mibun::push
