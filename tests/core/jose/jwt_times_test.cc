#include <doctest/doctest.h>

#include "core/jose/jws.h"
#include "tests/support/test_pki.h"

using namespace mibun;

namespace {

ErrorCode check(const json::Object& payload, const jose::TimePolicy& policy, std::int64_t now) {
  const auto status = jose::check_times(payload, policy, Instant::from_unix_seconds(now));
  return status ? ErrorCode::internal_error : status.error().code;
}

}  // namespace

TEST_CASE("the second before, at and after each bound") {
  const json::Object payload{{"exp", 2000}, {"nbf", 1000}, {"iat", 1100}};
  const jose::TimePolicy strict{.leeway = seconds(0), .iat_age_max = seconds(500)};
  const jose::TimePolicy lenient{.leeway = seconds(60)};
  struct Row {
    std::int64_t now;
    const jose::TimePolicy& policy;
    ErrorCode want;
  };
  const Row rows[] = {
      {999, strict, ErrorCode::jwt_not_yet_valid},     {1000, strict, ErrorCode::jwt_issued_in_future},
      {1099, strict, ErrorCode::jwt_issued_in_future}, {1100, strict, ErrorCode::internal_error},
      {1600, strict, ErrorCode::internal_error},       {1601, strict, ErrorCode::jwt_too_old},
      {2000, strict, ErrorCode::jwt_expired},          {1999, lenient, ErrorCode::internal_error},
      {2059, lenient, ErrorCode::internal_error},      {2060, lenient, ErrorCode::jwt_expired},
      {1040, lenient, ErrorCode::internal_error},      {1039, lenient, ErrorCode::jwt_issued_in_future},
      {939, lenient, ErrorCode::jwt_not_yet_valid},
  };
  for (const Row& row : rows) {
    INFO(row.now);
    CHECK(check(payload, row.policy, row.now) == row.want);
  }
}

TEST_CASE("exp itself is the first moment refused, to the millisecond") {
  const jose::TimePolicy policy{.iat_required = false, .leeway = seconds(0)};
  const auto at = [&](std::int64_t ms) {
    return jose::check_times({{"exp", 2}}, policy, Instant::from_unix_milliseconds(ms)).has_value();
  };
  CHECK(at(1999));
  CHECK(!at(2000));
}

TEST_CASE("missing and odd dates") {
  const jose::TimePolicy both{};
  const jose::TimePolicy none{.exp_required = false, .iat_required = false};
  CHECK(check({}, none, 1000) == ErrorCode::internal_error);
  CHECK(check({}, both, 1000) == ErrorCode::jwt_claim_missing);
  CHECK(check({{"exp", 2000}}, both, 1000) == ErrorCode::jwt_claim_missing);
  CHECK(check({{"exp", 2000}, {"iat", 1000}}, both, 1000) == ErrorCode::internal_error);
  for (const json::Value& odd : {json::Value("2000"), json::Value(nullptr), json::Value(-1), json::Value(1e300),
                                 json::Value(-0.5), json::Value(std::int64_t{253'402'300'800}),
                                 json::Value(18446744073709551615U), json::Value(true), json::Value(json::Array{1})}) {
    for (const char* name : {"exp", "nbf", "iat"}) {
      json::Object payload;
      payload[name] = odd;
      CHECK(check(payload, none, 1000) == ErrorCode::jwt_claim_wrong_type);
    }
  }
  CHECK(must(jose::numeric_date(1000.5, "exp")).unix_milliseconds() == 1'000'500);
  CHECK(must(jose::numeric_date(std::int64_t{253'402'300'799}, "exp")).unix_seconds() == 253'402'300'799);
}
