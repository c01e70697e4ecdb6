#include "core/mdoc/reader_auth.h"

#include "core/codecs/cbor.h"
#include "core/cose/sign1.h"

namespace mibun::mdoc {
namespace {

// `transcript`: encoded.
Bytes reader_authentication_bytes(const ItemsRequest& items, BytesView transcript) {
  cbor::Writer content;
  content.reserve(transcript.size() + items.item().size() + 64);
  content.array(3).text("ReaderAuthentication").raw(transcript).raw(items.item());
  cbor::Writer out;
  out.reserve(content.view().size() + 16);
  out.embedded(content.view());
  return out.take();
}

// What COSE says of a message, in the words of reader authentication; the detail names COSE's own.
std::unexpected<Error> refused(const Error& error) {
  ErrorCode code = ErrorCode::mdoc_reader_auth_malformed;
  if (error.code == ErrorCode::cose_alg_missing || error.code == ErrorCode::cose_alg_not_allowed) {
    code = ErrorCode::mdoc_reader_auth_algorithm_not_allowed;
  } else if (error.code == ErrorCode::cose_signature_malformed || error.code == ErrorCode::cose_signature_invalid) {
    code = ErrorCode::mdoc_reader_auth_signature_invalid;
  }
  return fail(code, "readerAuth", std::string(to_string(error.code)));
}

// With a certificate in it, whosever.
Result<cose::Sign1> read_reader_auth(const DocRequest& request) {
  if (!request.reader_auth()) return fail(ErrorCode::mdoc_reader_auth_missing, "readerAuth");
  auto sign1 = cose::Sign1::parse(*request.reader_auth(), cose::Tagging::tolerated);
  if (!sign1) return refused(sign1.error());
  if (!sign1->is_detached()) {
    return fail(ErrorCode::mdoc_reader_auth_malformed, "readerAuth.payload", "the payload is detached");
  }
  if (sign1->unverified_headers().x5chain.empty()) return fail(ErrorCode::mdoc_x5chain_missing, "readerAuth");
  return std::move(*sign1);
}

Status check_signed(const cose::Sign1& sign1, const DocRequest& request, BytesView transcript,
                    const crypto::Certificate& reader) {
  const Bytes payload = reader_authentication_bytes(request.unverified_items(), transcript);
  const auto verified = sign1.verify_detached(payload, reader.public_key(), cose::SignaturePolicy{});
  return verified ? Status() : refused(verified.error());
}

}  // namespace

Result<VerifiedDocRequest> verify_reader_auth(DocRequest request, const ReaderAuthPolicy& policy) {
  MIBUN_CHECK(policy.anchors.check_purpose(crypto::CertificatePurpose::mdoc_reader));
  MIBUN_TRY(const cose::Sign1 sign1, read_reader_auth(request));
  MIBUN_TRY(crypto::Certificate reader, policy.anchors.verify_chain(sign1.unverified_headers().x5chain, policy.now));
  MIBUN_CHECK(check_signed(sign1, request, policy.transcript.encoded(), reader));
  return VerifiedDocRequest(std::move(request).unverified_items(), std::move(reader));
}

Status check_reader_signature(const DocRequest& request, BytesView session_transcript,
                              const crypto::Certificate& reader) {
  MIBUN_TRY(const cose::Sign1 sign1, read_reader_auth(request));
  return check_signed(sign1, request, session_transcript, reader);
}

UnauthenticatedDocRequest ignore_reader_auth(DocRequest request) {
  return UnauthenticatedDocRequest(std::move(request).unverified_items());
}

Result<Bytes> sign_reader_auth(const ItemsRequest& items, const SessionTranscript& transcript,
                               const crypto::Signer& signer, std::span<const Bytes> x5chain) {
  return cose::sign1_detached(reader_authentication_bytes(items, transcript.encoded()), signer,
                              cose::Sign1Request{.x5chain = x5chain});
}

}  // namespace mibun::mdoc
