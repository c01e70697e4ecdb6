#include <algorithm>

#include "core/oid4vci/signed_metadata.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {
namespace {

constexpr std::size_t kServersTriedMax = 5;

}  // namespace

// From an offer to the question: who issues what, by which server, and whether we can do it.
Result<Step> IssuanceFlow::fetch_issuer_metadata() {
  MIBUN_TRY(std::string url, issuer_metadata_url(start_.credential_issuer));
  state_ = State::issuer_metadata;
  HttpRequest request = get(std::move(url));
  if (parts_.metadata_signers != nullptr) request.headers.front().value = "application/jwt, application/json;q=0.9";
  return SendRequest{std::move(request)};
}

Result<IssuerMetadata> IssuanceFlow::read_issuer_metadata(const HttpResponse& response, Instant now) const {
  const auto type = response.header("Content-Type");
  const bool is_signed = type && equal_ignoring_case(media_type(*type), kJwtMediaType);
  if (response.status == 200 && is_signed && parts_.metadata_signers != nullptr) {
    return verify_issuer_metadata(response.body, {*parts_.metadata_signers, start_.credential_issuer, now});
  }
  MIBUN_CHECK(check_document(response));
  return IssuerMetadata::parse(response.body, start_.credential_issuer);
}

Result<Step> IssuanceFlow::on_issuer_metadata(const HttpResponse& response, Instant now) {
  MIBUN_TRY(issuer_, read_issuer_metadata(response, now));
  MIBUN_TRY(encryption_, WalletEncryption::choose(issuer_));
  MIBUN_CHECK(find_configurations());
  if (const auto* held = std::get_if<HeldToken>(&start_.grant)) {
    token_.access_token = held->access_token;
    return begin_errand(now);
  }
  MIBUN_TRY(std::string server, choose_server());
  return fetch_server_metadata(std::move(server));
}

Result<Step> IssuanceFlow::fetch_server_metadata(std::string server) {
  MIBUN_TRY(std::string url, authorization_server_metadata_url(server));
  server_.issuer = std::move(server);
  ++servers_tried_;
  state_ = State::server_metadata;
  return SendRequest{get(std::move(url))};
}

// Those offered that we can hold. Until the holder says which, it is the first.
Status IssuanceFlow::find_configurations() {
  std::vector<std::string> ids = start_.configuration_ids;
  if (ids.empty()) {
    for (const CredentialConfiguration& configuration : issuer_.configurations) ids.push_back(configuration.id);
  }
  for (const std::string& id : ids) {
    const CredentialConfiguration* configuration = issuer_.find(id);
    if (configuration == nullptr || !configuration->usable) continue;
    if (configuration->key_attestations && !parts_.keys_attestable) continue;
    offered_.push_back(*configuration);
  }
  if (offered_.empty()) {
    return fail(ErrorCode::oid4vci_unknown_credential_configuration, "offer.credential_configuration_ids",
                "none that this wallet can hold");
  }
  configuration_ = offered_.front();
  return {};
}

// OpenID4VCI 1.0, section 4.1.1: an authorization_server in the offer must be one the metadata lists.
Result<std::string> IssuanceFlow::choose_server() const {
  const auto& servers = issuer_.authorization_servers;
  if (!start_.authorization_server) return servers.empty() ? issuer_.credential_issuer : servers.front();
  if (std::ranges::find(servers, *start_.authorization_server) != servers.end()) return *start_.authorization_server;
  // An issuer that lists no server is its own; only an offer may not say so (section 4.1.1).
  const bool renews_there = std::holds_alternative<RefreshGrant>(start_.grant) && servers.empty() &&
                            *start_.authorization_server == issuer_.credential_issuer;
  if (renews_there) return *start_.authorization_server;
  return fail(ErrorCode::oid4vci_issuer_mismatch, "offer.authorization_server", "not listed by the issuer");
}

// Section 4.1.1: without grants in the offer the metadata say which there are; that is, whether the holder can sign in.
// A server that does not offer it leaves the turn to the issuer's next one.
bool IssuanceFlow::is_for_another_server() {
  if (!std::holds_alternative<GrantOfMetadata>(start_.grant)) return false;
  const Status offered = check_code_flow();
  const bool passes_on = !offered && offered.error().code == ErrorCode::oauth_unsupported_grant_type &&
                         servers_tried_ < std::min(issuer_.authorization_servers.size(), kServersTriedMax);
  if (!passes_on) start_.grant = CodeGrant{};
  return passes_on;
}

// An issuer that is its own authorization server signs these metadata as it signs its others; of another server nobody
// says who may sign for it.
Result<AuthorizationServerMetadata> IssuanceFlow::read_server_metadata(const HttpResponse& response,
                                                                       Instant now) const {
  MIBUN_CHECK(check_document(response));
  MIBUN_TRY(auto plain, AuthorizationServerMetadata::parse(response.body, server_.issuer));
  const bool verifiable = parts_.metadata_signers != nullptr && plain.issuer == issuer_.credential_issuer &&
                          plain.signed_metadata && is_signed_server_metadata(*plain.signed_metadata);
  if (!verifiable) return plain;
  return verify_server_metadata(*plain.signed_metadata, {*parts_.metadata_signers, plain.issuer, now});
}

Result<Step> IssuanceFlow::on_server_metadata(const HttpResponse& response, Instant now) {
  MIBUN_TRY(server_, read_server_metadata(response, now));
  if (is_for_another_server()) return fetch_server_metadata(issuer_.authorization_servers[servers_tried_]);
  MIBUN_CHECK(check_grant());
  if (std::ranges::find(server_.dpop_algorithms, "ES256") == server_.dpop_algorithms.end()) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata.dpop_signing_alg_values_supported", "no ES256");
  }
  if (std::holds_alternative<RefreshGrant>(start_.grant)) return begin_refresh(now);
  return ask_holder(false);
}

Result<Step> IssuanceFlow::ask_holder(bool tx_code_was_wrong) {
  state_ = State::holder;
  const auto* pre_authorized = std::get_if<PreAuthorizedGrant>(&start_.grant);
  return AskHolder{.credential_issuer = issuer_.credential_issuer,
                   .issuer_display = issuer_.display,
                   .configuration = configuration_,
                   .offered = offered_,
                   .copies = copies(),
                   .tx_code = pre_authorized != nullptr ? pre_authorized->tx_code : std::nullopt,
                   .tx_code_was_wrong = tx_code_was_wrong,
                   .signs_in = std::holds_alternative<CodeGrant>(start_.grant)};
}

}  // namespace mibun::oid4vci
