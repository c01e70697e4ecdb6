#include "server/legal_hold/envelope.h"

#include "core/crypto/public_key.h"
#include "core/jose/jwe.h"

namespace mibun::server::legal_hold {
namespace {

Result<std::string> seal_to(const VaultKey& person, std::string_view content, Rng& rng) {
  return jose::encrypt_jwe(crypto::PublicKey(person.key), {.kid = person.client_id}, as_bytes(content), rng);
}

Result<Bytes> open_own(std::string_view jwe, const crypto::KeyAgreement& key) {
  MIBUN_TRY(const auto parsed, jose::Jwe::parse(jwe, jose::kEcdhEsDirect));
  return parsed.decrypt(key);
}

}  // namespace

Result<std::string> seal_for_two(const HeldValue& value, const VaultKey& first, const VaultKey& second, Rng& rng) {
  const json::Object content{{"hold_id", value.hold_id}, {"field", value.field}, {"value", value.value}};
  MIBUN_TRY(const std::string inner, seal_to(second, json::serialize(content), rng));
  return seal_to(first, inner, rng);
}

Result<std::string> open_outer(std::string_view envelope, const crypto::KeyAgreement& first) {
  MIBUN_TRY(const Bytes inner, open_own(envelope, first));
  return std::string(as_text(inner));
}

Result<json::Value> open_inner(std::string_view inner, const crypto::KeyAgreement& second, std::string_view hold_id,
                               std::string_view field) {
  MIBUN_TRY(const Bytes content, open_own(inner, second));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(content)));
  json::ObjectReader reader(object, "held");
  MIBUN_TRY(const std::string_view said_hold, reader.string("hold_id"));
  MIBUN_TRY(const std::string_view said_field, reader.string("field"));
  if (said_hold != hold_id || said_field != field) {
    return fail(ErrorCode::invalid_argument, "held", "it was sealed for another place");
  }
  return object.at("value");
}

}  // namespace mibun::server::legal_hold
