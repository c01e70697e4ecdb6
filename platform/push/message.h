#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/crypto/p256.h"
#include "platform/push/receiver.h"

// Web Push: RFC 8030, its encryption (RFC 8291 on RFC 8188) and who sends it (RFC 8292).
namespace mibun::push {

// Every message is padded to this many bytes before it is encrypted, so that its length tells the push service nothing.
inline constexpr std::size_t kPaddedSize = 128;

inline constexpr std::size_t kSaltSize = 16;

// One record of the coding aes128gcm with its header: RFC 8291, section 4. `sender` is fresh for each message, and so
// is `salt`. `padding`: zero bytes behind the plaintext. Errors: key_agreement_failed.
Result<Bytes> encrypt(const Receiver& receiver, const crypto::P256PrivateKey& sender, BytesView salt,
                      BytesView plaintext, std::size_t padding);

// Who sends: the key that browsers were told when they subscribed, and where a push service can complain.
struct Sender {
  const crypto::P256Signer& key;
  std::string contact;  // an https or mailto URI
};
// The value of the Authorization header, good for twelve hours at this push service alone: RFC 8292, sections 2 and 3.
Result<std::string> authorization(const Sender& sender, const HttpsUrl& endpoint, Instant now);

// POST to the push service, which keeps it for a day for a browser that is not there: RFC 8030, section 5. The same
// headers and the same length for every message. Errors: invalid_argument (longer than kPaddedSize), those of above.
Result<HttpRequest> make_request(const Receiver& receiver, const Sender& sender, std::string_view message, Instant now,
                                 Rng& rng);

}  // namespace mibun::push
