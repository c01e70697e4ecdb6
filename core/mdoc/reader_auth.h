#pragma once

#include <span>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/public_key.h"
#include "core/crypto/x509.h"
#include "core/mdoc/device_request.h"
#include "core/mdoc/session_transcript.h"

// ISO/IEC 18013-5, 9.1.4: a reader signs what it asks for, over this very exchange.
//   ReaderAuth = COSE_Sign1 with x5chain, detached payload #6.24(bstr .cbor
//     ["ReaderAuthentication", SessionTranscript, ItemsRequestBytes])
namespace mibun::mdoc {

struct ReaderAuthPolicy;

// What is asked, by a reader whose certificate leads to an anchor of ours.
class VerifiedDocRequest {
 public:
  const ItemsRequest& items() const { return items_; }
  const crypto::Certificate& reader() const { return reader_; }

 private:
  friend Result<VerifiedDocRequest> verify_reader_auth(DocRequest request, const ReaderAuthPolicy& policy);
  VerifiedDocRequest(ItemsRequest items, crypto::Certificate reader)
      : items_(std::move(items)), reader_(std::move(reader)) {}
  ItemsRequest items_;
  crypto::Certificate reader_;
};

// What is asked, by nobody knows whom. Another type than the verified one, so that a wallet shows the difference.
class UnauthenticatedDocRequest {
 public:
  const ItemsRequest& items() const { return items_; }

 private:
  friend UnauthenticatedDocRequest ignore_reader_auth(DocRequest request);
  explicit UnauthenticatedDocRequest(ItemsRequest items) : items_(std::move(items)) {}
  ItemsRequest items_;
};

struct ReaderAuthPolicy {
  const SessionTranscript& transcript;  // the device's own, of this session
  const crypto::TrustAnchors& anchors;  // of the purpose mdoc_reader
  Instant now;
};

// Errors, in the order of the checks: mdoc_reader_auth_missing; mdoc_reader_auth_malformed (not a COSE_Sign1, a payload
// that is not detached); mdoc_x5chain_missing; certificate_* (TrustAnchors::verify_chain);
// mdoc_reader_auth_algorithm_not_allowed; mdoc_reader_auth_signature_invalid.
Result<VerifiedDocRequest> verify_reader_auth(DocRequest request, const ReaderAuthPolicy& policy);

// Whether this reader signed this request over this session; whom the certificate belongs to is not looked at. For what
// was judged when it came and is looked at again later. `session_transcript`: encoded. Errors: those of
// verify_reader_auth but certificate_*; mdoc_reader_auth_signature_invalid also for another reader's certificate.
Status check_reader_signature(const DocRequest& request, BytesView session_transcript,
                              const crypto::Certificate& reader);

// For a reader that does not authenticate, or one whose signature the holder does not care about: nothing is checked.
UnauthenticatedDocRequest ignore_reader_auth(DocRequest request);

// The reader's side. `x5chain`: DER, leaf first, without the anchor. Errors: those of the signer.
Result<Bytes> sign_reader_auth(const ItemsRequest& items, const SessionTranscript& transcript,
                               const crypto::Signer& signer, std::span<const Bytes> x5chain);

}  // namespace mibun::mdoc
