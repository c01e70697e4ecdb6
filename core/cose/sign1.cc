#include "core/cose/sign1.h"

namespace mibun::cose {
namespace {

constexpr std::string_view kContext = "Signature1";

Status check_algorithm(const Headers& headers, crypto::SignatureAlgorithm algorithm, const SignaturePolicy& policy) {
  MIBUN_TRY(const std::int64_t named, headers.algorithm_at(policy.place));
  if (!is_number_of(named, algorithm, policy.names)) {
    return fail(ErrorCode::cose_alg_not_allowed, "cose.header.alg", "not the algorithm of the key");
  }
  return {};
}

Result<Bytes> sign(BytesView payload, bool detached, const crypto::Signer& signer, const Sign1Request& request) {
  const crypto::SignatureAlgorithm algorithm = signer.verification_key().algorithm();
  const bool is_classic = request.names == AlgorithmNames::classic;
  const internal::HeaderValues values{
      .algorithm = is_classic ? classic_number(algorithm) : fully_specified_number(algorithm),
      .type = request.type,
      .content_type = request.content_type,
      .key_id = request.key_id,
      .x5chain = request.x5chain};
  const Bytes protected_bytes = internal::write_protected(values);
  MIBUN_TRY(const Bytes signature,
            signer.sign_raw(internal::to_be_covered(kContext, protected_bytes, request.external_data, payload)));
  cbor::Writer writer;
  std::size_t size = 128 + protected_bytes.size() + signature.size() + (detached ? 0 : payload.size());
  if (request.key_id) size += request.key_id->size();
  for (const Bytes& certificate : request.x5chain) size += 8 + certificate.size();
  writer.reserve(size);
  if (request.tagged) writer.tag(kSign1Tag);
  internal::write_elements(writer, protected_bytes, values, detached ? std::nullopt : std::optional(payload),
                           signature);
  return writer.take();
}

}  // namespace

Result<Sign1> Sign1::parse(BytesView message, Tagging tagging) {
  MIBUN_TRY(internal::Message parsed, internal::parse_message(message, kSign1Tag, tagging));
  return Sign1(std::move(parsed));
}

Result<Sign1> Sign1::read(cbor::Reader& reader, Tagging tagging) {
  MIBUN_TRY(internal::Message parsed, internal::read_message(reader, kSign1Tag, tagging));
  return Sign1(std::move(parsed));
}

Result<VerifiedSign1> Sign1::check(BytesView payload, const crypto::PublicKey& key,
                                   const SignaturePolicy& policy) const {
  const Headers& headers = message_.headers;
  MIBUN_CHECK(check_algorithm(headers, key.algorithm(), policy));
  MIBUN_CHECK(headers.check_type(policy.type));
  // DER, or another curve's length: refused before any arithmetic.
  if (message_.proof.size() != crypto::signature_size(key.algorithm())) {
    return fail(ErrorCode::cose_signature_malformed, "cose.signature", "r || s of the key's length is wanted");
  }
  const Bytes covered = internal::to_be_covered(kContext, headers.protected_bytes, policy.external_data, payload);
  if (!key.verify(covered, message_.proof)) {
    return fail(ErrorCode::cose_signature_invalid, "cose.signature", "does not fit the key");
  }
  return VerifiedSign1(payload, headers.content_type);
}

Result<VerifiedSign1> Sign1::verify(const crypto::PublicKey& key, const SignaturePolicy& policy) const {
  if (is_detached()) return fail(ErrorCode::cose_payload_missing, "cose.payload", "it is detached");
  return check(*message_.payload, key, policy);
}

Result<VerifiedSign1> Sign1::verify_detached(BytesView payload, const crypto::PublicKey& key,
                                             const SignaturePolicy& policy) const {
  if (!is_detached()) return fail(ErrorCode::cose_payload_unexpected, "cose.payload", "a detached one is expected");
  return check(payload, key, policy);
}

Result<Bytes> sign1(BytesView payload, const crypto::Signer& signer, const Sign1Request& request) {
  return sign(payload, false, signer, request);
}

Result<Bytes> sign1_detached(BytesView payload, const crypto::Signer& signer, const Sign1Request& request) {
  return sign(payload, true, signer, request);
}

}  // namespace mibun::cose
