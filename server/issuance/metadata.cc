#include "server/issuance/service.h"

namespace mibun::server {
namespace {

oid4vci::CredentialClaim claim(std::vector<std::string> path, std::string ja, std::string en) {
  return {std::move(path), {{std::move(ja), "ja"}, {std::move(en), "en"}}};
}

oid4vci::CredentialConfiguration identity_configuration() {
  oid4vci::CredentialConfiguration configuration;
  configuration.id = kIdentityConfiguration;
  configuration.scope = kIdentityScope;
  configuration.vct = kIdentityVct;
  configuration.display = {{"デジタル身分証", "ja"}, {"Digital ID", "en"}};
  configuration.claims = {claim({"given_name"}, "名", "Given name"),
                          claim({"family_name"}, "姓", "Family name"),
                          claim({"birthdate"}, "生年月日", "Date of birth"),
                          claim({"age_equal_or_over", "18"}, "18歳以上", "Aged 18 or over"),
                          claim({"age_equal_or_over", "20"}, "20歳以上", "Aged 20 or over"),
                          claim({"age_equal_or_over", "65"}, "65歳以上", "Aged 65 or over"),
                          claim({"sex"}, "性別", "Sex"),
                          claim({"nationality"}, "国籍", "Nationality"),
                          claim({"issuing_state"}, "発行国", "Issuing state"),
                          claim({"document_number"}, "旅券番号", "Document number"),
                          claim({"document_expiry"}, "旅券の有効期限", "Document expiry")};
  return configuration;
}

}  // namespace

oid4vci::IssuerMetadata IssuanceService::metadata() const {
  oid4vci::IssuerMetadata metadata;
  metadata.credential_issuer = public_origin_;
  metadata.credential_endpoint = public_origin_ + "/oid4vci/credential";
  metadata.nonce_endpoint = public_origin_ + "/oid4vci/nonce";
  metadata.batch_size = kBatchSize;
  metadata.display = {{"mibun 身分", "ja"}, {"mibun", "en"}};
  metadata.configurations = {identity_configuration()};
  return metadata;
}

}  // namespace mibun::server
