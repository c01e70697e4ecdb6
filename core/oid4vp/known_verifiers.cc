#include "core/oid4vp/known_verifiers.h"

#include <algorithm>
#include <utility>

#include "core/codecs/shape_errors.h"
#include "core/codecs/url.h"
#include "core/oid4vp/client_id.h"

namespace mibun::oid4vp {
namespace {

constexpr std::size_t kAddressesMax = 20;

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_registration_invalid, std::move(where), std::move(detail));
}

constexpr ShapeErrors shape{ErrorCode::oid4vp_registration_invalid};

Result<jose::JwkSet> read_keys(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object("jwks")));
  auto keys = jose::JwkSet::parse(*object);
  if (!keys && keys.error().code == ErrorCode::private_key_rejected) return pass_error(keys);
  if (!keys) return invalid(reader.place("jwks"), "no set of keys");
  const bool one_signs = std::ranges::any_of(
      keys->keys(), [](const jose::Jwk& key) { return key.check_use(jose::KeyUse::signature).has_value(); });
  if (!one_signs) return invalid(reader.place("jwks"), "no key for signatures");
  return keys;
}

Result<std::vector<std::string>> read_addresses(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const array, shape(reader.array("response_uris")));
  const std::string where = reader.place("response_uris");
  MIBUN_TRY(auto addresses, shape(json::string_array(*array, where)));
  if (addresses.empty() || addresses.size() > kAddressesMax) return invalid(where, "none, or too many");
  for (const std::string& address : addresses) {
    if (!HttpsUrl::parse(address)) return invalid(where, "not an https URL");
  }
  return addresses;
}

Result<KnownVerifier> read_verifier(const json::Value& value, const std::string& where) {
  if (!value.is_object()) return invalid(where, "an object is expected");
  json::ObjectReader reader(value.get_object(), where);
  KnownVerifier verifier;
  MIBUN_TRY(verifier.client_id, shape(reader.string("client_id")));
  const auto id = ClientId::parse(verifier.client_id);
  if (!id || id->prefix() != ClientId::Prefix::preregistered) return invalid(reader.place("client_id"), "has a prefix");
  MIBUN_TRY(verifier.keys, read_keys(reader));
  MIBUN_TRY(verifier.response_uris, read_addresses(reader));
  return verifier;
}

}  // namespace

json::Object KnownVerifier::to_json() const {
  json::Array addresses;
  for (const std::string& address : response_uris) addresses.emplace_back(address);
  return {{"client_id", client_id}, {"jwks", keys.to_json()}, {"response_uris", std::move(addresses)}};
}

Result<KnownVerifiers> KnownVerifiers::parse(const json::Array& array, const std::string& where) {
  if (array.size() > kKnownVerifiersMax) return invalid(where, "too many verifiers");
  KnownVerifiers known;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string place = where + "[" + std::to_string(i) + "]";
    MIBUN_TRY(KnownVerifier verifier, read_verifier(array[i], place));
    if (known.find(verifier.client_id) != nullptr) return invalid(place, "a verifier twice");
    known.verifiers_.push_back(std::move(verifier));
  }
  return known;
}

json::Array KnownVerifiers::to_json() const {
  json::Array array;
  for (const KnownVerifier& verifier : verifiers_) array.push_back(verifier.to_json());
  return array;
}

const KnownVerifier* KnownVerifiers::find(std::string_view client_id) const {
  const auto found = std::ranges::find(verifiers_, client_id, &KnownVerifier::client_id);
  return found == verifiers_.end() ? nullptr : &*found;
}

}  // namespace mibun::oid4vp
