#include "wallet/trust.h"

#include "core/codecs/json.h"
#include "core/dcql/query.h"
#include "wallet/profile.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kRecord = "trust", kCrlRecord = "readers_crl", kLogRecord = "server_log";
constexpr std::string_view kIssuers = "trusted_issuers";
constexpr std::string_view kReadersCrlPath = "/.well-known/mibun-readers.crl";
constexpr auto kCrlAgeMax = std::chrono::hours(24);
constexpr std::size_t kTrustBytesMax = 256 * 1024;

Result<crypto::TrustAnchors> read_anchors(json::ObjectReader& reader, std::string_view name,
                                          crypto::CertificatePurpose purpose, crypto::RevocationPolicy revocation) {
  MIBUN_TRY(const json::Array* list, reader.array(name));
  MIBUN_TRY(const auto pems, json::string_array(*list, name));
  std::vector<crypto::CaCertificate> anchors;
  for (const std::string& pem : pems) {
    MIBUN_TRY(crypto::CaCertificate certificate, crypto::CaCertificate::from_pem(pem));
    anchors.push_back(std::move(certificate));
  }
  return crypto::TrustAnchors(purpose, std::move(anchors), revocation);
}

Result<crypto::TrustedIssuer> read_issuer(json::ObjectReader& reader, crypto::CertificatePurpose purpose) {
  MIBUN_TRY(const json::Array* types, reader.array("types"));
  MIBUN_TRY(auto anchors, read_anchors(reader, "anchors", purpose, crypto::RevocationPolicy::ignore_revocation));
  MIBUN_TRY(const json::Array* names, reader.optional_array("iss"));
  MIBUN_CHECK(reader.finish());
  crypto::TrustedIssuer issuer{.types = {}, .anchors = std::move(anchors), .names = {}};
  MIBUN_TRY(issuer.types, json::string_array(*types, reader.place("types")));
  if (names == nullptr) return issuer;
  MIBUN_TRY(issuer.names, json::string_array(*names, reader.place("iss")));
  // An empty list would say: whoever.
  if (issuer.names.empty()) return fail(ErrorCode::json_bad_value, reader.place("iss"), "nobody is named");
  return issuer;
}

// The rows of this format.
Result<crypto::TrustedIssuers> read_issuers(const json::Array& rows, std::string_view format,
                                            crypto::CertificatePurpose purpose) {
  std::vector<crypto::TrustedIssuer> issuers;
  for (const json::Value& row : rows) {
    if (!row.is_object()) return fail(ErrorCode::json_wrong_type, "trust.trusted_issuers", "a list of objects");
    json::ObjectReader reader(row.get_object(), "trust.trusted_issuers");
    MIBUN_TRY(const std::string_view said, reader.string("format"));
    if (said != format) continue;
    MIBUN_TRY(auto issuer, read_issuer(reader, purpose));
    issuers.push_back(std::move(issuer));
  }
  return crypto::TrustedIssuers(purpose, std::move(issuers));
}

// nullopt when none was fetched yet.
Result<std::optional<crypto::Crl>> kept_crl(Store& store) {
  auto pem = store.read(kCrlRecord);
  if (!pem && pem.error().code == ErrorCode::not_found) return std::optional<crypto::Crl>();
  if (!pem) return pass_error(pem);
  MIBUN_TRY(crypto::Crl crl, crypto::Crl::from_pem(*pem));
  return std::optional(std::move(crl));
}

Result<std::string> kept_list(Store& store) {
  auto text = store.read(kRecord);
  if (!text && text.error().code == ErrorCode::not_found) return fail(ErrorCode::wallet_not_registered, "wallet");
  return text;
}

}  // namespace

Result<TrustList> parse_trust(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text, {.bytes_max = kTrustBytesMax}));
  json::ObjectReader reader(object, "trust");
  using enum crypto::CertificatePurpose;
  // Most roots of this trust list publish no revocation lists: a lost key leaves the trust list. Readers are many, and
  // get lost.
  using enum crypto::RevocationPolicy;
  MIBUN_TRY(auto issuers, read_anchors(reader, "credential_issuer", credential_issuer, ignore_revocation));
  MIBUN_TRY(auto iaca, read_anchors(reader, "iaca", mdoc_document_signer, ignore_revocation));
  MIBUN_TRY(auto access, read_anchors(reader, "verifier_access", verifier_access, ignore_revocation));
  MIBUN_TRY(auto readers, read_anchors(reader, "verifier_access", mdoc_reader, require_crls));
  MIBUN_TRY(auto registrars, read_anchors(reader, "registrar", registrar, ignore_revocation));
  MIBUN_TRY(auto receipts, read_anchors(reader, "receipt", receipt, ignore_revocation));
  MIBUN_TRY(const json::Array* const verifiers, reader.optional_array("verifiers"));
  oid4vp::KnownVerifiers known;
  if (verifiers != nullptr) {
    MIBUN_TRY(known, oid4vp::KnownVerifiers::parse(*verifiers, "trust.verifiers"));
  }
  MIBUN_TRY(const auto log_text, reader.optional_string("log"));
  std::optional<tlog::VerifierKey> log;
  if (log_text) {
    MIBUN_TRY(log, tlog::VerifierKey::parse(*log_text));
  }
  const json::Array none;
  MIBUN_TRY(const json::Array* rows, reader.optional_array(kIssuers));
  if (rows == nullptr) rows = &none;
  MIBUN_TRY(auto sd_jwt_issuers, read_issuers(*rows, dcql::kSdJwtFormat, credential_issuer));
  MIBUN_TRY(auto mdoc_issuers, read_issuers(*rows, dcql::kMdocFormat, mdoc_document_signer));
  return TrustList{std::move(issuers),        std::move(iaca),        std::move(access), std::move(registrars),
                   std::move(receipts),       std::move(readers),     std::move(known),  std::move(log),
                   std::move(sd_jwt_issuers), std::move(mdoc_issuers)};
}

static Result<std::string> published_list(const Host& host, const std::string& origin) {
  HttpRequest request;
  request.url = origin + "/.well-known/mibun-trust.json";
  MIBUN_TRY(HttpResponse response, host.http.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  MIBUN_CHECK(parse_trust(response.body));
  return std::move(response.body);
}

Status fetch_trust(const Host& host, const std::string& origin) {
  MIBUN_TRY(const std::string list, published_list(host, origin));
  MIBUN_CHECK(host.store.remove(kLogRecord));  // of a server that this wallet was registered at before
  return host.store.write(kRecord, list);
}

Status complete_trust(const Host& host) {
  MIBUN_TRY(const std::string text, kept_list(host.store));
  MIBUN_TRY(json::Object kept, json::parse_object(text, {.bytes_max = kTrustBytesMax}));
  if (kept.contains(kIssuers)) return {};
  MIBUN_TRY(const Profile profile, load_profile(host.store));
  MIBUN_TRY(const std::string list, published_list(host, profile.origin));
  MIBUN_TRY(const json::Object published, json::parse_object(list, {.bytes_max = kTrustBytesMax}));
  const json::Value* issuers = published.if_contains(kIssuers);
  if (issuers == nullptr) return {};
  kept[kIssuers] = *issuers;
  return host.store.write(kRecord, json::serialize(kept));
}

Status refresh_readers_crl(const Host& host, const std::string& origin) {
  MIBUN_TRY(const auto kept, kept_crl(host.store));
  if (kept && host.clock.now() < kept->this_update() + kCrlAgeMax) return {};
  HttpRequest request;
  request.url = origin + std::string(kReadersCrlPath);
  MIBUN_TRY(const HttpResponse response, host.http.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  MIBUN_TRY(const crypto::Crl crl, crypto::Crl::parse(as_bytes(response.body)));
  return host.store.write(kCrlRecord, crl.pem());
}

Result<TrustList> load_trust(Store& store) {
  MIBUN_TRY(const std::string text, kept_list(store));
  MIBUN_TRY(TrustList trust, parse_trust(text));
  MIBUN_TRY(auto crl, kept_crl(store));
  if (crl) trust.readers.set_crls({std::move(*crl)});
  return trust;
}

}  // namespace mibun::wallet
