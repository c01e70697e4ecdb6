#include "wallet/trust.h"

#include "core/codecs/json.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kRecord = "trust";
constexpr std::size_t kTrustBytesMax = 256 * 1024;

Result<crypto::TrustAnchors> read_anchors(json::ObjectReader& reader, std::string_view name,
                                          crypto::CertificatePurpose purpose) {
  MIBUN_TRY(const json::Array* list, reader.array(name));
  MIBUN_TRY(const auto pems, json::string_array(*list, name));
  std::vector<crypto::CaCertificate> anchors;
  for (const std::string& pem : pems) {
    MIBUN_TRY(crypto::CaCertificate certificate, crypto::CaCertificate::from_pem(pem));
    anchors.push_back(std::move(certificate));
  }
  // The roots of this trust list publish no revocation lists: a lost key leaves the trust list.
  return crypto::TrustAnchors(purpose, std::move(anchors), crypto::RevocationPolicy::ignore_revocation);
}

}  // namespace

Result<TrustList> parse_trust(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text, {.bytes_max = kTrustBytesMax}));
  json::ObjectReader reader(object, "trust");
  using enum crypto::CertificatePurpose;
  MIBUN_TRY(auto issuers, read_anchors(reader, "credential_issuer", credential_issuer));
  MIBUN_TRY(auto iaca, read_anchors(reader, "iaca", mdoc_document_signer));
  MIBUN_TRY(auto access, read_anchors(reader, "verifier_access", verifier_access));
  MIBUN_TRY(auto readers, read_anchors(reader, "verifier_access", mdoc_reader));
  MIBUN_TRY(auto registrars, read_anchors(reader, "registrar", registrar));
  MIBUN_TRY(auto receipts, read_anchors(reader, "receipt", receipt));
  return TrustList{std::move(issuers),    std::move(iaca),     std::move(access),
                   std::move(registrars), std::move(receipts), std::move(readers)};
}

Status fetch_trust(const Host& host, const std::string& origin) {
  HttpRequest request;
  request.url = origin + "/.well-known/mibun-trust.json";
  MIBUN_TRY(const HttpResponse response, host.http.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  MIBUN_CHECK(parse_trust(response.body));
  return host.store.write(kRecord, response.body);
}

Result<TrustList> load_trust(Store& store) {
  auto text = store.read(kRecord);
  if (!text && text.error().code == ErrorCode::not_found) return fail(ErrorCode::wallet_not_registered, "wallet");
  if (!text) return pass_error(text);
  return parse_trust(*text);
}

}  // namespace mibun::wallet
