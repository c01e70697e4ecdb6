#include "wallet/deletion.h"

#include "wallet/cards.h"
#include "wallet/grants.h"
#include "wallet/made_keys.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kReceiptRecord = "receipt.erasure";

}  // namespace

Status destroy_everything(const Host& host, const Profile& profile) {
  MIBUN_CHECK(destroy_left_keys(host));
  CardStore cards(host.store, host.keys);
  MIBUN_TRY(const auto listed, cards.list());
  GrantStore grants(host);
  for (const Card& card : listed) {
    MIBUN_CHECK(cards.remove(card.id));
    MIBUN_CHECK(grants.forget(card.id));
  }
  MIBUN_TRY(const auto waiting, grants.pending());
  for (const PendingCard& card : waiting) MIBUN_CHECK(grants.forget(card));
  MIBUN_CHECK(host.keys.destroy_key(profile.history_key));
  if (!profile.passkey) MIBUN_CHECK(host.keys.destroy_key(profile.device_key));
  MIBUN_TRY(const auto names, host.store.names(""));
  for (const std::string& name : names) MIBUN_CHECK(host.store.remove(name));
  return {};
}

Result<Deletion> delete_account(const Host& host, ServerApi& api, Profile& profile) {
  MIBUN_TRY(const TrustList trust, current_trust(host));
  // A passkey is asked by the request itself, each time.
  if (host.passkey == nullptr) MIBUN_CHECK(api.verify_user_now("delete the account"));
  MIBUN_TRY(const auto answer, api.account_request(profile, "DELETE", "/api/v1/account", "", "", "delete the account"));
  json::ObjectReader reader(answer.body, "erasure");
  Deletion deletion;
  MIBUN_TRY(deletion.receipt_text, reader.string("receipt"));
  MIBUN_CHECK(host.store.write(kReceiptRecord, deletion.receipt_text));
  MIBUN_TRY(auto checked, receipt::check_receipt(
                              deletion.receipt_text,
                              {.receipts = trust.receipts, .issuers = trust.credential_issuers, .iaca = trust.iaca},
                              host.clock.now()));
  auto* content = std::get_if<receipt::ErasureReceipt>(&checked.content);
  if (content == nullptr) return fail(ErrorCode::receipt_malformed, "erasure.receipt", "a receipt of another kind");
  deletion.content = std::move(*content);
  MIBUN_CHECK(destroy_everything(host, profile));
  return deletion;
}

}  // namespace mibun::wallet
