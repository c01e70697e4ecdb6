#include "wallet/trust.h"

#include <algorithm>
#include <charconv>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/dcql/query.h"
#include "wallet/profile.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kRecord = "trust", kFetchedRecord = "trust_fetched", kCrlRecord = "readers_crl",
                           kLogRecord = "server_log";
constexpr std::string_view kIssuers = "trusted_issuers";
constexpr std::string_view kReadersCrlPath = "/.well-known/mibun-readers.crl";
constexpr std::size_t kReadersCrlsMax = 16, kIssuerCrlsMax = 16, kPathBytesMax = 128;
constexpr auto kAgeMax = std::chrono::hours(24);
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

Result<crypto::TrustedIssuer> read_issuer(json::ObjectReader& reader, crypto::CertificatePurpose purpose,
                                          crypto::RevocationPolicy revocation) {
  MIBUN_TRY(const json::Array* types, reader.array("types"));
  MIBUN_TRY(auto anchors, read_anchors(reader, "anchors", purpose, revocation));
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

using ListsOfRows = std::vector<std::vector<std::string>>;

// The rows of this format. `lists`: of all rows. `wanted`: of rows that have lists.
Result<crypto::TrustedIssuers> read_issuers(const json::Array& rows, std::string_view format,
                                            crypto::CertificatePurpose purpose, const ListsOfRows& lists,
                                            crypto::RevocationPolicy wanted,
                                            std::vector<TrustList::IssuerLists>& kept) {
  std::vector<crypto::TrustedIssuer> issuers;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json::Value& row = rows[i];
    if (!row.is_object()) return fail(ErrorCode::json_wrong_type, "trust.trusted_issuers", "a list of objects");
    json::ObjectReader reader(row.get_object(), "trust.trusted_issuers");
    MIBUN_TRY(const std::string_view said, reader.string("format"));
    if (said != format) continue;
    MIBUN_TRY(auto issuer,
              read_issuer(reader, purpose, lists[i].empty() ? crypto::RevocationPolicy::ignore_revocation : wanted));
    if (!lists[i].empty()) kept.push_back({format == dcql::kMdocFormat, issuers.size(), lists[i]});
    issuers.push_back(std::move(issuer));
  }
  return crypto::TrustedIssuers(purpose, std::move(issuers));
}

std::string crl_record(std::size_t index) {
  return std::string(kCrlRecord) + (index == 0 ? "" : "." + std::to_string(index + 1));
}

// Those that were fetched of the first `count`.
Result<std::vector<crypto::Crl>> kept_crls(Store& store, std::size_t count) {
  std::vector<crypto::Crl> lists;
  for (std::size_t i = 0; i < count; ++i) {
    auto pem = store.read(crl_record(i));
    if (!pem && pem.error().code == ErrorCode::not_found) continue;
    if (!pem) return pass_error(pem);
    MIBUN_TRY(crypto::Crl list, crypto::Crl::from_pem(*pem));
    lists.push_back(std::move(list));
  }
  return lists;
}

// Of the server's own, so that a list leads to no other host.
bool is_path(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '/';
  };
  return text.starts_with("/.well-known/") && text.size() <= kPathBytesMax && std::ranges::all_of(text, allowed);
}

Result<std::vector<std::string>> read_crl_paths(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const list, reader.optional_array("readers_crl"));
  if (list == nullptr) return std::vector<std::string>{std::string(kReadersCrlPath)};
  MIBUN_TRY(auto paths, json::string_array(*list, "trust.readers_crl"));
  if (paths.size() > kReadersCrlsMax || !std::ranges::all_of(paths, is_path)) {
    return fail(ErrorCode::json_bad_value, "trust.readers_crl", "no path of a server's list, or too many");
  }
  return paths;
}

// One entry for each of `rows`.
Result<ListsOfRows> read_issuers_crl(json::ObjectReader& reader, std::size_t rows) {
  constexpr const char* kWhere = "trust.issuers_crl";
  ListsOfRows lists(rows);
  MIBUN_TRY(const json::Array* const told, reader.optional_array("issuers_crl"));
  if (told == nullptr) return lists;
  if (told->size() != rows) return fail(ErrorCode::json_bad_value, kWhere, "not one entry for each issuer");
  for (std::size_t i = 0; i < rows; ++i) {
    if (!(*told)[i].is_array()) return fail(ErrorCode::json_wrong_type, kWhere, "a list of lists");
    MIBUN_TRY(lists[i], json::string_array((*told)[i].get_array(), kWhere));
    if (lists[i].size() > kIssuerCrlsMax || !std::ranges::all_of(lists[i], is_path)) {
      return fail(ErrorCode::json_bad_value, kWhere, "no path of a server's list, or too many");
    }
  }
  return lists;
}

Result<std::string> fetch(const Host& host, std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  MIBUN_TRY(HttpResponse response, host.http.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  return std::move(response.body);
}

Result<TrustList> read_trust(std::string_view text, crypto::RevocationPolicy of_issuers) {
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
  MIBUN_TRY(const ListsOfRows lists, read_issuers_crl(reader, rows->size()));
  std::vector<TrustList::IssuerLists> issuers_crl;
  MIBUN_TRY(auto sd_jwt_issuers,
            read_issuers(*rows, dcql::kSdJwtFormat, credential_issuer, lists, of_issuers, issuers_crl));
  MIBUN_TRY(auto mdoc_issuers,
            read_issuers(*rows, dcql::kMdocFormat, mdoc_document_signer, lists, of_issuers, issuers_crl));
  MIBUN_TRY(auto crl_paths, read_crl_paths(reader));
  return TrustList{std::move(issuers),        std::move(iaca),         std::move(access),    std::move(registrars),
                   std::move(receipts),       std::move(readers),      std::move(known),     std::move(log),
                   std::move(sd_jwt_issuers), std::move(mdoc_issuers), std::move(crl_paths), std::move(issuers_crl)};
}

Result<std::string> fetch_list(const Host& host, const std::string& origin) {
  MIBUN_TRY(std::string body, fetch(host, origin + "/.well-known/mibun-trust.json"));
  MIBUN_CHECK(read_trust(body, crypto::RevocationPolicy::require_crls));
  return body;
}

Status note_fetched(const Host& host) {
  return host.store.write(kFetchedRecord, std::to_string(host.clock.now().unix_seconds()));
}

Status keep_list(const Host& host, const std::string& list) {
  MIBUN_CHECK(host.store.write(kRecord, list));
  return note_fetched(host);
}

// A clock that went back makes no list young.
bool is_fresh(std::string_view fetched, Instant now) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(fetched.data(), fetched.data() + fetched.size(), seconds);
  if (error != std::errc() || end != fetched.data() + fetched.size()) return false;
  const Instant at = Instant::from_unix_seconds(seconds);
  return at <= now && now < at + kAgeMax;
}

// A list of who signs cards is kept under its path, with when it was fetched: "<unix seconds>\n<PEM>".
std::string issuer_crl_record(std::string_view path) {
  return "issuers_crl." + base64url::encode(crypto::sha256(path));
}

Result<std::optional<std::string>> kept_issuer_crl(Store& store, std::string_view path) {
  auto record = store.read(issuer_crl_record(path));
  if (!record && record.error().code == ErrorCode::not_found) return std::nullopt;
  if (!record) return pass_error(record);
  return std::move(*record);
}

Result<std::vector<crypto::Crl>> kept_issuer_crls(Store& store, const std::vector<std::string>& paths) {
  std::vector<crypto::Crl> lists;
  for (const std::string& path : paths) {
    MIBUN_TRY(const auto record, kept_issuer_crl(store, path));
    if (!record) continue;
    MIBUN_TRY(crypto::Crl list, crypto::Crl::from_pem(record->substr(record->find('\n') + 1)));
    lists.push_back(std::move(list));
  }
  return lists;
}

Status refresh_issuer_crl(const Host& host, const std::string& origin, const std::string& path) {
  MIBUN_TRY(const auto record, kept_issuer_crl(host.store, path));
  if (record && is_fresh(record->substr(0, record->find('\n')), host.clock.now())) return {};
  MIBUN_TRY(const std::string body, fetch(host, origin + path));
  MIBUN_TRY(const crypto::Crl list, crypto::Crl::parse(as_bytes(body)));
  return host.store.write(issuer_crl_record(path), std::to_string(host.clock.now().unix_seconds()) + "\n" + list.pem());
}

crypto::TrustedIssuers& issuers_of(TrustList& trust, const TrustList::IssuerLists& row) {
  return row.is_mdoc ? trust.mdoc_issuers : trust.sd_jwt_issuers;
}

Result<std::string> kept_list(Store& store) {
  auto text = store.read(kRecord);
  if (!text && text.error().code == ErrorCode::not_found) return fail(ErrorCode::wallet_not_registered, "wallet");
  return text;
}

}  // namespace

Result<TrustList> parse_trust(std::string_view text) {
  return read_trust(text, crypto::RevocationPolicy::ignore_revocation);
}

Result<TrustList> parse_trust(std::string_view text, const std::vector<crypto::Crl>& lists) {
  MIBUN_TRY(TrustList trust, read_trust(text, crypto::RevocationPolicy::require_crls));
  for (const TrustList::IssuerLists& row : trust.issuers_crl) issuers_of(trust, row).set_crls(row.row, lists);
  return trust;
}

Status fetch_trust(const Host& host, const std::string& origin) {
  MIBUN_TRY(const std::string list, fetch_list(host, origin));
  MIBUN_CHECK(host.store.remove(kLogRecord));  // of a server that this wallet was registered at before
  return keep_list(host, list);
}

Status refresh_trust(const Host& host, const std::string& origin) {
  auto fetched = host.store.read(kFetchedRecord);
  // A wallet from before this was written down begins to count.
  if (!fetched && fetched.error().code == ErrorCode::not_found) return note_fetched(host);
  if (!fetched) return pass_error(fetched);
  if (is_fresh(*fetched, host.clock.now())) return {};
  MIBUN_TRY(const TrustList kept, load_trust(host.store));
  MIBUN_TRY(const std::string list, fetch_list(host, origin));
  MIBUN_TRY(const TrustList next, parse_trust(list));
  // What is remembered of the log is worth something only with its key.
  if (kept.log && next.log != kept.log) return fail(ErrorCode::log_fork, "trust.log", "another log than before");
  return keep_list(host, list);
}

Status complete_trust(const Host& host) {
  MIBUN_TRY(const std::string text, kept_list(host.store));
  MIBUN_TRY(json::Object kept, json::parse_object(text, {.bytes_max = kTrustBytesMax}));
  if (kept.contains(kIssuers)) return {};
  MIBUN_TRY(const Profile profile, load_profile(host.store));
  MIBUN_TRY(const std::string list, fetch_list(host, profile.origin));
  MIBUN_TRY(const json::Object published, json::parse_object(list, {.bytes_max = kTrustBytesMax}));
  const json::Value* issuers = published.if_contains(kIssuers);
  if (issuers == nullptr) return {};
  kept[kIssuers] = *issuers;
  return host.store.write(kRecord, json::serialize(kept));
}

Status refresh_readers_crl(const Host& host, const std::string& origin) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  MIBUN_TRY(const auto kept, kept_crls(host.store, trust.readers_crl.size()));
  const auto is_young = [&](const crypto::Crl& list) { return host.clock.now() < list.this_update() + kAgeMax; };
  if (kept.size() == trust.readers_crl.size() && std::ranges::all_of(kept, is_young)) return {};
  for (std::size_t i = 0; i < trust.readers_crl.size(); ++i) {
    MIBUN_TRY(const std::string body, fetch(host, origin + trust.readers_crl[i]));
    MIBUN_TRY(const crypto::Crl list, crypto::Crl::parse(as_bytes(body)));
    MIBUN_CHECK(host.store.write(crl_record(i), list.pem()));
  }
  return {};
}

Status refresh_issuers_crl(const Host& host, const std::string& origin) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  Status done;
  for (const TrustList::IssuerLists& row : trust.issuers_crl) {
    for (const std::string& path : row.paths) {
      const Status one = refresh_issuer_crl(host, origin, path);
      if (!one && done) done = one;
    }
  }
  return done;
}

Result<TrustList> current_trust(const Host& host) {
  if (const auto profile = load_profile(host.store)) {
    static_cast<void>(refresh_trust(host, profile->origin));
    static_cast<void>(refresh_issuers_crl(host, profile->origin));
  }
  return load_trust(host.store);
}

Result<TrustList> load_trust(Store& store) {
  MIBUN_TRY(const std::string text, kept_list(store));
  MIBUN_TRY(TrustList trust, read_trust(text, crypto::RevocationPolicy::require_crls));
  MIBUN_TRY(auto crls, kept_crls(store, trust.readers_crl.size()));
  if (!crls.empty()) trust.readers.set_crls(std::move(crls));
  for (const TrustList::IssuerLists& row : trust.issuers_crl) {
    MIBUN_TRY(auto lists, kept_issuer_crls(store, row.paths));
    issuers_of(trust, row).set_crls(row.row, std::move(lists));
  }
  return trust;
}

}  // namespace mibun::wallet
