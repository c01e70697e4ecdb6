#include "wallet/luggage.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "core/base/secret.h"
#include "core/codecs/json.h"
#include "core/jose/jwe.h"
#include "wallet/history.h"
#include "wallet/move_link.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kEvents = "event.";
// An event's papers, "<kind>.<what the event names>": the consent, the receipt, and what a reader in person signed.
constexpr auto kPapers = std::to_array<std::string_view>({"consent.", "receipt.", "nearby."});
// What partners were asked to delete, with the secret that they answer to.
constexpr std::string_view kDeletions = "deletion.";
// A number among the records' texts: how many stayed behind.
constexpr std::string_view kLeftBehind = "left_behind";
constexpr std::size_t kTagBytes = 32;
// So that the JWE stays below what the server takes: 1 MiB.
constexpr std::size_t kPlaintextBytesMax = 700 * 1024;

bool is_taken(std::string_view name) {
  const auto is_first = [&](std::string_view prefix) { return name.starts_with(prefix); };
  return is_first(kEvents) || is_first(kDeletions) || std::ranges::any_of(kPapers, is_first);
}

Status keep(const Host& host, std::string_view name, std::string_view text) {
  if (!is_taken(name)) return fail(ErrorCode::json_bad_value, "luggage", "neither history nor a paper of it");
  if (!name.starts_with(kEvents)) return host.store.write(name, text);
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  MIBUN_TRY(HistoryEvent event, HistoryEvent::from_json(object));
  event.pending = is_about_sharing(event.kind);
  return HistoryBook(host).replace(event);
}

// Beginning with the newest where a name says the time, as an event's does.
Result<std::vector<std::string>> names_of(Store& store, std::string_view prefix) {
  MIBUN_TRY(auto names, store.names(prefix));
  std::ranges::reverse(names);
  return names;
}

// What comes behind the dot of the papers that an event names; empty where it names none.
std::string papers_of(std::string_view event) {
  const auto object = json::parse_object(event);
  if (!object) return {};
  const auto receipt = json::ObjectReader(*object, "event").optional_string("receipt");
  if (!receipt || !*receipt) return {};
  return std::string((*receipt)->substr((*receipt)->find('.') + 1));
}

// In the order in which room is given: an event without its papers still says what was shared. Papers come in the order
// of their events, since their own names say no time; then those that no event names.
Result<std::vector<std::string>> names_in_order(Store& store) {
  MIBUN_TRY(std::vector<std::string> order, names_of(store, kEvents));
  std::vector<std::string> papers;
  for (const std::string& event : order) {
    MIBUN_TRY(const std::string text, store.read(event));
    const std::string name = papers_of(text);
    if (name.empty()) continue;
    for (const std::string_view prefix : kPapers) papers.push_back(std::string(prefix) + name);
  }
  MIBUN_TRY(const auto deletions, names_of(store, kDeletions));
  order.insert(order.end(), deletions.begin(), deletions.end());
  std::set<std::string, std::less<>> there;
  for (const std::string_view prefix : kPapers) {
    MIBUN_TRY(const auto names, names_of(store, prefix));
    there.insert(names.begin(), names.end());
    papers.insert(papers.end(), names.begin(), names.end());
  }
  for (std::string& name : papers) {
    if (there.erase(name) > 0) order.push_back(std::move(name));
  }
  return order;
}

}  // namespace

Result<Luggage> pack_luggage(const Host& host, const crypto::P256PublicKey& recipient, BytesView secret) {
  Luggage luggage;
  json::Object records;
  std::size_t room = kPlaintextBytesMax;
  MIBUN_TRY(const auto names, names_in_order(host.store));
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
