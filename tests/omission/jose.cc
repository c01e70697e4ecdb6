#include "core/jose/jwe.h"

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

void jws(Trial& trial) {
  const auto key = crypto::P256PrivateKey::generate();
  const std::string text = must(jose::sign_jws({{"typ", "t+jwt"}}, json::Object{{"a", 1}}, key));
  const auto verify_as = [](std::string_view compact, const crypto::P256PublicKey& by, std::string_view typ) -> Status {
    MIBUN_TRY(const jose::Jws parsed, jose::Jws::parse(compact));
    return status_of(parsed.verify(by, {.typ = typ}));
  };
  const auto verify = [&](const std::string& compact) -> Status {
    if (trial.weakened("signature")) return status_of(jose::Jws::parse(compact));
    if (trial.weakened("typ")) {
      MIBUN_TRY(const jose::Jws parsed, jose::Jws::parse(compact));
      const auto& header = parsed.unverified_header();
      const json::Value* typ = header.if_contains("typ");
      if (typ == nullptr || !typ->is_string()) return fail(ErrorCode::jws_typ_mismatch);
      return verify_as(compact, key.public_key(), typ->get_string());
    }
    return verify_as(compact, key.public_key(), "t+jwt");
  };
  mutate_jwt(trial, "", text, key, [&](const std::string& compact) -> Status {
    MIBUN_CHECK(verify(compact));
    // What the payload must be is the protocol's; here it is one member.
    MIBUN_TRY(const jose::Jws parsed, jose::Jws::parse(compact));
    MIBUN_TRY(const json::Object payload, parsed.unverified_payload());
    if (payload != json::Object{{"a", 1}}) return fail(ErrorCode::jws_payload_malformed);
    return {};
  });
  trial.tried("header/typ", "other", verify(must(jose::sign_jws({{"typ", "u+jwt"}}, json::Object{{"a", 1}}, key))));
  const auto other = crypto::P256PrivateKey::generate();
  trial.tried("policy/key", "other", verify_as(text, other.public_key(), "t+jwt"));
  for (const std::string_view typ : {"", "jwt", "t+JWT", "t"}) {
    trial.tried("policy/typ", "other", verify_as(text, key.public_key(), typ));
  }
}

void jwk(Trial& trial) {
  const auto key = crypto::P256PrivateKey::generate();
  jose::Jwk original(key.public_key());
  original.set_kid("k1");
  original.set_alg("ES256");
  original.set_use("sig");
  json::Object object = original.to_json();
  object["key_ops"] = json::Array{"verify"};
  const auto verify = [&](const std::string& text) -> Status {
    MIBUN_TRY(const jose::Jwk parsed, jose::Jwk::parse(text));
    MIBUN_CHECK(parsed.check_use(jose::KeyUse::signature));
    if (parsed.key() != key.public_key()) return fail(ErrorCode::signature_invalid);
    return {};
  };
  trial.honest(verify(json::serialize(object)));
  const auto sink = [&](const std::string& where, std::string_view how, const std::string& text) {
    trial.tried(where, how, verify(text));
  };
  mutate_json(json::Value(object), "jwk", sink);
  for (const char* name : {"x", "y"}) {
    const std::string coordinate(object[name].as_string());
    const auto with = [&](const std::string& text) {
      json::Object changed = object;
      changed[name] = text;
      return verify(json::serialize(changed));
    };
    flip_bytes(trial, std::string("jwk/") + name, coordinate, [&](const std::string& text) -> Status {
      for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return fail(ErrorCode::utf8_malformed);  // no JSON text at all
      }
      return with(text);
    });
    truncate(trial, std::string("jwk/") + name, coordinate, with);
  }
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}) {
    json::Object changed = object;
    changed[name] = "AAAA";
    trial.tried(std::string("jwk/") + name, "append", verify(json::serialize(changed)));
  }
}

// A JWE whose header says `header`, sealed with the key that an honest sender agreed on: the seal covers any header.
struct SealedJwe {
  SealedJwe() : ephemeral(crypto::P256PrivateKey::generate()), recipient(crypto::P256PrivateKey::generate()) {
    header = {{"alg", "ECDH-ES"}, {"enc", "A256GCM"}, {"kid", "k1"}, {"cty", "json"}, {"apu", "QUE"}, {"apv", "QkI"}};
    header["epk"] = jose::Jwk(ephemeral.public_key()).to_json();
    const SecretBytes shared = must(ephemeral.agree(recipient.public_key()));
    key = crypto::concat_kdf_sha256(shared.reveal(), "A256GCM", as_bytes("AA"), as_bytes("BB"), 32);
  }
  std::string seal(const std::string& header_text) const {
    const std::string protected_text = base64url::encode(as_bytes(header_text));
    const Bytes iv(12, 7);
    const Bytes sealed = crypto::aes_gcm_seal(key.reveal(), iv, as_bytes(protected_text), as_bytes("plaintext"));
    const BytesView view(sealed);
    return protected_text + ".." + base64url::encode(iv) + "." + base64url::encode(view.first(sealed.size() - 16)) +
           "." + base64url::encode(view.last(16));
  }
  crypto::P256PrivateKey ephemeral, recipient;
  json::Object header;
  SecretBytes key;
};

void jwe(Trial& trial) {
  const SealedJwe sealed;
  const auto open_with = [](const std::string& text, const crypto::P256PrivateKey& recipient) -> Status {
    MIBUN_TRY(const jose::Jwe parsed, jose::Jwe::parse(text, jose::kEcdhEsDirect));
    return status_of(parsed.decrypt(recipient));
  };
  const auto open = [&](const std::string& text) { return open_with(text, sealed.recipient); };
  const std::string whole = sealed.seal(json::serialize(sealed.header));
  trial.honest(open(whole));
  const auto sink = [&](const std::string& where, std::string_view how, const std::string& text) {
    trial.tried(where, how, open(sealed.seal(text)));
  };
  mutate_json(json::Value(sealed.header), "header", sink);
  for (const char* name : {"zip", "crit"}) {
    json::Object changed = sealed.header;
    changed[name] = "DEF";
    if (std::string_view(name) == "crit") changed[name] = json::Array{"exp"};
    trial.tried(std::string("header/") + name, "append", open(sealed.seal(json::serialize(changed))));
  }
  mutate_segments(trial, "part", whole, '.', open);
  truncate(trial, "text", whole, open);
  flip_bytes(trial, "text", whole, open);
  trial.tried("policy/key", "other", open_with(whole, crypto::P256PrivateKey::generate()));
  // Separate doors: a JWS is no JWE and the other way round.
  trial.tried("policy/door", "other", status_of(jose::Jws::parse(whole)));
  trial.tried("policy/door", "other", open(must(jose::sign_jws({}, json::Object{}, sealed.recipient))));
}

}  // namespace

void add_jose(Artefacts& artefacts) {
  artefacts.push_back({"jws", jws});
  artefacts.push_back({"jwk", jwk});
  artefacts.push_back({"jwe", jwe});
}

}  // namespace mibun::omission
