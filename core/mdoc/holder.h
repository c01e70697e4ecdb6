#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "core/crypto/public_key.h"
#include "core/mdoc/encoded.h"
#include "core/mdoc/issuer_signed.h"
#include "core/mdoc/session_transcript.h"
#include "core/mdoc/verifier.h"

namespace mibun::mdoc {

// [name space, element identifier]: a claims path of DCQL, an element of an ItemsRequest.
struct ElementName {
  std::string name_space, identifier;
  friend auto operator<=>(const ElementName&, const ElementName&) = default;
};

// How this device proves itself: with a signature, or, when the reader showed an ephemeral key, with a MAC that only
// that reader can check (and could have made itself).
struct SignWith {
  const crypto::Signer& device_key;
};
struct MacWith {
  const crypto::KeyAgreement& device_key;
  const crypto::P256PublicKey& reader_key;
};
using DeviceProof = std::variant<SignWith, MacWith>;

// An mdoc in a wallet: what it says, and presentations of parts of it. Moves, never copies.
class HeldMdoc {
 public:
  explicit HeldMdoc(VerifiedIssuerSigned verified) : issuer_signed_(std::move(verified.issuer_signed_)) {}
  // For bytes that this wallet verified at reception and kept sealed: the grammar and the digests are checked, the
  // issuer's signature is not. Errors: those of IssuerSigned::parse and check_digests.
  static Result<HeldMdoc> reopen_stored(Bytes issuer_signed);

  const Bytes& bytes() const { return issuer_signed_.bytes(); }
  std::string_view doc_type() const { return mso().doc_type; }
  const std::vector<IssuerNameSpace>& name_spaces() const { return issuer_signed_->name_spaces; }
  const crypto::PublicKey& device_key() const { return mso().device_key; }
  const ValidityInfo& validity() const { return mso().validity; }
  const std::optional<MsoStatus>& status() const { return mso().status; }
  const Mso& mso() const { return issuer_signed_->mso; }
  const IssuerSigned& issuer_signed() const { return *issuer_signed_; }

  // One Document with exactly the selected items, byte for byte as the issuer made them, and no elements of the
  // device's own. An empty selection proves possession and shows nothing. A name twice counts once.
  // Errors: mdoc_element_not_held, invalid_argument (`proof` holds another key than device_key()), and the key's.
  Result<Bytes> document(std::span<const ElementName> selected, const SessionTranscript& transcript,
                         const DeviceProof& proof) const;
  // A DeviceResponse with that one document: what OpenID4VP sends. Errors: those of document().
  Result<Bytes> present(std::span<const ElementName> selected, const SessionTranscript& transcript,
                        const DeviceProof& proof) const;

 private:
  explicit HeldMdoc(Encoded<IssuerSigned> issuer_signed) : issuer_signed_(std::move(issuer_signed)) {}
  Encoded<IssuerSigned> issuer_signed_;
};

// A document that was asked for and is not returned; 0 says no reason (ISO/IEC 18013-5, table 9).
struct WithheldDocument {
  std::string doc_type;
  std::int64_t code = 0;
};

// DeviceResponse with status 0 of documents made by HeldMdoc::document, in their order.
Bytes make_device_response(std::span<const Bytes> documents, std::span<const WithheldDocument> withheld = {});
// DeviceResponse without documents: 10 general error, 11 decoding error, 12 validation error.
Bytes make_error_response(std::uint64_t status);

}  // namespace mibun::mdoc
