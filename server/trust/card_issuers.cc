#include "server/trust/card_issuers.h"

#include <utility>

#include "core/codecs/url.h"
#include "core/dcql/query.h"

namespace mibun::server {
namespace {

using crypto::CertificatePurpose;
using enum crypto::RevocationPolicy;

std::unexpected<Error> refused(std::string_view member, std::string detail) {
  return fail(ErrorCode::invalid_argument, "trusted_issuers." + std::string(member), std::move(detail));
}

constexpr std::size_t kListsMax = 16;

Status check_lists(const OtherIssuer& other) {
  if (other.format == dcql::kMdocFormat && other.crls.empty()) {
    return refused("crls", "the revocation lists of an mdoc's authority are to be named");
  }
  if (other.crls.size() > kListsMax) return refused("crls", "more than 16 lists");
  for (const std::string& url : other.crls) {
    if (!is_file(url)) MIBUN_CHECK(HttpsUrl::parse(url));
  }
  return {};
}

Result<crypto::TrustedIssuer> read(const OtherIssuer& other, CertificatePurpose purpose) {
  if (other.types.empty()) return refused("types", "no type is named");
  if (other.pem.empty()) return refused("pem_files", "no root is named");
  MIBUN_CHECK(check_lists(other));
  std::vector<crypto::CaCertificate> anchors;
  for (const std::string& pem : other.pem) {
    MIBUN_TRY(crypto::CaCertificate root, crypto::CaCertificate::from_pem(pem));
    anchors.push_back(std::move(root));
  }
  return crypto::TrustedIssuer{.types = other.types,
                               .anchors = crypto::TrustAnchors(purpose, std::move(anchors),
                                                               other.crls.empty() ? ignore_revocation : require_crls),
                               .names = other.names};
}

crypto::TrustedIssuer ours(const crypto::TrustAnchors& anchors, std::vector<std::string> types) {
  return {.types = std::move(types),
          .anchors = crypto::TrustAnchors(anchors.purpose(), anchors.anchors(), require_crls)};
}

void add_rows(json::Array& list, std::string_view format, const crypto::TrustedIssuers& issuers) {
  for (const crypto::TrustedIssuer& issuer : issuers.issuers()) {
    json::Array anchors;
    for (const crypto::CaCertificate& anchor : issuer.anchors.anchors()) anchors.emplace_back(anchor.pem());
    json::Object row{{"format", format},
                     {"types", json::Array(issuer.types.begin(), issuer.types.end())},
                     {"anchors", std::move(anchors)}};
    if (!issuer.names.empty()) row["iss"] = json::Array(issuer.names.begin(), issuer.names.end());
    list.push_back(std::move(row));
  }
}

json::Array paths_json(const std::vector<std::string>& paths) {
  return json::Array(paths.begin(), paths.end());
}

}  // namespace

bool is_file(std::string_view crl) {
  return crl.starts_with('/');
}

std::string trusted_crl_path(std::size_t number) {
  return "/.well-known/mibun-trusted-crl/" + std::to_string(number);
}

json::Array CardIssuers::lists_json(const SignersListPaths& own) const {
  std::vector<json::Array> of_sd_jwt(sd_jwt.issuers().size()), of_mdoc(mdoc.issuers().size());
  of_sd_jwt[kOwnRow] = paths_json(own.sd_jwt);
  of_mdoc[kOwnRow] = paths_json(own.mdoc);
  std::size_t number = 0;
  for (const Lists& row : lists) {
    json::Array& paths = (row.is_mdoc ? of_mdoc : of_sd_jwt)[row.row];
    for (std::size_t i = 0; i < row.urls.size(); ++i) paths.emplace_back(trusted_crl_path(++number));
  }
  json::Array all;
  for (auto* rows : {&of_sd_jwt, &of_mdoc}) {
    for (json::Array& paths : *rows) all.emplace_back(std::move(paths));
  }
  return all;
}

json::Array CardIssuers::to_json() const {
  json::Array list;
  add_rows(list, dcql::kSdJwtFormat, sd_jwt);
  add_rows(list, dcql::kMdocFormat, mdoc);
  return list;
}

Result<CardIssuers> card_issuers(const Trust& trust, OwnTypes own, const std::vector<OtherIssuer>& others) {
  std::vector<crypto::TrustedIssuer> sd_jwt, mdoc;
  std::vector<CardIssuers::Lists> lists;
  sd_jwt.push_back(ours(trust.credential_issuer_anchors(), std::move(own.vcts)));
  mdoc.push_back(ours(trust.iaca_anchors(), std::move(own.doctypes)));
  for (const OtherIssuer& other : others) {
    const bool is_mdoc = other.format == dcql::kMdocFormat;
    if (!is_mdoc && other.format != dcql::kSdJwtFormat) return refused("format", "dc+sd-jwt or mso_mdoc");
    if (is_mdoc && !other.names.empty()) return refused("iss", "an mdoc names no issuer");
    MIBUN_TRY(auto issuer,
              read(other, is_mdoc ? CertificatePurpose::mdoc_document_signer : CertificatePurpose::credential_issuer));
    auto& rows = is_mdoc ? mdoc : sd_jwt;
    if (!other.crls.empty()) lists.push_back({is_mdoc, rows.size(), other.crls});
    rows.push_back(std::move(issuer));
  }
  return CardIssuers{crypto::TrustedIssuers(CertificatePurpose::credential_issuer, std::move(sd_jwt)),
                     crypto::TrustedIssuers(CertificatePurpose::mdoc_document_signer, std::move(mdoc)),
                     std::move(lists)};
}

}  // namespace mibun::server
