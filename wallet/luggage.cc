#include "wallet/luggage.h"

#include <algorithm>
#include <array>

#include "core/base/secret.h"
#include "core/codecs/json.h"
#include "core/jose/jwe.h"
#include "wallet/history.h"
#include "wallet/move_link.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kEvents = "event.";
// In the order in which room is given: an event without its receipt still says what was shared.
constexpr auto kTaken = std::to_array<std::string_view>({kEvents, "consent.", "receipt.", "nearby."});
// A number among the records' texts: how many stayed behind.
constexpr std::string_view kLeftBehind = "left_behind";
constexpr std::size_t kTagBytes = 32;
// So that the JWE stays below what the server takes: 1 MiB.
constexpr std::size_t kPlaintextBytesMax = 700 * 1024;

bool is_taken(std::string_view name) {
  return std::ranges::any_of(kTaken, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Status keep(const Host& host, std::string_view name, std::string_view text) {
  if (!is_taken(name)) return fail(ErrorCode::json_bad_value, "luggage", "neither history nor a receipt");
  if (!name.starts_with(kEvents)) return host.store.write(name, text);
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  MIBUN_TRY(HistoryEvent event, HistoryEvent::from_json(object));
  event.pending = is_about_sharing(event.kind);
  return HistoryBook(host).replace(event);
}

}  // namespace

Result<Luggage> pack_luggage(const Host& host, const crypto::P256PublicKey& recipient, BytesView secret) {
  Luggage luggage;
  json::Object records;
  std::size_t room = kPlaintextBytesMax;
  for (const std::string_view prefix : kTaken) {
    MIBUN_TRY(auto names, host.store.names(prefix));
    std::ranges::reverse(names);  // events by time: the newest first
    for (const std::string& name : names) {
      MIBUN_TRY(const std::string text, host.store.read(name));
      const std::size_t size = json::serialize(json::Value(text)).size() + name.size() + 8;
      if (size > room) {
        ++luggage.left_behind;
        continue;
      }
      room -= size;
      records[name] = text;
    }
  }
  records[kLeftBehind] = luggage.left_behind;
  const std::string text = json::serialize(records);
  Bytes plaintext = luggage_tag(secret, as_bytes(text));
  plaintext.insert(plaintext.end(), text.begin(), text.end());
  MIBUN_TRY(luggage.jwe, jose::encrypt_jwe(recipient, {}, plaintext, host.rng));
  return luggage;
}

Result<std::size_t> unpack_luggage(const Host& host, const Profile& profile, std::string_view jwe, BytesView secret) {
  MIBUN_TRY(const jose::Jwe parsed, jose::Jwe::parse(jwe, jose::kEcdhEsDirect));
  MIBUN_TRY(const crypto::KeyAgreement* key, host.keys.key_agreement(profile.history_key));
  MIBUN_TRY(const Bytes plaintext, parsed.decrypt(*key));
  const BytesView all(plaintext);
  if (all.size() < kTagBytes || !ct_equal(luggage_tag(secret, all.subspan(kTagBytes)), all.first(kTagBytes))) {
    return fail(ErrorCode::signature_invalid, "luggage", "not packed by the old device");
  }
  MIBUN_TRY(const json::Object records,
            json::parse_object(as_text(all.subspan(kTagBytes)), {.bytes_max = jose::kJweBytesMax}));
  json::ObjectReader reader(records, "luggage");
  MIBUN_TRY(const auto left_behind, reader.optional_integer(kLeftBehind));
  if (left_behind.value_or(0) < 0) return fail(ErrorCode::json_bad_value, "luggage.left_behind", "less than none");
  for (const auto& record : records) {
    if (record.key() == kLeftBehind) continue;
    if (!record.value().is_string()) return fail(ErrorCode::json_wrong_type, "luggage");
    MIBUN_CHECK(keep(host, record.key(), record.value().get_string()));
  }
  return static_cast<std::size_t>(left_behind.value_or(0));
}

}  // namespace mibun::wallet
