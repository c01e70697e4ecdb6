#include "wallet/issuer_standing.h"

#include <algorithm>

namespace mibun::wallet {
namespace {

bool is_below(const std::string& address, const std::string& origin) {
  return address == origin || address.starts_with(origin + "/");
}

bool is_named(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

}  // namespace

std::string_view to_string(IssuerStanding standing) {
  switch (standing) {
    case IssuerStanding::own:
      return "own";
    case IssuerStanding::listed:
      return "listed";
    case IssuerStanding::by_card:
      return "by_card";
    case IssuerStanding::unlisted:
      return "unlisted";
  }
  return {};
}

IssuerStanding issuer_standing(const TrustList& trust, const std::string& own_server,
                               const std::string& credential_issuer,
                               const oid4vci::CredentialConfiguration& configuration) {
  const bool is_mdoc = configuration.format == oid4vci::CredentialFormat::mso_mdoc;
  const std::string& type = is_mdoc ? configuration.doctype : configuration.vct;
  const auto& rows = (is_mdoc ? trust.mdoc_issuers : trust.sd_jwt_issuers).issuers();
  bool is_named_here = false, may_be = false;
  for (const crypto::TrustedIssuer& row : rows) {
    if (!is_named(row.types, type)) continue;
    is_named_here |= is_named(row.names, credential_issuer);
    may_be |= row.names.empty();
  }
  if (!is_named_here && !may_be) return IssuerStanding::unlisted;
  if (is_below(credential_issuer, own_server)) return IssuerStanding::own;
  return is_named_here ? IssuerStanding::listed : IssuerStanding::by_card;
}

}  // namespace mibun::wallet
