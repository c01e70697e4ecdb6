#include "wallet/partner_report.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kDayCharacters = 10;  // of "2026-11-28T..."

}  // namespace

Status report_partner(ServerApi& api, Profile& profile, const HistoryEvent& event, std::string_view reason,
                      std::string_view text) {
  if (event.partner_ja.empty() && event.partner_en.empty() && event.client_id.empty()) {
    return fail(ErrorCode::invalid_argument, "event", "it is about no organisation");
  }
  const std::string said = event.id + "\n" + std::string(reason) + "\n" + std::string(text);
  json::Object body{{"id", base64url::encode(crypto::sha256(said))},
                    {"reason_code", reason},
                    {"client_id", event.client_id},
                    {"organization", event.partner_ja + " / " + event.partner_en},
                    {"on", to_jst_string(event.at).substr(0, kDayCharacters)}};
  if (!text.empty()) body["text"] = text;
  MIBUN_CHECK(
      api.account_request(profile, "POST", "/api/v1/reports", json::serialize(body), "application/json", "report"));
  return {};
}

}  // namespace mibun::wallet
