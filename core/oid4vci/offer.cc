#include "core/oid4vci/offer.h"

#include <algorithm>
#include <set>

#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/token.h"
#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kUriPrefix = "openid-credential-offer://?";
constexpr std::size_t kOfferBytesMax = 8 * 1024;
constexpr std::size_t kDescriptionBytesMax = 4 * 300;  // 300 characters of any script

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_offer_malformed, std::move(where), std::move(detail));
}

Result<TxCode::InputMode> parse_input_mode(std::string_view text) {
  if (text == "numeric") return TxCode::InputMode::numeric;
  if (text == "text") return TxCode::InputMode::text;
  return malformed("offer.tx_code.input_mode", "numeric or text");
}

Result<TxCode> parse_tx_code(const json::Object& object) {
  json::ObjectReader reader(object, "offer.tx_code");
  TxCode tx_code;
  MIBUN_TRY(const auto mode, reader.optional_string("input_mode"));
  if (mode) {
    MIBUN_TRY(tx_code.input_mode, parse_input_mode(*mode));
  }
  MIBUN_TRY(const auto length, reader.optional_integer("length"));
  if (length) {
    if (*length < 1 || *length > static_cast<std::int64_t>(kTxCodeCharactersMax)) {
      return malformed(reader.place("length"), "out of range");
    }
    tx_code.length = static_cast<std::size_t>(*length);
  }
  MIBUN_TRY(const auto description, reader.optional_string("description"));
  if (description) {
    if (description->size() > kDescriptionBytesMax) return malformed(reader.place("description"), "too long");
    tx_code.description = std::string(*description);
  }
  return tx_code;
}

Result<std::optional<std::string>> read_server(json::ObjectReader& reader) {
  MIBUN_TRY(const auto server, reader.optional_string("authorization_server"));
  return server ? std::optional(std::string(*server)) : std::nullopt;
}

Result<PreAuthorizedGrant> read_pre_authorized(const json::Object& object) {
  json::ObjectReader reader(object, "offer.grants.pre-authorized_code");
  PreAuthorizedGrant grant;
  MIBUN_TRY(grant.code, reader.string("pre-authorized_code"));
  if (grant.code.empty() || grant.code.size() > kCodeCharactersMax) {
    return malformed(reader.place("pre-authorized_code"), "empty or too long");
  }
  MIBUN_TRY(const json::Object* tx_code, reader.optional_object("tx_code"));
  if (tx_code != nullptr) {
    MIBUN_TRY(grant.tx_code, parse_tx_code(*tx_code));
  }
  MIBUN_TRY(grant.authorization_server, read_server(reader));
  return grant;
}

Result<CodeGrant> read_by_code(const json::Object& object) {
  json::ObjectReader reader(object, "offer.grants.authorization_code");
  CodeGrant grant;
  MIBUN_TRY(const auto state, reader.optional_string("issuer_state"));
  if (state) {
    if (state->empty() || state->size() > kStateCharactersMax) {
      return malformed(reader.place("issuer_state"), "empty or too long");
    }
    grant.issuer_state = std::string(*state);
  }
  MIBUN_TRY(grant.authorization_server, read_server(reader));
  return grant;
}

// "If grants is not present or is empty, the Wallet MUST determine the Grant Types .. using the respective metadata."
Status read_grants(json::ObjectReader& offer_reader, CredentialOffer& offer) {
  MIBUN_TRY(const json::Object* grants, offer_reader.optional_object("grants"));
  if (grants == nullptr || grants->empty()) return {};
  json::ObjectReader reader(*grants, "offer.grants");
  MIBUN_TRY(const json::Object* pre_authorized, reader.optional_object(kPreAuthorizedCodeGrant));
  if (pre_authorized != nullptr) {
    MIBUN_TRY(offer.pre_authorized, read_pre_authorized(*pre_authorized));
  }
  MIBUN_TRY(const json::Object* by_code, reader.optional_object(kAuthorizationCodeGrant));
  if (by_code != nullptr) {
    MIBUN_TRY(offer.by_code, read_by_code(*by_code));
  }
  if (pre_authorized != nullptr || by_code != nullptr) return {};
  return fail(ErrorCode::oauth_unsupported_grant_type, "offer.grants", "none that is supported");
}

Result<std::vector<std::string>> read_configuration_ids(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* array, reader.array("credential_configuration_ids"));
  const std::string place = reader.place("credential_configuration_ids");
  if (array->empty() || array->size() > kConfigurationsMax) return malformed(place, "empty or too many");
  MIBUN_TRY(std::vector<std::string> ids, json::string_array(*array, place));
  const bool any_empty = std::ranges::any_of(ids, &std::string::empty);
  if (any_empty || std::set<std::string>(ids.begin(), ids.end()).size() != ids.size()) {
    return malformed(place, "an empty or repeated id");
  }
  return ids;
}

Result<CredentialOffer> read_offer(const json::Object& object) {
  json::ObjectReader reader(object, "offer");
  CredentialOffer offer;
  MIBUN_TRY(const std::string_view issuer, reader.string("credential_issuer"));
  MIBUN_CHECK(check_issuer_identifier(issuer));
  offer.credential_issuer = std::string(issuer);
  MIBUN_TRY(offer.configuration_ids, read_configuration_ids(reader));
  MIBUN_CHECK(read_grants(reader, offer));
  return offer;
}

json::Object tx_code_json(const TxCode& tx_code) {
  json::Object object{{"input_mode", tx_code.input_mode == TxCode::InputMode::numeric ? "numeric" : "text"}};
  if (tx_code.length) object["length"] = *tx_code.length;
  if (tx_code.description) object["description"] = *tx_code.description;
  return object;
}

// Some readers of custom schemes do not take "+" for a space; every one takes %20. A plus itself is %2B here.
std::string link(std::string_view name, std::string_view value) {
  std::string uri = std::string(kUriPrefix) + std::string(name) + "=";
  for (const char c : form::escape(value)) {
    if (c == '+') {
      uri += "%20";
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Result<CredentialOffer> CredentialOffer::parse_json(std::string_view text) {
  const json::Limits limits{.bytes_max = kOfferBytesMax, .depth_max = 16, .values_max = 500};
  MIBUN_TRY_AS(ErrorCode::oid4vci_offer_malformed, "offer", const json::Object object,
               json::parse_object(text, limits));
  auto offer = read_offer(object);
  if (!offer && offer.error().code != ErrorCode::oauth_unsupported_grant_type &&
      offer.error().code != ErrorCode::oid4vci_offer_malformed) {
    return fail_as(ErrorCode::oid4vci_offer_malformed, "", offer.error());
  }
  return offer;
}

Result<CredentialOffer> CredentialOffer::read_response(const HttpResponse& response) {
  MIBUN_CHECK(check_no_redirect(response));
  MIBUN_CHECK(check_document(response));
  return parse_json(response.body);
}

json::Object CredentialOffer::to_json() const {
  json::Object grants;
  const auto add_server = [](json::Object& grant, const std::optional<std::string>& server) {
    if (server) grant["authorization_server"] = *server;
  };
  if (pre_authorized) {
    json::Object grant{{"pre-authorized_code", pre_authorized->code}};
    if (pre_authorized->tx_code) grant["tx_code"] = tx_code_json(*pre_authorized->tx_code);
    add_server(grant, pre_authorized->authorization_server);
    grants[kPreAuthorizedCodeGrant] = std::move(grant);
  }
  if (by_code) {
    json::Object grant;
    if (by_code->issuer_state) grant["issuer_state"] = *by_code->issuer_state;
    add_server(grant, by_code->authorization_server);
    grants[kAuthorizationCodeGrant] = std::move(grant);
  }
  json::Object offer{{"credential_issuer", credential_issuer},
                     {"credential_configuration_ids", json::Array(configuration_ids.begin(), configuration_ids.end())}};
  if (!grants.empty()) offer["grants"] = std::move(grants);
  return offer;
}

std::string CredentialOffer::to_uri() const {
  return link("credential_offer", json::serialize(to_json()));
}

Result<OfferReference> OfferReference::parse(std::string_view text) {
  if (text.size() > kUriCharactersMax) return fail(ErrorCode::url_malformed, "credential_offer_uri", "too long");
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(text));
  return OfferReference(url.text(), url.origin());
}

HttpRequest OfferReference::request() const {
  return get(url_);
}

std::string OfferReference::to_uri() const {
  return link("credential_offer_uri", url_);
}

Result<OfferLink> parse_offer_link(std::string_view uri) {
  if (uri.size() > 3 * kOfferBytesMax) return malformed("offer", "too long");
  if (!uri.starts_with(kUriPrefix)) return malformed("offer", "not an openid-credential-offer link");
  MIBUN_TRY_AS(ErrorCode::oid4vci_offer_malformed, "offer", const form::Fields fields,
               form::Fields::parse(uri.substr(kUriPrefix.size())));
  const auto value = fields.find("credential_offer"), reference = fields.find("credential_offer_uri");
  if (value.has_value() == reference.has_value()) return malformed("offer", "by value or by reference, one of them");
  if (value) {
    MIBUN_TRY(CredentialOffer offer, CredentialOffer::parse_json(*value));
    return offer;
  }
  MIBUN_TRY_AS(ErrorCode::oid4vci_offer_malformed, "offer.credential_offer_uri", OfferReference found,
               OfferReference::parse(*reference));
  return found;
}

}  // namespace mibun::oid4vci
