#include "core/receipt/holder_signature.h"

#include "core/jose/jws.h"
#include "core/receipt/receipt.h"

namespace mibun::receipt {
namespace {

constexpr seconds kLeeway{60};
constexpr seconds kHolderSignatureAgeMax{300};

std::unexpected<Error> mismatch(std::string where) {
  return fail(ErrorCode::receipt_consent_mismatch, std::move(where), "the parts do not belong together");
}

Status check_time(const json::Object& payload, Instant received_at, const std::string& where) {
  const json::Value* iat = payload.if_contains("iat");
  const auto signed_at = jose::numeric_date(iat == nullptr ? json::Value() : *iat, where);
  if (!signed_at) return fail(ErrorCode::receipt_malformed, where, "not as a receipt has it");
  const bool in_time = *signed_at <= received_at + kLeeway && received_at <= *signed_at + kHolderSignatureAgeMax;
  return in_time ? Status{} : mismatch(where);
}

}  // namespace

Result<json::Object> check_holder_signature(std::string_view text, std::string_view typ,
                                            const crypto::PublicKey& holder, std::span<const ExpectedClaim> claims,
                                            Instant received_at, const std::string& where) {
  const auto jws = jose::Jws::parse(text, {.bytes_max = kReceiptBytesMax});
  if (!jws) return fail(ErrorCode::receipt_malformed, where, "not a JWS");
  auto verified = jws->verify(holder, {.typ = typ});
  if (!verified) {
    return fail(ErrorCode::receipt_signature_invalid, where, std::string(to_string(verified.error().code)));
  }
  for (const ExpectedClaim& claim : claims) {
    const json::Value* value = verified->payload().if_contains(claim.name);
    if (value == nullptr || !value->is_string() || std::string_view(value->get_string()) != claim.value) {
      return mismatch(where + "." + std::string(claim.name));
    }
  }
  MIBUN_CHECK(check_time(verified->payload(), received_at, where + ".iat"));
  return std::move(*verified).payload();
}

}  // namespace mibun::receipt
