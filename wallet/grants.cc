#include "wallet/grants.h"

#include <algorithm>

#include "core/base/sort.h"
#include "core/codecs/json.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kGrantPrefix = "grant.";
constexpr std::string_view kPendingPrefix = "pending.";

std::string grant_record(const std::string& card_id) {
  return std::string(kGrantPrefix) + card_id;
}
std::string pending_record(const std::string& card_id) {
  return std::string(kPendingPrefix) + card_id;
}

Result<std::optional<std::string>> optional_text(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const auto text, reader.optional_string(name));
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::string to_text(const IssuerGrant& grant) {
  json::Object object{{"card_id", grant.card_id},
                      {"credential_issuer", grant.credential_issuer},
                      {"authorization_server", grant.authorization_server},
                      {"configuration_id", grant.configuration_id},
                      {"anonymous", grant.anonymous},
                      {"dpop_key", grant.dpop_key.value},
                      {"instance_key", grant.instance_key.value}};
  if (grant.refresh_token) object["refresh_token"] = *grant.refresh_token;
  if (grant.notification_id) object["notification_id"] = *grant.notification_id;
  object["renewals_failed"] = grant.renewals_failed;
  object["renewal_failure"] = grant.renewal_failure;
  object["renew_again_at"] = grant.renew_again_at.unix_milliseconds();
  return json::serialize(object);
}

Result<IssuerGrant> read_grant(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "grant");
  IssuerGrant grant;
  MIBUN_TRY(grant.card_id, reader.string("card_id"));
  MIBUN_TRY(grant.credential_issuer, reader.string("credential_issuer"));
  MIBUN_TRY(grant.authorization_server, reader.string("authorization_server"));
  MIBUN_TRY(grant.configuration_id, reader.string("configuration_id"));
  MIBUN_TRY(grant.anonymous, reader.boolean("anonymous"));
  MIBUN_TRY(grant.dpop_key.value, reader.string("dpop_key"));
  MIBUN_TRY(grant.instance_key.value, reader.string("instance_key"));
  MIBUN_TRY(grant.refresh_token, optional_text(reader, "refresh_token"));
  MIBUN_TRY(grant.notification_id, optional_text(reader, "notification_id"));
  // Grants of wallets that knew no plan have none of these.
  MIBUN_TRY(const auto failed, reader.optional_integer("renewals_failed"));
  grant.renewals_failed = static_cast<unsigned>(std::clamp<std::int64_t>(failed.value_or(0), 0, 1'000));
  MIBUN_TRY(const auto failure, optional_text(reader, "renewal_failure"));
  grant.renewal_failure = failure.value_or("");
  MIBUN_TRY(const auto again_at, reader.optional_integer("renew_again_at"));
  grant.renew_again_at = Instant::from_unix_milliseconds(again_at.value_or(0));
  return grant;
}

std::string to_text(const PendingCard& pending) {
  json::Array keys;
  for (const KeyId& key : pending.keys) keys.push_back(json::Value(key.value));
  return json::serialize(json::Object{{"id", pending.id},
                                      {"name_ja", pending.name_ja},
                                      {"name_en", pending.name_en},
                                      {"issuer_name_ja", pending.issuer_name_ja},
                                      {"issuer_name_en", pending.issuer_name_en},
                                      {"transaction_id", pending.transaction_id},
                                      {"access_token", pending.access_token},
                                      {"keys", std::move(keys)},
                                      {"asked_at", pending.asked_at.unix_milliseconds()},
                                      {"ask_again_at", pending.ask_again_at.unix_milliseconds()}});
}

Result<PendingCard> read_pending(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "pending");
  PendingCard pending;
  MIBUN_TRY(pending.id, reader.string("id"));
  MIBUN_TRY(pending.name_ja, reader.string("name_ja"));
  MIBUN_TRY(pending.name_en, reader.string("name_en"));
  MIBUN_TRY(pending.issuer_name_ja, reader.string("issuer_name_ja"));
  MIBUN_TRY(pending.issuer_name_en, reader.string("issuer_name_en"));
  MIBUN_TRY(pending.transaction_id, reader.string("transaction_id"));
  MIBUN_TRY(pending.access_token, reader.string("access_token"));
  MIBUN_TRY(const json::Array* keys, reader.array("keys"));
  MIBUN_TRY(const auto names, json::string_array(*keys, "pending.keys"));
  for (const std::string& name : names) pending.keys.push_back({name});
  MIBUN_TRY(const std::int64_t asked_at, reader.integer("asked_at"));
  pending.asked_at = Instant::from_unix_milliseconds(asked_at);
  MIBUN_TRY(const std::int64_t ask_again_at, reader.integer("ask_again_at"));
  pending.ask_again_at = Instant::from_unix_milliseconds(ask_again_at);
  return pending;
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

Status GrantStore::save(const IssuerGrant& grant) {
  return host_.store.write(grant_record(grant.card_id), to_text(grant));
}

Result<std::optional<IssuerGrant>> GrantStore::find(const std::string& card_id) {
  const auto text = host_.store.read(grant_record(card_id));
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  MIBUN_TRY(IssuerGrant grant, read_grant(*text));
  return grant;
}

Status GrantStore::forget(const std::string& card_id) {
  MIBUN_TRY(const auto grant, find(card_id));
  if (!grant) return {};
  MIBUN_CHECK(host_.keys.destroy_key(grant->dpop_key));
  MIBUN_CHECK(host_.keys.destroy_key(grant->instance_key));
  return host_.store.remove(grant_record(card_id));
}

Status GrantStore::save(const PendingCard& pending) {
  return host_.store.write(pending_record(pending.id), to_text(pending));
}

Result<std::vector<PendingCard>> GrantStore::pending() {
  MIBUN_TRY(const auto names, host_.store.names(kPendingPrefix));
  std::vector<PendingCard> waiting;
  for (const std::string& name : names) {
    MIBUN_TRY(const std::string text, host_.store.read(name));
    MIBUN_TRY(PendingCard pending, read_pending(text));
    waiting.push_back(std::move(pending));
  }
  sort(waiting, {}, [](const PendingCard& pending) { return std::pair(pending.asked_at, pending.id); });
  return waiting;
}

Status GrantStore::keep_keys(const PendingCard& pending) {
  return host_.store.remove(pending_record(pending.id));
}

Status GrantStore::forget(const PendingCard& pending) {
  for (const KeyId& key : pending.keys) MIBUN_CHECK(host_.keys.destroy_key(key));
  MIBUN_CHECK(forget(pending.id));
  return host_.store.remove(pending_record(pending.id));
}

Status GrantStore::sweep(const std::vector<std::string>& card_ids) {
  std::vector<std::string> known = card_ids;
  MIBUN_TRY(const auto waiting, pending());
  for (const PendingCard& card : waiting) {
    if (contains(card_ids, card.id)) {
      MIBUN_CHECK(keep_keys(card));
    } else {
      known.push_back(card.id);
    }
  }
  MIBUN_TRY(const auto names, host_.store.names(kGrantPrefix));
  for (const std::string& name : names) {
    const std::string id = name.substr(kGrantPrefix.size());
    if (!contains(known, id)) MIBUN_CHECK(forget(id));
  }
  return {};
}

}  // namespace mibun::wallet
