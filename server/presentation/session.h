#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "core/oid4vp/request_profile.h"
#include "core/receipt/receipt.h"

// What ties a request to the partner's browser session that started it, and seals the result for that session alone.
// docs/decisions/0020 and 0027.
namespace mibun::server {

// same_device: the browser that asked is sent on to the wallet and comes back with the response_code.
// cross_device: it shows a QR code and a pairing code, and waits; nobody comes back.
// dc_api: the browser itself asks the wallet and gives the answer to the page.
// fragment: the browser comes back with the answer itself, in the clear; its page hands it in.
enum class PresentationMode { same_device, cross_device, dc_api, fragment };
// Nobody comes back with a response_code: the session that asked waits for the answer.
bool waits_in_session(PresentationMode mode);
std::string_view to_string(PresentationMode mode);
// Errors: request_malformed.
Result<PresentationMode> parse_presentation_mode(std::string_view text);
receipt::PresentationChannel channel_of(PresentationMode mode);
// The partner's page hands the answer in, instead of the wallet.
bool comes_by_page(PresentationMode mode);
// How the answer travels: what the partner says, if it fits the mode and is `allowed` here; unsaid, the mode's usual
// way, which is encrypted wherever that exists. Errors: request_malformed.
oid4vp::ResponseMode usual_response_mode(PresentationMode mode);
Result<oid4vp::ResponseMode> choose_response_mode(PresentationMode mode, std::optional<std::string_view> said,
                                                  const oid4vp::AnsweredModes& allowed);

// The secret that the gateway gives out once, with the request; the partner keeps it in the browser session that
// started it. Only its digest and the public half of the key that it makes are kept here.
class SessionSecret {
 public:
  static SessionSecret make(PresentationMode mode, Rng& rng);
  // Any text: whether it is the right one is for matches().
  explicit SessionSecret(std::string_view text) : text_(text) {}

  const std::string& text() const { return text_; }
  Bytes digest() const;  // SHA-256
  // In constant time.
  bool matches(BytesView digest) const { return ct_equal(this->digest(), digest); }
  // Of a request whose session waits. Errors: private_key_malformed (about one text in 2^32, which make() leaves out).
  Result<crypto::P256PrivateKey> key() const;

 private:
  std::string text_;
};

// A token for a command line: none begins with a hyphen, which would be taken for an option.
std::string make_typed_token(Rng& rng);

// For a browser that comes back: only who has the response_code and the session's secret can open it.
Bytes seal_for_return(std::string_view response_code, BytesView session_digest, std::string_view request_id,
                      std::string_view result, Rng& rng);
Result<std::string> open_after_return(std::string_view response_code, const SessionSecret& secret,
                                      std::string_view request_id, BytesView sealed);

// For a browser that waits: only who has the session's secret can open it.
Result<Bytes> seal_for_session(const crypto::P256PublicKey& session_key, std::string_view result, Rng& rng);
Result<std::string> open_in_session(const SessionSecret& secret, BytesView sealed);

}  // namespace mibun::server
