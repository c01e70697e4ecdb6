#include "wallet/receipts.h"

#include "core/codecs/json.h"
#include "core/oid4vp/consent.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kConsentPrefix = "consent.";
constexpr std::string_view kReceiptPrefix = "receipt.";
constexpr std::string_view kReceiptMediaType = "application/jwt";

struct Remembered {
  std::string consent, gateway_origin;
};

Result<Remembered> read_consent(Store& store, const std::string& hash) {
  MIBUN_TRY(const std::string text, store.read(std::string(kConsentPrefix) + hash));
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "consent");
  Remembered remembered;
  MIBUN_TRY(remembered.consent, reader.string("consent"));
  MIBUN_TRY(remembered.gateway_origin, reader.string("gateway"));
  return remembered;
}

Result<receipt::CheckedReceipt> check(const Host& host, std::string_view text) {
  MIBUN_TRY(const TrustList trust, current_trust(host));
  return receipt::check_receipt(
      text, {.receipts = trust.receipts, .issuers = trust.credential_issuers, .iaca = trust.iaca}, host.clock.now());
}

}  // namespace

Status remember_consent(Store& store, std::string_view consent, std::string_view gateway_origin) {
  json::Object object;
  object["consent"] = consent;
  object["gateway"] = gateway_origin;
  return store.write(std::string(kConsentPrefix) + oid4vp::consent_hash(consent), json::serialize(object));
}

Result<std::string> fetch_receipt(const Host& host, const std::string& hash) {
  MIBUN_TRY(const Remembered remembered, read_consent(host.store, hash));
  HttpRequest request;
  request.url = remembered.gateway_origin + "/oid4vp/receipts/" + hash;
  request.headers.push_back({"Accept", std::string(kReceiptMediaType)});
  MIBUN_TRY(const HttpResponse response, host.http.send(request));
  if (response.status == 404) return fail(ErrorCode::not_found, "receipt");
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, "receipt");
  MIBUN_TRY(const auto checked, check(host, response.body));
  const auto* consent = std::get_if<receipt::ConsentReceipt>(&checked.content);
  if (consent == nullptr || consent->consent != remembered.consent) {
    return fail(ErrorCode::receipt_consent_mismatch, "receipt.consent", "a receipt for something else");
  }
  std::string name = receipt_name(hash);
  MIBUN_CHECK(host.store.write(name, response.body));
  return name;
}

Result<std::size_t> fetch_missing_receipts(const Host& host) {
  MIBUN_TRY(const auto names, host.store.names(kConsentPrefix));
  std::size_t missing = 0;
  for (const std::string& name : names) {
    const std::string hash = name.substr(kConsentPrefix.size());
    const auto kept = host.store.read(receipt_name(hash));
    if (kept) continue;
    if (kept.error().code != ErrorCode::not_found) return std::unexpected(kept.error());
    if (!fetch_receipt(host, hash)) ++missing;
  }
  return missing;
}

std::string receipt_name(std::string_view hash) {
  return std::string(kReceiptPrefix) + std::string(hash);
}

std::string_view receipt_hash(std::string_view name) {
  return name.starts_with(kReceiptPrefix) ? name.substr(kReceiptPrefix.size()) : std::string_view();
}

Result<KeptReceipt> read_receipt(const Host& host, const std::string& name) {
  if (receipt_hash(name).empty()) return fail(ErrorCode::not_found, "receipt");
  MIBUN_TRY(std::string text, host.store.read(name));
  MIBUN_TRY(auto checked, check(host, text));
  return KeptReceipt{name, std::move(text), std::move(checked)};
}

Result<std::vector<KeptReceipt>> list_receipts(const Host& host) {
  MIBUN_TRY(const auto names, host.store.names(kReceiptPrefix));
  std::vector<KeptReceipt> receipts;
  for (const std::string& name : names) {
    MIBUN_TRY(KeptReceipt receipt, read_receipt(host, name));
    receipts.push_back(std::move(receipt));
  }
  return receipts;
}

}  // namespace mibun::wallet
