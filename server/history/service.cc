#include "server/history/service.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/log/log.h"
#include "server/registration/current_key.h"
#include "server/transparency/running_operation.h"

namespace mibun::server {
namespace {

constexpr records::ClassId kRecordClass = "history";
constexpr std::size_t kEventIdBytes = 16;

// The name of a wallet's event here. The person's is part of it, so that an id stands for nobody else's event.
std::string wallet_event_id(const keyd::PersonId& person, std::string_view event) {
  const auto digest = crypto::sha256(person.value + "\n" + std::string(event));
  return base64url::encode(BytesView(digest).first(kEventIdBytes));
}

// What is sealed of an event of the server's own.
std::string event_text(HistoryKind kind, const json::Object& details) {
  json::Object event;
  event["kind"] = to_string(kind);
  json::Object& kept = event["details"].emplace_object();
  kept = details;
  if (const std::string_view clock = log::clock_status(); !clock.empty()) kept["clock_status"] = clock;
  return json::serialize(event);
}

}  // namespace

std::string_view to_string(HistoryKind kind) {
  switch (kind) {
    case HistoryKind::registered:
      return "registered";
    case HistoryKind::terms_accepted:
      return "terms_accepted";
    case HistoryKind::proofing_started:
      return "proofing_started";
    case HistoryKind::evidence_accepted:
      return "evidence_accepted";
    case HistoryKind::proofing_approved:
      return "proofing_approved";
    case HistoryKind::proofing_rejected:
      return "proofing_rejected";
    case HistoryKind::proofing_asked_again:
      return "proofing_asked_again";
    case HistoryKind::proofing_photos_accepted:
      return "proofing_photos_accepted";
    case HistoryKind::proofing_appealed:
      return "proofing_appealed";
    case HistoryKind::staff_viewed:
      return "staff_viewed";
    case HistoryKind::card_offered:
      return "card_offered";
    case HistoryKind::card_deferred:
      return "card_deferred";
    case HistoryKind::card_received:
      return "card_received";
    case HistoryKind::card_stored:
      return "card_stored";
    case HistoryKind::card_not_stored:
      return "card_not_stored";
    case HistoryKind::card_deleted:
      return "card_deleted";
    case HistoryKind::card_revoked:
      return "card_revoked";
    case HistoryKind::partner_reported:
      return "partner_reported";
    case HistoryKind::report_viewed:
      return "report_viewed";
    case HistoryKind::inquiry_sent:
      return "inquiry_sent";
    case HistoryKind::inquiry_viewed:
      return "inquiry_viewed";
    case HistoryKind::inquiry_answered:
      return "inquiry_answered";
    case HistoryKind::file_lost:
      return "file_lost";
    case HistoryKind::device_moved:
      return "device_moved";
  }
  return "unknown";
}

Status HistoryService::insert(database::Transaction& transaction, const keyd::PersonId& person,
                              const std::string& event_id, Instant at, std::string_view source,
                              std::string_view plaintext) {
  MIBUN_TRY(Bytes sealed, keys_.seal(person, {kRecordClass, event_id}, as_bytes(plaintext)));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO history_events (event_id, account_id, at, source, sealed) VALUES ($1, $2, $3, $4, $5)", event_id,
      person.value, at.unix_milliseconds(), source, sealed));
  return {};
}

Status HistoryService::record(database::Transaction& transaction, const keyd::PersonId& person, HistoryKind kind,
                              const json::Object& details) {
  RunningOperation::is_about(person);
  return insert(transaction, person, base64url::encode(rng_.bytes(kEventIdBytes)), clock_.now(), "server",
                event_text(kind, details));
}

void HistoryService::ask_ahead(const keyd::PersonId& person, HistoryKind kind, const json::Object& details) {
  const std::string event_id = base64url::encode(rng_.bytes(kEventIdBytes));
  static_cast<void>(keys_.seal(person, {kRecordClass, event_id}, as_bytes(event_text(kind, details))));
}

Result<HistoryService::Kept> HistoryService::keep(database::Transaction& transaction, const keyd::PersonId& person,
                                                  const WalletEvent& event) {
  Kept kept{wallet_event_id(person, event.id.empty() ? event.sealed : event.id), clock_.now()};
  MIBUN_TRY(const auto known, transaction.row("SELECT at FROM history_events WHERE event_id = $1", kept.id));
  if (known) {
    kept.at = Instant::from_unix_milliseconds(known->integer(0));
    return kept;
  }
  MIBUN_CHECK(insert(transaction, person, kept.id, kept.at, "wallet", event.sealed));
  return kept;
}

Result<std::vector<HistoryService::Kept>> HistoryService::keep_wallet_events(const Account& account,
                                                                             std::span<const WalletEvent> events) {
  std::vector<Kept> kept;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    kept.clear();
    MIBUN_CHECK(require_current_key(transaction, account));
    for (const WalletEvent& event : events) {
      MIBUN_TRY(Kept one, keep(transaction, account.id, event));
      kept.push_back(std::move(one));
    }
    return {};
  }));
  return kept;
}

Result<json::Array> HistoryService::events(const keyd::PersonId& person) {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT event_id, at, source, sealed FROM history_events WHERE account_id = $1 "
                           "ORDER BY rowid LIMIT 1000",
                           person.value));
  json::Array events;
  for (const database::Row& row : rows) {
    MIBUN_TRY(Bytes opened, keys_.open(person, {kRecordClass, row.text(0)}, row.blob(3)));
    json::Object event;
    event["id"] = row.text(0);
    event["at"] = to_jst_string(Instant::from_unix_milliseconds(row.integer(1)));
    event["source"] = row.text(2);
    if (row.text(2) == "server") {
      MIBUN_TRY(json::Object stored, json::parse_object(as_text(opened)));
      for (auto& member : stored) event[member.key()] = std::move(member.value());
    } else {
      event["sealed"] = as_text(opened);
    }
    events.push_back(std::move(event));
  }
  return events;
}

Status HistoryService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM history_events WHERE account_id = $1", person.value));
  return {};
}

Status HistoryService::end_unit(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM history_events WHERE account_id = $1 AND source = 'wallet'", person.value));
  return {};
}

}  // namespace mibun::server
