#include "wallet/renewal.h"

#include <algorithm>

#include "core/codecs/json.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kPrefix = "renewal.";
constexpr std::size_t kCopiesFew = 3;
constexpr auto kBeforeExpiry = std::chrono::hours(24 * 30);

std::string record_of(const std::string& card_id) {
  return std::string(kPrefix) + card_id;
}

}  // namespace

Status keep_renewal(Store& store, const std::string& card_id, const Renewal& renewal) {
  const json::Object object{{"credential_issuer", renewal.credential_issuer},
                            {"authorization_server", renewal.authorization_server},
                            {"configuration_id", renewal.configuration_id},
                            {"refresh_token", renewal.refresh_token},
                            {"dpop_key", renewal.dpop_key.value},
                            {"instance_key", renewal.instance_key.value}};
  return store.write(record_of(card_id), json::serialize(object));
}

Result<std::optional<Renewal>> find_renewal(Store& store, const std::string& card_id) {
  const std::string record = record_of(card_id);
  MIBUN_TRY(const auto names, store.names(record));
  if (std::ranges::find(names, record) == names.end()) return std::optional<Renewal>();
  MIBUN_TRY(const std::string text, store.read(record));
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "renewal");
  Renewal renewal;
  MIBUN_TRY(renewal.credential_issuer, reader.string("credential_issuer"));
  MIBUN_TRY(renewal.authorization_server, reader.string("authorization_server"));
  MIBUN_TRY(renewal.configuration_id, reader.string("configuration_id"));
  MIBUN_TRY(renewal.refresh_token, reader.string("refresh_token"));
  MIBUN_TRY(renewal.dpop_key.value, reader.string("dpop_key"));
  MIBUN_TRY(renewal.instance_key.value, reader.string("instance_key"));
  return std::optional(std::move(renewal));
}

Status drop_renewal(Store& store, const std::string& card_id) {
  return store.remove(record_of(card_id));
}

Status forget_renewal(Store& store, KeyStore& keys, const std::string& card_id) {
  MIBUN_TRY(const auto renewal, find_renewal(store, card_id));
  if (!renewal) return {};
  for (const KeyId& key : {renewal->dpop_key, renewal->instance_key}) {
    const Status destroyed = keys.destroy_key(key);
    if (!destroyed && destroyed.error().code != ErrorCode::not_found) return destroyed;  // cut off once before
  }
  return drop_renewal(store, card_id);
}

bool wants_renewal(const Card& card, Instant now) {
  return card.copies_left <= kCopiesFew || (card.expires_at && now + kBeforeExpiry >= *card.expires_at);
}

}  // namespace mibun::wallet
