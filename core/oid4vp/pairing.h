#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"

// The code of a presentation on two devices: the page that asks shows it beside its QR code, the holder types it into
// the wallet, and the answer carries it inside its encryption. Whoever got the QR code alone cannot answer, and a
// wallet that was shown somebody else's QR code has nothing to type. Our own addition to OpenID4VP 1.0 (which leaves
// cross-device phishing to the implementer: section 14.1); docs/decisions/0027.
namespace mibun::oid4vp {

inline constexpr std::string_view kPairingMember = "mibun_pairing";           // in the request object
inline constexpr std::string_view kPairingCodeMember = "mibun_pairing_code";  // in the encrypted response
inline constexpr std::string_view kOurCodeMember = "mibun_code";              // in the refusal at response_uri
inline constexpr std::size_t kPairingCodeDigits = 6;

// That a code is due, and on whose page it stands: {"digits": 6, "website": "https://musubi.example"}. The wallet shows
// the website, so that the person can compare it with the address in the browser.
struct PairingDemand {
  std::string website;  // an https origin

  // Errors: oid4vp_invalid_request at the member (another length, a website that is no https origin).
  static Result<PairingDemand> parse(const json::Object& object, const std::string& where);
  json::Object to_json() const;
};

// Six ASCII digits.
bool is_pairing_code(std::string_view text);
std::string make_pairing_code(Rng& rng);

// For requests that ask for no code: one that comes nevertheless belongs to another request.
// Errors: oid4vp_response_malformed.
Status expect_no_pairing_code(const std::optional<std::string>& code);

}  // namespace mibun::oid4vp
