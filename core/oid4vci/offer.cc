#include "core/oid4vci/offer.h"

#include <algorithm>
#include <set>

#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/metadata.h"

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

Status read_grant(const json::Object& grant, CredentialOffer& offer) {
  json::ObjectReader reader(grant, "offer.grants.pre-authorized_code");
  MIBUN_TRY(const std::string_view code, reader.string("pre-authorized_code"));
  if (code.empty() || code.size() > kCodeCharactersMax) {
    return malformed(reader.place("pre-authorized_code"), "empty or too long");
  }
  offer.pre_authorized_code = std::string(code);
  MIBUN_TRY(const json::Object* tx_code, reader.optional_object("tx_code"));
  if (tx_code != nullptr) {
    MIBUN_TRY(offer.tx_code, parse_tx_code(*tx_code));
  }
  MIBUN_TRY(const auto server, reader.optional_string("authorization_server"));
  if (server) offer.authorization_server = std::string(*server);
  return {};
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
  MIBUN_TRY(const json::Object* grants, reader.optional_object("grants"));
  const json::Value* grant = grants == nullptr ? nullptr : grants->if_contains(kPreAuthorizedCodeGrant);
  if (grant == nullptr) {
    return fail(ErrorCode::oauth_unsupported_grant_type, "offer.grants", "only the pre-authorized code is supported");
  }
  if (!grant->is_object()) return malformed("offer.grants", "not an object");
  MIBUN_CHECK(read_grant(grant->get_object(), offer));
  return offer;
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

Result<CredentialOffer> CredentialOffer::parse_uri(std::string_view uri) {
  if (uri.size() > 3 * kOfferBytesMax) return malformed("offer", "too long");
  if (!uri.starts_with(kUriPrefix)) return malformed("offer", "not an openid-credential-offer link");
  MIBUN_TRY_AS(ErrorCode::oid4vci_offer_malformed, "offer", const form::Fields fields,
               form::Fields::parse(uri.substr(kUriPrefix.size())));
  if (fields.find("credential_offer_uri")) return malformed("offer", "offers by reference are not supported");
  MIBUN_TRY_AS(ErrorCode::oid4vci_offer_malformed, "offer", const std::string_view text,
               fields.get("credential_offer"));
  return parse_json(text);
}

json::Object CredentialOffer::to_json() const {
  json::Object grant{{"pre-authorized_code", pre_authorized_code}};
  if (tx_code) {
    json::Object code{{"input_mode", tx_code->input_mode == TxCode::InputMode::numeric ? "numeric" : "text"}};
    if (tx_code->length) code["length"] = *tx_code->length;
    if (tx_code->description) code["description"] = *tx_code->description;
    grant["tx_code"] = std::move(code);
  }
  if (authorization_server) grant["authorization_server"] = *authorization_server;
  json::Array ids(configuration_ids.begin(), configuration_ids.end());
  return {{"credential_issuer", credential_issuer},
          {"credential_configuration_ids", std::move(ids)},
          {"grants", json::Object{{kPreAuthorizedCodeGrant, std::move(grant)}}}};
}

std::string CredentialOffer::to_uri() const {
  // Some readers of custom schemes do not take "+" for a space; every one takes %20. A plus itself is %2B here.
  std::string escaped;
  for (const char c : form::escape(json::serialize(to_json()))) {
    if (c == '+') {
      escaped += "%20";
    } else {
      escaped += c;
    }
  }
  return std::string(kUriPrefix) + "credential_offer=" + escaped;
}

}  // namespace mibun::oid4vci
