#include "core/oid4vci/metadata.h"

#include "core/codecs/url.h"

namespace mibun::oid4vci {
namespace {

Result<std::string> well_known(std::string_view identifier, std::string_view name, bool drop_last_slash) {
  MIBUN_CHECK(check_issuer_identifier(identifier));
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(identifier));
  std::string path = url.path() == "/" ? "" : url.path();
  if (drop_last_slash && path.ends_with('/')) path.pop_back();
  return url.origin() + "/.well-known/" + std::string(name) + path;
}

std::string_view language_of(std::string_view locale) {
  return locale.substr(0, locale.find('-'));
}

}  // namespace

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
  return well_known(credential_issuer, "openid-credential-issuer", false);
}

Result<std::string> authorization_server_metadata_url(std::string_view issuer) {
  return well_known(issuer, "oauth-authorization-server", true);
}

const CredentialConfiguration* IssuerMetadata::find(std::string_view configuration_id) const {
  for (const CredentialConfiguration& configuration : configurations) {
    if (configuration.id == configuration_id) return &configuration;
  }
  return nullptr;
}

}  // namespace mibun::oid4vci
