#include "core/oid4vci/offer.h"

#include <array>

#include "core/base/digit_code.h"
#include "core/codecs/base64url.h"
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
constexpr std::string_view kRecordClass = "offer";

struct Codes {
  std::string code, tx_code;
  json::Object to_json() const {
    json::Object object;
    object["code"] = code;
    object["tx_code"] = tx_code;
    return object;
  }
};

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

Status IssuanceService::make_offer(database::Transaction& transaction, const keyd::PersonId& person,
                                   const std::string& case_id) {
  MIBUN_TRY(const auto existing, transaction.row("SELECT offer_id FROM offers WHERE case_id = $1", case_id));
  const std::string offer_id = existing ? existing->text(0) : base64url::encode(rng_.bytes(kIdBytes));
  const Codes codes{base64url::encode(rng_.bytes(32)), make_digit_code(rng_, kTxCodeDigits)};
  MIBUN_TRY(const Bytes code_hash, code_lookup(codes.code));
  MIBUN_TRY(const Bytes tx_code_hash, tx_code_lookup(offer_id, codes.tx_code));
  MIBUN_TRY(const Bytes sealed,
            keys_.seal(person, {kRecordClass, offer_id}, as_bytes(json::serialize(codes.to_json()))));
  const std::int64_t expires_at = (clock_.now() + kOfferLifetime).unix_milliseconds();
  MIBUN_CHECK(transaction.run(
      "INSERT INTO offers (offer_id, account_id, case_id, code_lookup, tx_code_lookup, state, expires_at, sealed) "
      "VALUES "
      "($1, $2, $3, $4, $5, 'open', $6, $7) ON CONFLICT (case_id) DO UPDATE SET code_lookup = excluded.code_lookup, "
      "tx_code_lookup = excluded.tx_code_lookup, tries = 0, state = 'open', expires_at = excluded.expires_at, sealed = "
      "excluded.sealed",
      offer_id, person.value, case_id, code_hash, tx_code_hash, expires_at, sealed));
  json::Object details;
  json::Array kinds;
  for (const std::string& id : configuration_ids()) kinds.push_back(json::Value(id));
  details["configurations"] = std::move(kinds);
  return history_.record(transaction, person, HistoryKind::card_offered, details);
}

Result<std::optional<OfferMaker::ShownOffer>> IssuanceService::show_offer(const keyd::PersonId& person,
                                                                          const std::string& case_id) {
  std::optional<database::Row> row;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row,
              transaction.row("SELECT offer_id, sealed, expires_at FROM offers WHERE case_id = $1 AND account_id = "
                              "$2 AND state = 'open' AND expires_at > $3",
                              case_id, person.value, clock_.now().unix_milliseconds()));
    return {};
  }));
  if (!row) return std::optional<ShownOffer>();
  MIBUN_TRY(const Bytes opened, keys_.open(person, {kRecordClass, row->text(0)}, row->blob(1)));
  MIBUN_TRY(const json::Object codes, json::parse_object(as_text(opened)));
  json::ObjectReader reader(codes, "offer");
  oid4vci::CredentialOffer offer;
  offer.credential_issuer = public_origin_;
  offer.configuration_ids = configuration_ids();
  MIBUN_TRY(offer.pre_authorized_code, reader.string("code"));
  offer.tx_code =
      oid4vci::TxCode{.length = kTxCodeDigits,
                      .description = "本人確認アプリに表示された6桁の番号 / The six digits shown in your account"};
  MIBUN_TRY(const std::string_view tx_code, reader.string("tx_code"));
  return std::optional(
      ShownOffer{offer.to_uri(), std::string(tx_code), Instant::from_unix_milliseconds(row->integer(2))});
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
