#include "server/legal_hold/record.h"

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"

namespace mibun::server::legal_hold {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kIdBytes = 16;
constexpr json::Limits kLimits{.bytes_max = 16 * 1024 * 1024, .values_max = 200'000};

Result<HoldRecord::Sealed> read_sealed(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "hold.sealed");
  json::ObjectReader reader(value.get_object(), "hold.sealed");
  HoldRecord::Sealed sealed;
  MIBUN_TRY(sealed.field, reader.string("field"));
  MIBUN_TRY(sealed.first_person, reader.string("first_person"));
  MIBUN_TRY(sealed.second_person, reader.string("second_person"));
  MIBUN_TRY(sealed.envelope, reader.string("envelope"));
  MIBUN_CHECK(reader.finish());
  return sealed;
}

}  // namespace

std::string to_json(const HoldRecord& record) {
  json::Array sealed;
  for (const HoldRecord::Sealed& one : record.sealed) {
    sealed.push_back(json::Object{{"field", one.field},
                                  {"first_person", one.first_person},
                                  {"second_person", one.second_person},
                                  {"envelope", one.envelope}});
  }
  return json::serialize(json::Object{{"version", kVersion},
                                      {"hold_id", record.hold_id},
                                      {"erasure_id", record.erasure_id},
                                      {"account", base64url::encode(record.account_lookup)},
                                      {"duty_id", record.duty_id},
                                      {"law", record.law},
                                      {"article", record.article},
                                      {"controller", record.controller},
                                      {"kept_at_ms", record.kept_at.unix_milliseconds()},
                                      {"until", record.until},
                                      {"erase_at_ms", record.erase_at.unix_milliseconds()},
                                      {"sealed", std::move(sealed)}});
}

Result<HoldRecord> read_hold_record(BytesView text) {
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text), kLimits));
  json::ObjectReader reader(object, "hold");
  HoldRecord record;
  MIBUN_TRY(const std::int64_t version, reader.integer("version"));
  if (version != kVersion) return fail(ErrorCode::json_wrong_type, "hold.version");
  MIBUN_TRY(record.hold_id, reader.string("hold_id"));
  MIBUN_TRY(record.erasure_id, reader.string("erasure_id"));
  MIBUN_TRY(const std::string_view account, reader.string("account"));
  MIBUN_TRY(record.account_lookup, base64url::decode(account));
  MIBUN_TRY(record.duty_id, reader.string("duty_id"));
  MIBUN_TRY(record.law, reader.string("law"));
  MIBUN_TRY(record.article, reader.string("article"));
  MIBUN_TRY(record.controller, reader.string("controller"));
  MIBUN_TRY(const std::int64_t kept_at, reader.integer("kept_at_ms"));
  record.kept_at = Instant::from_unix_milliseconds(kept_at);
  MIBUN_TRY(record.until, reader.string("until"));
  MIBUN_TRY(const std::int64_t erase_at, reader.integer("erase_at_ms"));
  record.erase_at = Instant::from_unix_milliseconds(erase_at);
  MIBUN_TRY(const json::Array* sealed, reader.array("sealed"));
  MIBUN_CHECK(reader.finish());
  for (const json::Value& value : *sealed) {
    MIBUN_TRY(record.sealed.emplace_back(), read_sealed(value));
  }
  return record;
}

std::string hold_id_of(BytesView account_lookup, const std::string& duty_id) {
  const auto digest = crypto::sha256({as_bytes("mibun legal hold\n"), account_lookup, as_bytes(duty_id)});
  return base64url::encode(BytesView(digest).first(kIdBytes));
}

}  // namespace mibun::server::legal_hold
