// JWS and JWE of every algorithm that we speak, and status lists.
#include <memory>
#include <vector>

#include "core/crypto/hash.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/jose/jws_json.h"
#include "core/status_list/status_list.h"
#include "tests/interop/peer.h"

namespace {

using namespace mibun;
using namespace mibun::interop;

Answer sign(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* jwk, command.object("key"));
  MIBUN_TRY(const auto key, jose::parse_private_signing_jwk(json::serialize(*jwk)));
  MIBUN_TRY(const json::Object* payload, command.object("payload"));
  MIBUN_TRY(std::string jws, jose::sign_jws({{"typ", "interop+jwt"}}, *payload, *key));
  return json::Object{{"jws", std::move(jws)}};
}

Answer verify(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* jwk, command.object("key"));
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(*jwk));
  MIBUN_TRY(const std::string_view text, command.string("jws"));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(key.key(), {.typ = "interop+jwt"}));
  return json::Object{{"payload", verified.payload()}};
}

// {"keys": [private JWK, ...], "payload", "kid"}: one signature for each key, "kid" in the unprotected header;
// flattened when there is one key.
Answer sign_json(json::ObjectReader& command) {
  MIBUN_TRY(const json::Array* jwks, command.array("keys"));
  MIBUN_TRY(const json::Object* payload, command.object("payload"));
  MIBUN_TRY(const std::string_view kid, command.string("kid"));
  std::vector<std::unique_ptr<crypto::Signer>> keys;
  std::vector<jose::JwsJsonSigning> signings;
  for (const json::Value& jwk : *jwks) {
    MIBUN_TRY(auto key, jose::parse_private_signing_jwk(json::serialize(jwk)));
    signings.push_back({{{"typ", "interop+jwt"}}, *key, {{"kid", kid}}});
    keys.push_back(std::move(key));
  }
  if (keys.size() > 1) return jose::sign_jws_general(signings, json::serialize(*payload));
  MIBUN_TRY(const std::string compact, jose::sign_jws({{"typ", "interop+jwt"}}, *payload, *keys.at(0)));
  return jose::flattened_jws(compact, {{"kid", kid}});
}

// {"jws": flattened or general, "key"}: how many signatures there are that we know, and how many of them are this
// key's.
Answer verify_json(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* object, command.object("jws"));
  MIBUN_TRY(const json::Object* jwk, command.object("key"));
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(*jwk));
  MIBUN_TRY(const jose::JwsJson jws, jose::JwsJson::parse(*object));
  json::Object answer{{"known", jws.signatures().size()}, {"ignored", jws.ignored()}};
  std::int64_t good = 0;
  for (const jose::JwsJsonSignature& signature : jws.signatures()) {
    const auto verified = signature.jws.verify(key.key(), {.typ = "interop+jwt"});
    if (!verified) continue;
    ++good;
    answer["payload"] = verified->payload();
    answer["unprotected"] = signature.unprotected_header;
  }
  answer["good"] = good;
  return answer;
}

Answer thumbprint(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* jwk, command.object("key"));
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(*jwk));
  return json::Object{{"thumbprint", key.thumbprint()}, {"uri", key.thumbprint_uri()}};
}

Answer encrypt(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* jwk, command.object("recipient"));
  MIBUN_TRY(const jose::Jwk recipient, jose::Jwk::parse(*jwk));
  MIBUN_TRY(const std::string_view alg, command.string("alg"));
  MIBUN_TRY(const std::string_view enc, command.string("enc"));
  MIBUN_TRY(const std::string_view plaintext, command.string("plaintext"));
  jose::JweRequest request{.kid = "interop", .apu = to_bytes("us"), .apv = to_bytes("them")};
  for (const auto one : jose::kEcdhEsWithKeyWrapping.alg) {
    if (jose::to_string(one) == alg) request.alg = one;
  }
  for (const auto one : jose::kEcdhEsWithKeyWrapping.enc) {
    if (jose::to_string(one) == enc) request.enc = one;
  }
  crypto::SystemRng rng;
  MIBUN_TRY(std::string jwe, jose::encrypt_jwe(recipient.key(), request, as_bytes(plaintext), rng));
  return json::Object{{"jwe", std::move(jwe)}};
}

Answer decrypt(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* jwk, command.object("recipient"));
  MIBUN_TRY(const auto recipient, jose::parse_private_jwk(json::serialize(*jwk)));
  MIBUN_TRY(const std::string_view text, command.string("jwe"));
  MIBUN_TRY(const jose::Jwe jwe, jose::Jwe::parse(text, jose::kEcdhEsWithKeyWrapping));
  MIBUN_TRY(const Bytes plaintext, jwe.decrypt(recipient));
  return json::Object{{"plaintext", as_text(plaintext)}};
}

Result<unsigned> bits_of(json::ObjectReader& command) {
  MIBUN_TRY(const std::int64_t bits, command.integer("bits"));
  return static_cast<unsigned>(bits);
}

// {"bits", "statuses": [0, 1, ...]}
Answer make_list(json::ObjectReader& command) {
  MIBUN_TRY(const unsigned bits, bits_of(command));
  MIBUN_TRY(const json::Array* statuses, command.array("statuses"));
  MIBUN_TRY(auto list, status_list::StatusList::make(bits, statuses->size()));
  for (std::size_t i = 0; i < statuses->size(); ++i) {
    MIBUN_CHECK(list.set(i, static_cast<std::uint8_t>((*statuses)[i].as_int64())));
  }
  return json::Object{{"status_list", list.to_json()}};
}

// {"status_list": {"bits", "lst"}, "count"}
Answer read_list(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* object, command.object("status_list"));
  MIBUN_TRY(const std::int64_t count, command.integer("count"));
  MIBUN_TRY(const auto list, status_list::StatusList::parse(*object));
  json::Array statuses;
  for (std::int64_t i = 0; i < count; ++i) {
    MIBUN_TRY(const std::uint8_t status, list.get(static_cast<std::uint64_t>(i)));
    statuses.emplace_back(status);
  }
  return json::Object{{"statuses", std::move(statuses)}};
}

}  // namespace

int main() {
  return serve({{"sign", sign},
                {"verify", verify},
                {"sign_json", sign_json},
                {"verify_json", verify_json},
                {"thumbprint", thumbprint},
                {"encrypt", encrypt},
                {"decrypt", decrypt},
                {"make_list", make_list},
                {"read_list", read_list}});
}
