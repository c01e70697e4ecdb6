#include <utility>

#include "core/crypto/stated_public_key.h"
#include "core/oid4vp/request.h"
#include "server/presentation/sealed_keys.h"
#include "server/presentation/service.h"

// What is asked, made of its row each time that it is given out.
namespace mibun::server {

Result<oid4vp::RequestParameters> PresentationService::parameters_of(const presentation_store::RequestRow& row,
                                                                     const Partner& partner) {
  MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(decryption_key_name(row.request_id), row.decryption_key));
  MIBUN_TRY(const auto encryption_key, crypto::stated_public_key(pkcs8.reveal()));
  MIBUN_TRY(auto dcql_query, json::parse_object(row.dcql_query));
  std::optional<oid4vp::PairingDemand> pairing;
  if (row.mode == PresentationMode::cross_device) {
    MIBUN_TRY(std::string website, partner.page_origin());
    pairing = oid4vp::PairingDemand{std::move(website)};
  }
  MIBUN_TRY(const auto query, dcql::Query::parse(dcql_query));
  MIBUN_TRY(auto transactions, presentation_store::stored_transactions(row, query));
  return oid4vp::RequestParameters{.response_uri = answer_address(row, partner),
                                   .nonce = row.nonce,
                                   .state = row.state_value,
                                   .issued_at = clock_.now(),
                                   .expires_at = row.expires_at,
                                   .dcql_query = std::move(dcql_query),
                                   .encryption_key = jose::Jwk(encryption_key),
                                   .encryption_kid = row.encryption_kid,
                                   .wallet_nonce = {},
                                   .pairing = std::move(pairing),
                                   .transaction_data = std::move(transactions),
                                   .mode = row.response_mode};
}

Result<std::string> PresentationService::link_of(const presentation_store::RequestRow& row, const Partner& partner) {
  if (!row.by_value) return oid4vp::RequestLink{partner.client_id, request_uri(row.request_id)}.to_string();
  MIBUN_TRY(const auto parameters, parameters_of(row, partner));
  if (partner.signer == nullptr) {
    MIBUN_TRY(const auto link, oid4vp::build_unsigned_request(parameters, partner.registration));
    return link.to_string();
  }
  oid4vp::RequestLink link;
  link.client_id = partner.client_id;
  MIBUN_TRY(link.request, oid4vp::build_request_object(parameters, partner.registration, *partner.signer));
  return link.to_string();
}

}  // namespace mibun::server
