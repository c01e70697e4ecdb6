#include "wallet/cards.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/sort.h"
#include "core/codecs/json.h"
#include "core/mdoc/limits.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kCardPrefix = "card.";
constexpr std::string_view kCopyPrefix = "copy.";
// The larger of the two formats, and what stands around it.
constexpr std::size_t kCopyBytesMax = std::max(sd_jwt::kSdJwtBytesMax, mdoc::kMessageBytesMax / 3 * 4 + 4) + 4096;

std::string copies_of(const std::string& card_id) {
  return std::string(kCopyPrefix) + card_id + ".";
}
std::string copies_of(const std::string& card_id, std::size_t generation) {
  return copies_of(card_id) + std::to_string(generation) + ".";
}

std::string copy_record(const Card& card, std::size_t number) {
  return copies_of(card.id, card.generation) + decimal(number, 4);
}

constexpr std::array<std::pair<CardStatus::Said, std::string_view>, 4> kSaid{{
    {CardStatus::Said::nothing, "nothing"},
    {CardStatus::Said::valid, "valid"},
    {CardStatus::Said::suspended, "suspended"},
    {CardStatus::Said::revoked, "revoked"},
}};

json::Object to_json(const CardStatus& status) {
  json::Object object;
  object["said"] = std::ranges::find(kSaid, status.said, &decltype(kSaid)::value_type::first)->second;
  if (status.checked_at) object["checked_at"] = status.checked_at->unix_milliseconds();
  if (!status.failure.empty()) object["failure"] = status.failure;
  object["ask_again_at"] = status.ask_again_at.unix_milliseconds();
  return object;
}

Result<CardStatus> read_status(const json::Object& object) {
  json::ObjectReader reader(object, "card.status");
  CardStatus status;
  MIBUN_TRY(const std::string_view said, reader.string("said"));
  const auto known = std::ranges::find(kSaid, said, &decltype(kSaid)::value_type::second);
  if (known == kSaid.end()) return fail(ErrorCode::json_bad_value, "card.status.said");
  status.said = known->first;
  MIBUN_TRY(const auto checked_at, reader.optional_integer("checked_at"));
  if (checked_at) status.checked_at = Instant::from_unix_milliseconds(*checked_at);
  MIBUN_TRY(const auto failure, reader.optional_string("failure"));
  status.failure = failure.value_or("");
  MIBUN_TRY(const std::int64_t ask_again_at, reader.integer("ask_again_at"));
  status.ask_again_at = Instant::from_unix_milliseconds(ask_again_at);
  return status;
}

std::string to_text(const Card& card) {
  json::Object object;
  object["id"] = card.id;
  object["format"] = card.format;
  object["type"] = card.type;
  object["issuer"] = card.issuer;
  object["name_ja"] = card.name_ja;
  object["name_en"] = card.name_en;
  object["issuer_name_ja"] = card.issuer_name_ja;
  object["issuer_name_en"] = card.issuer_name_en;
  object["received_at"] = card.received_at.unix_milliseconds();
  if (card.expires_at) object["expires_at"] = card.expires_at->unix_milliseconds();
  object["copies"] = card.copies;
  object["generation"] = card.generation;
  if (card.status != CardStatus{}) object["status"] = to_json(card.status);
  return json::serialize(object);
}

Result<Card> read_card(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "card");
  Card card;
  MIBUN_TRY(card.id, reader.string("id"));
  MIBUN_TRY(card.format, reader.string("format"));
  MIBUN_TRY(card.type, reader.string("type"));
  MIBUN_TRY(card.issuer, reader.string("issuer"));
  MIBUN_TRY(card.name_ja, reader.string("name_ja"));
  MIBUN_TRY(card.name_en, reader.string("name_en"));
  MIBUN_TRY(card.issuer_name_ja, reader.string("issuer_name_ja"));
  MIBUN_TRY(card.issuer_name_en, reader.string("issuer_name_en"));
  MIBUN_TRY(const std::int64_t received_at, reader.integer("received_at"));
  card.received_at = Instant::from_unix_milliseconds(received_at);
  MIBUN_TRY(const auto expires_at, reader.optional_integer("expires_at"));
  if (expires_at) card.expires_at = Instant::from_unix_milliseconds(*expires_at);
  MIBUN_TRY(const std::int64_t copies, reader.integer("copies"));
  card.copies = static_cast<std::size_t>(copies);
  MIBUN_TRY(const std::int64_t generation, reader.integer("generation"));
  card.generation = static_cast<std::size_t>(generation);
  MIBUN_TRY(const json::Object* const status, reader.optional_object("status"));
  if (status != nullptr) {
    MIBUN_TRY(card.status, read_status(*status));
  }
  return card;
}

// {"state":"unused","key":..,"credential":..} or {"state":"spent","key":..}
std::string unused_text(const NewCopy& copy) {
  json::Object object;
  object["state"] = "unused";
  object["key"] = copy.key.value;
  object["credential"] = copy.credential;
  return json::serialize(object);
}

// The key stays named: whoever was ended before forget_key() destroys it with the card.
std::string spent_text(const KeyId& key) {
  return json::serialize(json::Object{{"state", "spent"}, {"key", key.value}});
}

// One of a card; without its text once it was spent.
struct StoredCopy {
  KeyId key;
  std::optional<std::string> credential;
};

Result<StoredCopy> read_stored(Store& store, const std::string& record) {
  MIBUN_TRY(const std::string text, store.read(record));
  MIBUN_TRY(const json::Object object, json::parse_object(text, {.bytes_max = kCopyBytesMax}));
  json::ObjectReader reader(object, "copy");
  MIBUN_TRY(const std::string_view state, reader.string("state"));
  if (state != "spent" && state != "unused") return fail(ErrorCode::json_bad_value, "copy.state");
  StoredCopy copy;
  MIBUN_TRY(copy.key.value, reader.string("key"));
  if (state == "spent") return copy;
  MIBUN_TRY(copy.credential, reader.string("credential"));
  return copy;
}

// nullopt: spent.
Result<std::optional<UnusedCopy>> read_copy(Store& store, const std::string& record) {
  MIBUN_TRY(StoredCopy copy, read_stored(store, record));
  if (!copy.credential) return std::nullopt;
  return UnusedCopy{.record = record, .key = std::move(copy.key), .credential = std::move(*copy.credential)};
}

}  // namespace

Result<Card> CardStore::find(const std::string& card_id) {
  MIBUN_TRY(const std::string text, store_.read(std::string(kCardPrefix) + card_id));
  return read_card(text);
}

Status CardStore::write_copies(const Card& card, const std::vector<NewCopy>& copies) {
  for (std::size_t i = 0; i < copies.size(); ++i) {
    MIBUN_CHECK(store_.write(copy_record(card, i), unused_text(copies[i])));
  }
  return {};
}

Status CardStore::drop_copy(const std::string& record) {
  MIBUN_TRY(const StoredCopy copy, read_stored(store_, record));
  MIBUN_CHECK(keys_.destroy_key(copy.key));
  return store_.remove(record);
}

// Copies of another generation: those that were replaced, or of a replacement that was cut off.
Status CardStore::drop_other_copies(const Card& card) {
  MIBUN_TRY(const auto records, store_.names(copies_of(card.id)));
  for (const std::string& record : records) {
    if (!record.starts_with(copies_of(card.id, card.generation))) MIBUN_CHECK(drop_copy(record));
  }
  return {};
}

Status CardStore::replace(const Card& card, const std::vector<NewCopy>& copies) {
  Card renewed = card;
  MIBUN_TRY(const Card before, find(card.id));
  renewed.generation = before.generation;
  MIBUN_CHECK(drop_other_copies(renewed));
  ++renewed.generation;
  renewed.status = {};  // what was said of the old ones says nothing of these
  renewed.copies = copies.size();
  MIBUN_CHECK(write_copies(renewed, copies));
  MIBUN_CHECK(store_.write(std::string(kCardPrefix) + card.id, to_text(renewed)));
  (void)drop_other_copies(renewed);  // the new ones stand: what stays behind goes the next time
  return {};
}

Status CardStore::add(const Card& card, const std::vector<NewCopy>& copies) {
  MIBUN_CHECK(write_copies(card, copies));
  Card listed = card;
  listed.copies = copies.size();
  return store_.write(std::string(kCardPrefix) + card.id, to_text(listed));
}

Result<std::vector<Card>> CardStore::list() {
  MIBUN_TRY(const auto names, store_.names(kCardPrefix));
  std::vector<Card> cards;
  for (const std::string& name : names) {
    MIBUN_TRY(const std::string text, store_.read(name));
    MIBUN_TRY(Card card, read_card(text));
    MIBUN_TRY(const auto records, store_.names(copies_of(card.id, card.generation)));
    for (const std::string& record : records) {
      MIBUN_TRY(const auto copy, read_copy(store_, record));
      if (copy) ++card.copies_left;
    }
    cards.push_back(std::move(card));
  }
  sort(cards, std::ranges::greater{}, [](const Card& card) { return std::pair(card.received_at, card.id); });
  return cards;
}

Result<std::optional<UnusedCopy>> CardStore::next_copy(const std::string& card_id) {
  MIBUN_TRY(const Card card, find(card_id));
  MIBUN_TRY(const auto records, store_.names(copies_of(card_id, card.generation)));
  for (const std::string& record : records) {
    MIBUN_TRY(auto copy, read_copy(store_, record));
    if (copy) return copy;
  }
  return std::nullopt;
}

Result<std::vector<UnusedCopy>> CardStore::unused_copies(const std::string& card_id) {
  MIBUN_TRY(const Card card, find(card_id));
  MIBUN_TRY(const auto records, store_.names(copies_of(card_id, card.generation)));
  std::vector<UnusedCopy> copies;
  for (const std::string& record : records) {
    MIBUN_TRY(auto copy, read_copy(store_, record));
    if (copy) copies.push_back(std::move(*copy));
  }
  return copies;
}

Status CardStore::keep_status(const Card& card, const CardStatus& status) {
  MIBUN_TRY(Card kept, find(card.id));
  if (kept.generation != card.generation) return {};
  kept.status = status;
  return store_.write(std::string(kCardPrefix) + card.id, to_text(kept));
}

Status CardStore::check_not_stopped(const std::string& card_id) {
  MIBUN_TRY(const Card card, find(card_id));
  if (card.status.said == CardStatus::Said::revoked) return fail(ErrorCode::status_revoked, "card");
  if (card.status.said == CardStatus::Said::suspended) return fail(ErrorCode::status_suspended, "card");
  return {};
}

Status CardStore::spend(const UnusedCopy& copy) {
  MIBUN_TRY(const auto stored, read_copy(store_, copy.record));
  if (!stored) return fail(ErrorCode::wallet_no_copy_left, "card", "this copy was shown before");
  return store_.write(copy.record, spent_text(copy.key));
}

Status CardStore::forget_key(const UnusedCopy& copy) {
  return keys_.destroy_key(copy.key);
}

Status CardStore::remove(const std::string& card_id) {
  MIBUN_CHECK(store_.remove(std::string(kCardPrefix) + card_id));
  MIBUN_TRY(const auto records, store_.names(copies_of(card_id)));
  for (const std::string& record : records) MIBUN_CHECK(drop_copy(record));
  return {};
}

Status CardStore::sweep() {
  MIBUN_TRY(const auto cards, store_.names(kCardPrefix));
  MIBUN_TRY(const auto records, store_.names(kCopyPrefix));
  for (const std::string& record : records) {
    const std::size_t begin = kCopyPrefix.size();
    const std::string card = std::string(kCardPrefix) + record.substr(begin, record.find('.', begin) - begin);
    if (std::ranges::find(cards, card) == cards.end()) MIBUN_CHECK(drop_copy(record));
  }
  return {};
}

Result<SpendingCardBox> SpendingCardBox::open(CardStore& cards, KeyStore& keys, Instant now) {
  SpendingCardBox box(cards, keys);
  MIBUN_TRY(const auto listed, cards.list());
  for (const Card& card : listed) {
    if (card.is_expired(now) || card.is_stopped()) continue;
    MIBUN_TRY(auto copy, cards.next_copy(card.id));
    if (!copy) continue;
    MIBUN_TRY(auto held, oid4vp::HeldCard::reopen_stored(card.format, copy->credential));
    box.entries_.push_back(std::make_unique<Entry>(Entry{card, std::move(*copy), std::move(held), false}));
  }
  return box;
}

std::vector<const oid4vp::HeldCard*> SpendingCardBox::cards() const {
  std::vector<const oid4vp::HeldCard*> held;
  for (const auto& entry : entries_) held.push_back(&entry->held);
  return held;
}

Result<std::shared_ptr<const crypto::P256Signer>> SpendingCardBox::signer(const oid4vp::HeldCard& held) const {
  for (const auto& entry : entries_) {
    if (&entry->held != &held) continue;
    // One answer may hold the same copy twice, for two questions about one card; never two answers.
    if (!entry->spent) {
      MIBUN_CHECK(cards_->check_not_stopped(entry->card.id));
      MIBUN_CHECK(cards_->spend(entry->copy));
    }
    entry->spent = true;
    MIBUN_TRY(const crypto::P256Signer* signer, keys_->signer(entry->copy.key));
    return std::shared_ptr<const crypto::P256Signer>(std::shared_ptr<void>(), signer);  // the key store owns it
  }
  return fail(ErrorCode::wallet_no_copy_left, "card");
}

Status SpendingCardBox::forget_spent_keys() {
  for (const auto& entry : entries_) {
    if (entry->spent) MIBUN_CHECK(cards_->forget_key(entry->copy));
  }
  return {};
}

}  // namespace mibun::wallet
