#include "core/oid4vci/offer.h"

#include "core/base/digit_code.h"
#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/oid4vci/issuer_steps.h"
#include "server/issuance/service.h"

// The offers: made when a case is approved, shown to its person only, redeemed once with both codes.
namespace mibun::server {
namespace {

constexpr auto kRedeemedLifetime = std::chrono::minutes(5);  // as long as the access token
constexpr auto kOfferLifetime = std::chrono::minutes(10);
constexpr std::int64_t kTriesMax = 5;
constexpr std::size_t kTxCodeDigits = 6;
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSecretBytes = 32;
constexpr records::ClassId kRecordClass = "offer";

// What an offer says to its person; sealed under their key.
struct Codes {
  std::string code, tx_code, issuer_state, reference;

  std::string to_text() const {
    return json::serialize(
        json::Object{{"code", code}, {"tx_code", tx_code}, {"issuer_state", issuer_state}, {"reference", reference}});
  }
  static Result<Codes> parse(std::string_view text) {
    MIBUN_TRY(const json::Object object, json::parse_object(text));
    json::ObjectReader reader(object, "offer");
    Codes codes;
    MIBUN_TRY(codes.code, reader.string("code"));
    MIBUN_TRY(codes.tx_code, reader.string("tx_code"));
    MIBUN_TRY(codes.issuer_state, reader.string("issuer_state"));
    MIBUN_TRY(codes.reference, reader.string("reference"));
    return codes;
  }
};

oid4vci::CredentialOffer offer_with(const Codes& codes, const std::string& issuer) {
  return {.credential_issuer = issuer,
          .configuration_ids = configuration_ids(),
          .pre_authorized =
              oid4vci::PreAuthorizedGrant{
                  .code = codes.code,
                  .tx_code =
                      oid4vci::TxCode{
                          .length = kTxCodeDigits,
                          .description = "本人確認アプリに表示された6桁の番号 / The six digits shown in your account"}},
          .by_code = oid4vci::CodeGrant{.issuer_state = codes.issuer_state}};
}

constexpr std::string_view kOfferOfCase = "SELECT offer_id FROM offers WHERE case_id = $1";

std::optional<std::string> id_in(const std::optional<database::Row>& row) {
  return row ? std::optional(row->text(0)) : std::nullopt;
}

// What the person's history says of an offer.
json::Object offered_cards() {
  json::Array kinds;
  for (const std::string& id : configuration_ids()) kinds.push_back(json::Value(id));
  return {{"configurations", std::move(kinds)}};
}

Error refused(std::string detail) {
  return {ErrorCode::oauth_invalid_grant, "pre-authorized_code", std::move(detail)};
}

}  // namespace

Result<Bytes> IssuanceService::code_lookup(std::string_view code) {
  return keys_.lookup_hash("pre_authorized_code", as_bytes(code));
}

Result<Bytes> IssuanceService::tx_code_lookup(std::string_view offer_id, std::string_view tx_code) {
  const std::string value = std::string(offer_id) + "|" + std::string(tx_code);
  return keys_.lookup_hash("tx_code", as_bytes(value));
}

// Fresh codes, and all of them that is stored.
struct IssuanceService::NewOffer {
  std::string offer_id;
  Codes codes;
  Bytes code_hash, tx_code_hash, sealed;
};

Result<IssuanceService::NewOffer> IssuanceService::draw_offer(const keyd::PersonId& person,
                                                              std::optional<std::string> offer_id) {
  NewOffer offer;
  offer.offer_id = offer_id ? std::move(*offer_id) : base64url::encode(rng_.bytes(kIdBytes));
  offer.codes = {.code = base64url::encode(rng_.bytes(kSecretBytes)),
                 .tx_code = make_digit_code(rng_, kTxCodeDigits),
                 .issuer_state = base64url::encode(rng_.bytes(kSecretBytes)),
                 .reference = base64url::encode(rng_.bytes(kSecretBytes))};
  MIBUN_TRY(offer.code_hash, code_lookup(offer.codes.code));
  MIBUN_TRY(offer.tx_code_hash, tx_code_lookup(offer.offer_id, offer.codes.tx_code));
  MIBUN_TRY(offer.sealed, keys_.seal(person, {kRecordClass, offer.offer_id}, as_bytes(offer.codes.to_text())));
  return offer;
}

Status IssuanceService::make_offer(database::Transaction& transaction, const keyd::PersonId& person,
                                   const std::string& case_id) {
  MIBUN_TRY(const auto existing, transaction.row(kOfferOfCase, case_id));
  MIBUN_TRY(const NewOffer offer, draw_offer(person, id_in(existing)));
  const std::int64_t expires_at = (clock_.now() + kOfferLifetime).unix_milliseconds();
  MIBUN_CHECK(transaction.run(
      "INSERT INTO offers (offer_id, account_id, case_id, code_lookup, tx_code_lookup, state, expires_at, sealed, "
      "reference_sha256, issuer_state_sha256) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9) ON CONFLICT "
      "(case_id) "
      "DO UPDATE SET code_lookup = excluded.code_lookup, tx_code_lookup = excluded.tx_code_lookup, tries = 0, state = "
      "'open', expires_at = excluded.expires_at, sealed = excluded.sealed, reference_sha256 = "
      "excluded.reference_sha256, issuer_state_sha256 = excluded.issuer_state_sha256",
      offer.offer_id, person.value, case_id, offer.code_hash, offer.tx_code_hash, expires_at, offer.sealed,
      BytesView(crypto::sha256(offer.codes.reference)), BytesView(crypto::sha256(offer.codes.issuer_state))));
  return history_.record(transaction, person, HistoryKind::card_offered, offered_cards());
}

void IssuanceService::ask_ahead(const keyd::PersonId& person, const std::string& case_id) {
  const auto existing = database_.row(kOfferOfCase, case_id);
  if (!existing || !draw_offer(person, id_in(*existing))) return;
  history_.ask_ahead(person, HistoryKind::card_offered, offered_cards());
}

Result<std::optional<OfferMaker::ShownOffer>> IssuanceService::show_offer(const keyd::PersonId& person,
                                                                          const std::string& case_id) {
  MIBUN_TRY(const auto row,
            database_.row("SELECT offer_id, sealed, expires_at FROM offers WHERE case_id = $1 AND account_id = "
                          "$2 AND state = 'open' AND expires_at > $3",
                          case_id, person.value, clock_.now().unix_milliseconds()));
  if (!row) return std::optional<ShownOffer>();
  MIBUN_TRY(const Bytes opened, keys_.open(person, {kRecordClass, row->text(0)}, row->blob(1)));
  MIBUN_TRY(const Codes codes, Codes::parse(as_text(opened)));
  MIBUN_TRY(const auto reference,
            oid4vci::OfferReference::parse(public_origin_ + std::string(kOffersPath) + codes.reference));
  return std::optional(ShownOffer{.by_value = offer_with(codes, public_origin_).to_uri(),
                                  .by_reference = reference.to_uri(),
                                  .tx_code = codes.tx_code,
                                  .expires_at = Instant::from_unix_milliseconds(row->integer(2))});
}

Result<std::optional<oid4vci::CredentialOffer>> IssuanceService::offer_at(std::string_view reference) {
  MIBUN_TRY(const auto row,
            database_.row("SELECT offer_id, account_id, sealed FROM offers WHERE reference_sha256 = $1 AND "
                          "state = 'open' AND expires_at > $2",
                          BytesView(crypto::sha256(reference)), clock_.now().unix_milliseconds()));
  if (!row) return std::optional<oid4vci::CredentialOffer>();
  MIBUN_TRY(const Bytes opened, keys_.open({row->text(1)}, {kRecordClass, row->text(0)}, row->blob(2)));
  MIBUN_TRY(const Codes codes, Codes::parse(as_text(opened)));
  return std::optional(offer_with(codes, public_origin_));
}

Result<std::string> IssuanceService::use_offer(database::Transaction& transaction, const keyd::PersonId& person,
                                               std::string_view issuer_state) {
  const crypto::Sha256Digest digest = crypto::sha256(issuer_state);
  const BytesView lookup(digest);
  MIBUN_TRY(
      const std::int64_t used,
      transaction.run("UPDATE offers SET state = 'redeemed' WHERE issuer_state_sha256 = $1 AND account_id = $2 AND "
                      "state = 'open' AND expires_at > $3",
                      lookup, person.value, clock_.now().unix_milliseconds()));
  if (used != 1) return fail(ErrorCode::oauth_invalid_request_uri, "issuer_state", "no open offer of this person");
  MIBUN_TRY(const auto row, transaction.row("SELECT offer_id FROM offers WHERE issuer_state_sha256 = $1", lookup));
  MIBUN_INVARIANT(row.has_value());
  return row->text(0);
}

void IssuanceService::ask_ahead(std::string_view code, const std::optional<std::string>& tx_code) {
  const auto code_hash = code_lookup(code);
  if (!code_hash || !tx_code) return;
  const auto row = database_.row("SELECT offer_id FROM offers WHERE code_lookup = $1", *code_hash);
  if (row && *row) static_cast<void>(tx_code_lookup((*row)->text(0), *tx_code));
}

Result<PreAuthorizedCodes::Redemption> IssuanceService::redeem(database::Transaction& transaction,
                                                               std::string_view code,
                                                               const std::optional<std::string>& tx_code) {
  MIBUN_TRY(const Bytes code_hash, code_lookup(code));
  MIBUN_TRY(const auto row,
            transaction.row("SELECT offer_id, account_id, tx_code_lookup, tries, state, expires_at FROM "
                            "offers WHERE code_lookup = $1",
                            code_hash));
  if (!row) return Redemption{{}, refused("unknown code")};
  if (auto present = oid4vci::check_tx_code_presence(true, tx_code); !present) return Redemption{{}, present.error()};
  const std::string& offer_id = row->text(0);
  const Instant now = clock_.now();
  if (row->text(4) != "open") return Redemption{{}, refused("the code was used or is locked")};
  if (now.unix_milliseconds() >= row->integer(5)) return Redemption{{}, refused("the code has expired")};

  // Counted before it is compared; the writer runs one transaction after the other, so no two tries share a count.
  const std::int64_t tries = row->integer(3) + 1;
  MIBUN_CHECK(transaction.run("UPDATE offers SET tries = $2 WHERE offer_id = $1", offer_id, tries));
  MIBUN_TRY(const Bytes tx_code_hash, tx_code_lookup(offer_id, *tx_code));
  if (!ct_equal(tx_code_hash, row->blob(2))) {
    if (tries >= kTriesMax) {
      MIBUN_CHECK(transaction.run("UPDATE offers SET state = 'locked' WHERE offer_id = $1", offer_id));
    }
    return Redemption{{}, refused("the tx_code is wrong")};
  }
  MIBUN_CHECK(transaction.run("UPDATE offers SET state = 'redeemed', expires_at = $2 WHERE offer_id = $1", offer_id,
                              (now + kRedeemedLifetime).unix_milliseconds()));
  return Redemption{Redeemed{row->text(1), offer_id, configuration_ids()}, {}};
}

}  // namespace mibun::server
