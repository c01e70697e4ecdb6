#include "tests/omission/jwt.h"

#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "tests/omission/json_mutator.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

std::string decoded(std::string_view part) {
  return std::string(as_text(must(base64url::decode(part))));
}

}  // namespace

JwtParts JwtParts::of(std::string_view compact) {
  const std::size_t first = compact.find('.');
  const std::size_t second = compact.find('.', first + 1);
  return {decoded(compact.substr(0, first)), decoded(compact.substr(first + 1, second - first - 1))};
}

std::string claimed(std::string_view compact, std::string_view name) {
  const auto jws = jose::Jws::parse(compact);
  const Result<json::Object> object = jws ? jws->unverified_payload() : fail(ErrorCode::jws_malformed);
  const json::Value* value = object ? object->if_contains(name) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string sign_jwt(std::string_view header, std::string_view payload, const crypto::P256PrivateKey& key) {
  const std::string input = base64url::encode(as_bytes(header)) + '.' + base64url::encode(as_bytes(payload));
  return input + '.' + base64url::encode(must(key.sign(as_bytes(input))));
}

void mutate_jwt_members(Trial& trial, const std::string& place, const JwtParts& parts,
                        const std::function<Status(const JwtParts&)>& verify) {
  mutate_json(must(json::parse(parts.header)), place + "header",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, verify({text, parts.payload}));
              });
  mutate_json(must(json::parse(parts.payload)), place + "payload",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, verify({parts.header, text}));
              });
}

void mutate_jwt(Trial& trial, const std::string& place, const std::string& jwt, const crypto::P256PrivateKey& key,
                const VerifyText& verify) {
  trial.honest(verify(jwt));
  const JwtParts parts = JwtParts::of(jwt);
  trial.honest(verify(sign_jwt(parts.header, parts.payload, key)));
  mutate_jwt_members(trial, place, parts,
                     [&](const JwtParts& changed) { return verify(sign_jwt(changed.header, changed.payload, key)); });
  mutate_segments(trial, place + "part", jwt, '.', verify);
  truncate(trial, place + "text", jwt, verify);
  flip_bytes(trial, place + "text", jwt, verify);
}

}  // namespace mibun::omission
