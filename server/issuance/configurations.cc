#include "server/issuance/configurations.h"

#include "core/mdoc/doc_types.h"

namespace mibun::server {
namespace {

// A small picture inside the metadata, so that no wallet has to fetch one and be counted.
oid4vci::Logo logo() {
  return {
      "data:image/png;base64,"
      "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAOElEQVR42mOQ9Z9IEmIYIA3/wYBYDf+RAGEN/zEAtT"
      "WQ7CRyPE3LePiPA2DX8B8voFjDfyIAmRoACEOVENZ5t2MAAAAASUVORK5CYII=",
      "mibun"};
}

oid4vci::CredentialClaim claim(std::vector<std::string> path, std::string ja, std::string en) {
  return {std::move(path), {{std::move(ja), "ja"}, {std::move(en), "en"}}};
}

oid4vci::CredentialConfiguration identity_configuration() {
  oid4vci::CredentialConfiguration configuration;
  configuration.id = kIdentityConfiguration;
  configuration.scope = kIdentityScope;
  configuration.vct = kIdentityVct;
  configuration.display = {{"デジタル身分証", "ja", logo()}, {"Digital ID", "en", logo()}};
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

oid4vci::CredentialConfiguration photo_id_configuration() {
  const auto element = [](std::string_view name_space, const char* name, const char* ja, const char* en) {
    return claim({std::string(name_space), name}, ja, en);
  };
  using mdoc::kIso23220NameSpace;
  oid4vci::CredentialConfiguration configuration;
  configuration.id = kPhotoIdConfiguration;
  configuration.scope = kPhotoIdScope;
  configuration.format = oid4vci::CredentialFormat::mso_mdoc;
  configuration.doctype = mdoc::kPhotoIdDocType;
  configuration.display = {{"顔写真付き身分証", "ja", logo()}, {"Photo ID", "en", logo()}};
  configuration.claims = {
      element(kIso23220NameSpace, "given_name", "名", "Given name"),
      element(kIso23220NameSpace, "family_name", "姓", "Family name"),
      element(kIso23220NameSpace, "birth_date", "生年月日", "Date of birth"),
      element(kIso23220NameSpace, "portrait", "顔写真", "Portrait"),
      element(kIso23220NameSpace, "age_over_18", "18歳以上", "Aged 18 or over"),
      element(kIso23220NameSpace, "age_over_20", "20歳以上", "Aged 20 or over"),
      element(kIso23220NameSpace, "age_over_65", "65歳以上", "Aged 65 or over"),
      element(kIso23220NameSpace, "sex", "性別", "Sex"),
      element(kIso23220NameSpace, "nationality", "国籍", "Nationality"),
      element(kIso23220NameSpace, "issue_date", "発行日", "Date of issue"),
      element(kIso23220NameSpace, "expiry_date", "有効期限", "Date of expiry"),
      element(kIso23220NameSpace, "issuing_authority_unicode", "発行者", "Issuing authority"),
      element(kIso23220NameSpace, "issuing_country", "発行国", "Issuing country"),
      element(mdoc::kPhotoIdNameSpace, "travel_document_number", "旅券番号", "Travel document number")};
  return configuration;
}

}  // namespace

const std::vector<std::string>& configuration_ids() {
  static const std::vector<std::string> ids{std::string(kIdentityConfiguration), std::string(kPhotoIdConfiguration)};
  return ids;
}

std::vector<oid4vci::CredentialConfiguration> configurations() {
  return {identity_configuration(), photo_id_configuration()};
}

}  // namespace mibun::server
