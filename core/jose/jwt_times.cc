#include <cmath>

#include "core/jose/jws.h"

namespace mibun::jose {
namespace {

constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

std::unexpected<Error> wrong_type(std::string_view where) {
  return fail(ErrorCode::jwt_claim_wrong_type, std::string(where), "not a date in seconds");
}

Result<std::optional<Instant>> read_date(const json::Object& payload, std::string_view name, bool required) {
  const json::Value* value = payload.if_contains(name);
  if (value == nullptr) {
    if (required) return fail(ErrorCode::jwt_claim_missing, std::string(name));
    return std::nullopt;
  }
  MIBUN_TRY(const Instant instant, numeric_date(*value, name));
  return instant;
}

}  // namespace

Result<Instant> numeric_date(const json::Value& value, std::string_view where) {
  if (value.is_int64()) {
    const std::int64_t second = value.get_int64();
    if (second < 0 || second > kLastSecond) return wrong_type(where);
    return Instant::from_unix_seconds(second);
  }
  if (value.is_uint64()) {
    const std::uint64_t second = value.get_uint64();
    if (second > static_cast<std::uint64_t>(kLastSecond)) return wrong_type(where);
    return Instant::from_unix_seconds(static_cast<std::int64_t>(second));
  }
  if (value.is_double()) {
    const double second = value.get_double();
    if (!(second >= 0 && second <= static_cast<double>(kLastSecond))) return wrong_type(where);
    return Instant::from_unix_milliseconds(static_cast<std::int64_t>(std::floor(second * 1000)));
  }
  return wrong_type(where);
}

Status check_times(const json::Object& payload, const TimePolicy& policy, Instant now) {
  MIBUN_TRY(const auto exp, read_date(payload, "exp", policy.exp_required));
  MIBUN_TRY(const auto nbf, read_date(payload, "nbf", false));
  MIBUN_TRY(const auto iat, read_date(payload, "iat", policy.iat_required));
  if (exp && now >= *exp + policy.leeway) return fail(ErrorCode::jwt_expired, "exp");
  if (nbf && now + policy.leeway < *nbf) return fail(ErrorCode::jwt_not_yet_valid, "nbf");
  if (iat && now + policy.leeway < *iat) return fail(ErrorCode::jwt_issued_in_future, "iat");
  if (iat && policy.iat_age_max && now - *iat > *policy.iat_age_max) return fail(ErrorCode::jwt_too_old, "iat");
  return {};
}

}  // namespace mibun::jose
