#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/hash.h"

namespace mibun::mdoc {

// Whether the response travels encrypted, and for which key: the SHA-256 of its JWK thumbprint (RFC 7638, the 32 raw
// bytes), or null in the handover. It has no default, so that nobody leaves the key out by silence.
class ResponseKey {
 public:
  static ResponseKey thumbprint(const crypto::Sha256Digest& sha256) { return ResponseKey(sha256); }
  static ResponseKey not_encrypted() { return ResponseKey(std::nullopt); }
  const std::optional<crypto::Sha256Digest>& value() const { return value_; }

 private:
  explicit ResponseKey(std::optional<crypto::Sha256Digest> value) : value_(value) {}
  std::optional<crypto::Sha256Digest> value_;
};

// OpenID4VP 1.0, appendix B.2.6.1: an answer by redirect or direct_post.
struct RedirectHandover {
  std::string_view client_id;  // with its prefix, as in the request
  std::string_view nonce;
  ResponseKey response_key;
  std::string_view response_uri;  // or redirect_uri, whichever the response mode uses
};

// OpenID4VP 1.0, appendix B.2.6.2: an answer through the Digital Credentials API.
struct DcApiHandover {
  std::string_view origin;  // "https://example.com", without the "origin:" of an audience
  std::string_view nonce;
  ResponseKey response_key;
};

// ISO/IEC 18013-5, 9.1.5.1: how a reader and a device met.
struct QrHandover {};
struct NfcHandover {
  BytesView handover_select;                  // the NDEF message as it was read
  std::optional<BytesView> handover_request;  // none in static handover
};
using ProximityHandover = std::variant<QrHandover, NfcHandover>;

struct ProximityTranscript {
  BytesView device_engagement;   // DeviceEngagement as the reader read it, without tag 24
  BytesView e_reader_key_bytes;  // EReaderKeyBytes as it stands in SessionEstablishment, with tag 24
  ProximityHandover handover;
};

// What both ends agree on about their exchange; device and reader sign over it.
//   SessionTranscript = [DeviceEngagementBytes / null, EReaderKeyBytes / null, Handover]
//   SessionTranscriptBytes = #6.24(bstr .cbor SessionTranscript)
// Each end makes its own: a transcript never arrives in a message.
class SessionTranscript {
 public:
  // [null, null, ["OpenID4VPHandover", SHA-256([client_id, nonce, thumbprint / null, response_uri])]]
  static SessionTranscript make(const RedirectHandover& handover);
  // [null, null, ["OpenID4VPDCAPIHandover", SHA-256([origin, nonce, thumbprint / null])]]
  static SessionTranscript make(const DcApiHandover& handover);
  // [DeviceEngagementBytes, EReaderKeyBytes, null / [bstr, bstr / null]]
  // Errors: those of cbor::Reader (a part is not one well-formed item), cbor_wrong_type (no tag 24).
  static Result<SessionTranscript> make(const ProximityTranscript& parts);

  BytesView encoded() const { return BytesView(tagged_).subspan(content_begin_); }  // SessionTranscript
  BytesView tagged() const { return tagged_; }                                      // SessionTranscriptBytes

  friend bool operator==(const SessionTranscript&, const SessionTranscript&) = default;

 private:
  explicit SessionTranscript(BytesView encoded);
  Bytes tagged_;
  std::size_t content_begin_ = 0;
};

}  // namespace mibun::mdoc
