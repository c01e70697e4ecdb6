#include "core/oid4vci/metadata.h"

#include "core/codecs/url.h"

namespace mibun::oid4vci {
namespace {

std::string_view language_of(std::string_view locale) {
  return locale.substr(0, locale.find('-'));
}

}  // namespace

std::string_view to_string(CredentialFormat format) {
  return format == CredentialFormat::mso_mdoc ? "mso_mdoc" : "dc+sd-jwt";
}

const Display* choose_display(const std::vector<Display>& displays, std::string_view locale) {
  const Display* same_language = nullptr;
  for (const Display& display : displays) {
    if (display.locale == locale) return &display;
    if (same_language == nullptr && language_of(display.locale) == language_of(locale)) same_language = &display;
  }
  if (same_language != nullptr) return same_language;
  return displays.empty() ? nullptr : displays.data();
}

Status check_issuer_identifier(std::string_view identifier) {
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(identifier));
  if (identifier.find('?') != std::string_view::npos) {
    return fail(ErrorCode::url_malformed, "issuer", "an identifier has no query");
  }
  return {};
}

Result<std::string> issuer_metadata_url(std::string_view credential_issuer) {
  MIBUN_CHECK(check_issuer_identifier(credential_issuer));
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(credential_issuer));
  const std::string path = url.path() == "/" ? "" : url.path();
  return url.origin() + "/.well-known/openid-credential-issuer" + path;
}

const CredentialConfiguration* IssuerMetadata::find(std::string_view configuration_id) const {
  for (const CredentialConfiguration& configuration : configurations) {
    if (configuration.id == configuration_id) return &configuration;
  }
  return nullptr;
}

}  // namespace mibun::oid4vci
