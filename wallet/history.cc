#include "wallet/history.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/decimal.h"
#include "core/codecs/base64url.h"
#include "core/codecs/jst_time.h"
#include "core/jose/jwe.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kPrefix = "event.";
constexpr std::string_view kTarget = "/api/v1/history";
constexpr std::size_t kIdBytes = 12;
constexpr std::size_t kBatchMax = 50;  // events that the server takes at once
constexpr std::size_t kPadTo = 2048;   // bytes: more than one event needs, so that most have the same length
constexpr auto kSameDeed = std::chrono::minutes(10);

// Names sort by time.
std::string record_name(const HistoryEvent& event) {
  return std::string(kPrefix) + decimal(static_cast<std::uint64_t>(event.at.unix_milliseconds()), 15) + "." + event.id;
}

void put(json::Object& object, std::string_view name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

Status read(json::ObjectReader& reader, std::string_view name, std::string& into) {
  MIBUN_TRY(const auto text, reader.optional_string(name));
  if (text) into = std::string(*text);
  return {};
}

std::string padded(std::string text) {
  text.resize((text.size() + kPadTo - 1) / kPadTo * kPadTo, ' ');
  return text;
}

Result<HistoryEvent> open_own(const Host& host, const Profile& profile, std::string_view sealed) {
  MIBUN_TRY(const jose::Jwe jwe, jose::Jwe::parse(sealed, jose::kEcdhEsDirect));
  MIBUN_TRY(const crypto::KeyAgreement* key, host.keys.key_agreement(profile.history_key));
  MIBUN_TRY(const Bytes plaintext, jwe.decrypt(*key));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(plaintext)));
  return HistoryEvent::from_json(object);
}

Result<HistoryEvent> read_server_event(const json::Object& object, Instant at) {
  json::ObjectReader reader(object, "event");
  HistoryEvent event;
  event.source = "server";
  event.at = at;
  MIBUN_TRY(event.id, reader.string("id"));
  MIBUN_TRY(event.kind, reader.string("kind"));
  MIBUN_TRY(const json::Object* details, reader.optional_object("details"));
  if (details != nullptr) event.details = *details;
  return event;
}

}  // namespace

bool is_about_sharing(std::string_view kind) {
  return kind == "shared" || kind == "refused" || kind == "failed" || kind == "uncertain";
}

json::Object HistoryEvent::to_json() const {
  json::Object object;
  object["id"] = id;
  object["at"] = at.unix_milliseconds();
  object["kind"] = kind;
  put(object, "partner_ja", partner_ja);
  put(object, "partner_en", partner_en);
  put(object, "client_id", client_id);
  put(object, "registration_id", registration_id);
  json::Array paths;
  for (const std::string& path : claims) paths.emplace_back(path);
  if (!paths.empty()) object["claims"] = std::move(paths);
  if (!cards.empty()) object["cards"] = json::Array(cards.begin(), cards.end());
  put(object, "outcome", outcome);
  put(object, "receipt", receipt);
  if (pending) object["pending"] = true;
  return object;
}

Result<HistoryEvent> HistoryEvent::from_json(const json::Object& object) {
  json::ObjectReader reader(object, "event");
  HistoryEvent event;
  MIBUN_TRY(event.id, reader.string("id"));
  MIBUN_TRY(const std::int64_t at, reader.integer("at"));
  event.at = Instant::from_unix_milliseconds(at);
  MIBUN_TRY(event.kind, reader.string("kind"));
  MIBUN_CHECK(read(reader, "partner_ja", event.partner_ja));
  MIBUN_CHECK(read(reader, "partner_en", event.partner_en));
  MIBUN_CHECK(read(reader, "client_id", event.client_id));
  MIBUN_CHECK(read(reader, "registration_id", event.registration_id));
  MIBUN_TRY(const json::Array* claims, reader.optional_array("claims"));
  if (claims != nullptr) {
    MIBUN_TRY(event.claims, json::string_array(*claims, "event.claims"));
  }
  MIBUN_TRY(const json::Array* cards, reader.optional_array("cards"));
  if (cards != nullptr) {
    MIBUN_TRY(event.cards, json::string_array(*cards, "event.cards"));
  }
  MIBUN_CHECK(read(reader, "outcome", event.outcome));
  MIBUN_CHECK(read(reader, "receipt", event.receipt));
  MIBUN_TRY(const auto pending, reader.optional_boolean("pending"));
  event.pending = pending.value_or(false);
  return event;
}

Result<HistoryEvent> HistoryBook::record(HistoryEvent event) const {
  event.id = base64url::encode(host_.rng.bytes(kIdBytes));
  event.at = host_.clock.now();
  event.pending = is_about_sharing(event.kind);
  MIBUN_CHECK(replace(event));
  return event;
}

Status HistoryBook::replace(const HistoryEvent& event) const {
  return host_.store.write(record_name(event), json::serialize(event.to_json()));
}

Result<std::vector<HistoryEvent>> HistoryBook::list() const {
  MIBUN_TRY(const auto names, host_.store.names(kPrefix));
  std::vector<HistoryEvent> events;
  for (const std::string& name : names) {
    MIBUN_TRY(const std::string text, host_.store.read(name));
    MIBUN_TRY(const json::Object object, json::parse_object(text));
    MIBUN_TRY(HistoryEvent event, HistoryEvent::from_json(object));
    events.push_back(std::move(event));
  }
  return events;  // names are in the order of time
}

Result<std::vector<HistoryEvent>> HistoryBook::of_card(std::string_view card_id) const {
  MIBUN_TRY(auto events, list());
  std::erase_if(events, [card_id](const HistoryEvent& event) {
    return std::ranges::find(event.cards, card_id) == event.cards.end();
  });
  return events;
}

Result<HistoryEvent> HistoryBook::find(std::string_view id) const {
  MIBUN_TRY(auto events, list());
  const auto found = std::ranges::find(events, id, &HistoryEvent::id);
  if (found == events.end()) return fail(ErrorCode::not_found, "event");
  return std::move(*found);
}

Result<PreviousShares> HistoryBook::previous_shares(std::string_view client_id,
                                                    std::string_view registration_id) const {
  MIBUN_TRY(const auto events, list());
  PreviousShares shares;
  for (const HistoryEvent& event : events) {
    if (event.kind != "shared" && event.kind != "uncertain") continue;
    const bool same_client = !client_id.empty() && event.client_id == client_id;
    const bool same_registration = !registration_id.empty() && event.registration_id == registration_id;
    if (!same_client && !same_registration) continue;
    ++shares.count;
    shares.last = event.at;
  }
  return shares;
}

Result<json::Object> HistoryBook::sealed(const HistoryEvent& event, const Profile& profile) const {
  MIBUN_TRY(const crypto::KeyAgreement* key, host_.keys.key_agreement(profile.history_key));
  const std::string text = padded(json::serialize(event.to_json()));
  MIBUN_TRY(std::string jwe, jose::encrypt_jwe(key->public_key(), {}, as_bytes(text), host_.rng));
  return json::Object{{"id", event.id}, {"sealed", std::move(jwe)}};
}

Status HistoryBook::hand_over(ServerApi& api, Profile& profile, std::span<HistoryEvent> batch) const {
  json::Array rows;
  for (HistoryEvent& event : batch) {
    event.pending = false;
    MIBUN_TRY(json::Object row, sealed(event, profile));
    rows.push_back(std::move(row));
  }
  const std::string body = json::serialize(json::Object{{"events", std::move(rows)}});
  MIBUN_CHECK(api.account_request(profile, "POST", kTarget, body, "application/json", "history"));
  for (const HistoryEvent& event : batch) MIBUN_CHECK(replace(event));
  return {};
}

Status HistoryBook::hand_over_pending(ServerApi& api, Profile& profile) const {
  MIBUN_TRY(auto events, list());
  std::erase_if(events, [](const HistoryEvent& event) { return !event.pending; });
  for (std::size_t begin = 0; begin < events.size(); begin += kBatchMax) {
    const std::size_t count = std::min(kBatchMax, events.size() - begin);
    MIBUN_CHECK(hand_over(api, profile, std::span(events).subspan(begin, count)));
  }
  return {};
}

Result<std::vector<HistoryEvent>> read_server_events(const Host& host, const Profile& profile,
                                                     const json::Object& body) {
  json::ObjectReader body_reader(body, "history");
  MIBUN_TRY(const json::Array* rows, body_reader.array("events"));
  std::vector<HistoryEvent> events;
  for (const json::Value& row : *rows) {
    if (!row.is_object()) return fail(ErrorCode::json_wrong_type, "history.events");
    json::ObjectReader reader(row.get_object(), "history.events");
    MIBUN_TRY(const std::string_view at_text, reader.string("at"));
    MIBUN_TRY(const Instant at, parse_jst(at_text));
    MIBUN_TRY(const auto sealed, reader.optional_string("sealed"));
    if (sealed) {
      MIBUN_TRY(HistoryEvent event, open_own(host, profile, *sealed));
      events.push_back(std::move(event));
    } else {
      MIBUN_TRY(HistoryEvent event, read_server_event(row.get_object(), at));
      events.push_back(std::move(event));
    }
  }
  return events;
}

std::vector<HistoryEvent> merge_events(std::vector<HistoryEvent> local, std::vector<HistoryEvent> remote) {
  std::set<std::string> own_ids;
  for (const HistoryEvent& event : local) own_ids.insert(event.id);
  const auto server_knows = [&](const HistoryEvent& event) {
    return std::ranges::any_of(remote, [&](const HistoryEvent& other) {
      if (other.source != "server" || other.kind != event.kind) return false;
      const milliseconds apart = other.at < event.at ? event.at - other.at : other.at - event.at;
      return apart <= kSameDeed;
    });
  };
  std::multimap<Instant, HistoryEvent> by_time;  // equal times stay in the order they came
  for (HistoryEvent& event : local) {
    if (!server_knows(event)) by_time.emplace(event.at, std::move(event));
  }
  for (HistoryEvent& event : remote) {
    // An id twice: the same event handed over twice, or kept here too.
    if (event.source == "wallet" && !own_ids.insert(event.id).second) continue;
    by_time.emplace(event.at, std::move(event));
  }
  std::vector<HistoryEvent> merged;
  for (auto& [at, event] : by_time) merged.push_back(std::move(event));
  return merged;
}

Result<HistoryView> merged_history(const Host& host, ServerApi& api, Profile& profile) {
  const HistoryBook book(host);
  HistoryView view;
  const auto ask_server = [&]() -> Result<std::vector<HistoryEvent>> {
    MIBUN_CHECK(book.hand_over_pending(api, profile));
    MIBUN_TRY(const auto answer, api.account_request(profile, "GET", kTarget, "", "", "history"));
    return read_server_events(host, profile, answer.body);
  };
  auto remote = ask_server();
  if (!remote && remote.error().code == ErrorCode::wallet_user_verification_failed) return pass_error(remote);
  view.complete = remote.has_value();
  if (!remote) view.why_incomplete = remote.error();
  MIBUN_TRY(auto local, book.list());
  view.events = merge_events(std::move(local), remote ? std::move(*remote) : std::vector<HistoryEvent>{});
  return view;
}

}  // namespace mibun::wallet
