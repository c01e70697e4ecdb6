#include "core/cose/mac0.h"

#include "core/cose/algorithm.h"
#include "core/crypto/hash.h"

namespace mibun::cose {
namespace {

constexpr std::string_view kContext = "MAC0";

Bytes make(BytesView payload, bool detached, const SecretBytes& key, const Mac0Request& request) {
  MIBUN_INVARIANT(key.size() >= kMacKeyBytesMin);
  const internal::HeaderValues values{
      .algorithm = algorithm::hmac_256, .type = request.type, .content_type = request.content_type};
  const Bytes protected_bytes = internal::write_protected(values);
  const auto tag = crypto::hmac_sha256(
      key.reveal(), internal::to_be_covered(kContext, protected_bytes, request.external_data, payload));
  cbor::Writer writer;
  if (request.tagged) writer.tag(kMac0Tag);
  internal::write_elements(writer, protected_bytes, values, detached ? std::nullopt : std::optional(payload), tag);
  return writer.take();
}

}  // namespace

Result<Mac0> Mac0::parse(BytesView message, Tagging tagging) {
  MIBUN_TRY(internal::Message parsed, internal::parse_message(message, kMac0Tag, tagging));
  return Mac0(std::move(parsed));
}

Result<Mac0> Mac0::read(cbor::Reader& reader, Tagging tagging) {
  MIBUN_TRY(internal::Message parsed, internal::read_message(reader, kMac0Tag, tagging));
  return Mac0(std::move(parsed));
}

Result<VerifiedMac0> Mac0::check(BytesView payload, const SecretBytes& key, const MacPolicy& policy) const {
  if (key.size() < kMacKeyBytesMin) return fail(ErrorCode::invalid_argument, "key", "too short for a MAC");
  const Headers& headers = message_.headers;
  MIBUN_TRY(const std::int64_t named, headers.algorithm_at(policy.place));
  if (named != algorithm::hmac_256) {
    return fail(ErrorCode::cose_alg_not_allowed, "cose.header.alg", "only HMAC 256/256");
  }
  MIBUN_CHECK(headers.check_type(policy.type));
  const auto tag = crypto::hmac_sha256(
      key.reveal(), internal::to_be_covered(kContext, headers.protected_bytes, policy.external_data, payload));
  if (!ct_equal(tag, message_.proof)) {
    return fail(ErrorCode::cose_mac_invalid, "cose.tag", "does not fit the key");
  }
  return VerifiedMac0(payload);
}

Result<VerifiedMac0> Mac0::verify(const SecretBytes& key, const MacPolicy& policy) const {
  if (is_detached()) return fail(ErrorCode::cose_payload_missing, "cose.payload", "it is detached");
  return check(*message_.payload, key, policy);
}

Result<VerifiedMac0> Mac0::verify_detached(BytesView payload, const SecretBytes& key, const MacPolicy& policy) const {
  if (!is_detached()) return fail(ErrorCode::cose_payload_unexpected, "cose.payload", "a detached one is expected");
  return check(payload, key, policy);
}

Bytes mac0(BytesView payload, const SecretBytes& key, const Mac0Request& request) {
  return make(payload, false, key, request);
}

Bytes mac0_detached(BytesView payload, const SecretBytes& key, const Mac0Request& request) {
  return make(payload, true, key, request);
}

}  // namespace mibun::cose
