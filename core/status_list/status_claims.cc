#include "core/status_list/status_claims.h"

#include <cmath>

#include "core/jose/jws.h"

namespace mibun::status_list {
namespace {

constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of year 9999
constexpr seconds kLeeway{60};                         // for clocks that issued before ours

std::unexpected<Error> missing(const char* where) {
  return fail(ErrorCode::jwt_claim_missing, where);
}
std::unexpected<Error> wrong_type(const char* where) {
  return fail(ErrorCode::jwt_claim_wrong_type, where);
}

Result<seconds> time_to_live(std::int64_t value) {
  if (value <= 0 || value > kSecondsMax) return fail(ErrorCode::status_list_malformed, "ttl", "ttl is positive");
  return seconds(value);
}

Result<std::optional<Instant>> optional_date(const json::Object& payload, const char* name) {
  const json::Value* value = payload.if_contains(name);
  if (value == nullptr) return std::nullopt;
  MIBUN_TRY(const Instant instant, jose::numeric_date(*value, name));
  return instant;
}

// A NumericDate of a CWT: an integer or a float without tag 1 (RFC 8392, section 2).
Result<Instant> read_date(cbor::Reader& reader, const char* where) {
  if (const auto whole = reader.read_integer()) {
    if (*whole < 0 || *whole > kSecondsMax) return wrong_type(where);
    return Instant::from_unix_seconds(*whole);
  }
  const auto number = reader.read_float();
  if (!number || !(*number >= 0) || *number > static_cast<double>(kSecondsMax)) return wrong_type(where);
  return Instant::from_unix_milliseconds(static_cast<std::int64_t>(std::floor(*number * 1000)));
}

// The claims of a CWT while they are read.
struct CwtReader {
  std::optional<std::string> subject;
  std::optional<Instant> issued_at, expires_at, not_before;
  std::optional<seconds> ttl;
  std::optional<StatusList> list;

  Status claim(std::int64_t label, cbor::Reader& reader) {
    switch (label) {
      case cwt::subject:
        return text(reader);
      case cwt::issued_at:
        return date(reader, "iat", issued_at);
      case cwt::expires_at:
        return date(reader, "exp", expires_at);
      case cwt::not_before:
        return date(reader, "nbf", not_before);
      case cwt::time_to_live:
        return duration(reader);
      case cwt::status_list:
        return status_list(reader);
      default:
        MIBUN_CHECK(reader.skip());
        return {};
    }
  }

  Status text(cbor::Reader& reader) {
    if (!reader.next_is(cbor::Major::text_string)) return wrong_type("sub");
    MIBUN_TRY(subject, reader.read_text());
    return {};
  }
  static Status date(cbor::Reader& reader, const char* where, std::optional<Instant>& out) {
    MIBUN_TRY(out, read_date(reader, where));
    return {};
  }
  Status duration(cbor::Reader& reader) {
    const auto value = reader.read_integer();
    if (!value) return wrong_type("ttl");
    MIBUN_TRY(ttl, time_to_live(*value));
    return {};
  }
  Status status_list(cbor::Reader& reader) {
    if (!reader.next_is(cbor::Major::map)) return wrong_type("status_list");
    MIBUN_TRY(list, StatusList::read_cbor(reader));
    return {};
  }
};

}  // namespace

Result<TokenContents> TokenContents::from_jwt(const json::Object& payload) {
  json::ObjectReader reader(payload, "status_list_token");
  StatusTokenClaims claims;
  MIBUN_TRY(claims.uri, reader.string("sub"));
  MIBUN_TRY(const std::optional<Instant> issued_at, optional_date(payload, "iat"));
  if (!issued_at) return missing("iat");
  claims.issued_at = *issued_at;
  MIBUN_TRY(claims.expires_at, optional_date(payload, "exp"));
  MIBUN_TRY(const std::optional<Instant> not_before, optional_date(payload, "nbf"));
  MIBUN_TRY(const std::optional<std::int64_t> ttl, reader.optional_integer("ttl"));
  if (ttl) {
    MIBUN_TRY(claims.time_to_live, time_to_live(*ttl));
  }
  MIBUN_TRY(const json::Object* const object, reader.object("status_list"));
  MIBUN_TRY(StatusList list, StatusList::parse(*object));
  return TokenContents{std::move(claims), not_before, std::move(list)};
}

Result<TokenContents> TokenContents::from_cwt(BytesView payload) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(payload, cbor::Form::well_formed, {.items_max = 1000}, &chunks);
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  CwtReader found;
  while (reader.next(pairs)) {
    if (reader.next_is(cbor::Major::text_string)) {
      MIBUN_CHECK(reader.skip());
      MIBUN_CHECK(reader.skip());
      continue;
    }
    MIBUN_TRY(const std::int64_t label, reader.read_integer());
    MIBUN_CHECK(found.claim(label, reader));
  }
  MIBUN_CHECK(reader.finish());
  if (!found.subject) return missing("sub");
  if (!found.issued_at) return missing("iat");
  if (!found.list) return missing("status_list");
  StatusTokenClaims claims{std::move(*found.subject), *found.issued_at, found.expires_at, found.ttl};
  return TokenContents{std::move(claims), found.not_before, std::move(*found.list)};
}

Status TokenContents::check(std::string_view expected_uri, Instant now) const {
  if (claims.uri != expected_uri) {
    return fail(ErrorCode::status_list_subject_mismatch, "sub", "the token is about another list");
  }
  if (claims.issued_at > now + kLeeway) return fail(ErrorCode::jwt_issued_in_future, "iat");
  if (not_before && *not_before > now + kLeeway) return fail(ErrorCode::jwt_not_yet_valid, "nbf");
  if (claims.expires_at && now >= *claims.expires_at) {
    return fail(ErrorCode::status_list_expired, "exp", "the status list has expired");
  }
  return {};
}

}  // namespace mibun::status_list
