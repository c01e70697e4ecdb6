#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/integrity.h"
#include "core/sd_jwt/issuer.h"
#include "core/sd_jwt/json_form.h"
#include "core/sd_jwt/type_metadata.h"
#include "core/sd_jwt/verifier.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

constexpr std::string_view kVct = "https://issuer.example/identity";
constexpr std::string_view kAudience = "x509_san_dns:shop.example";
constexpr std::string_view kNonce = "n-0S6_WzA2Mj";

// The texts inside an SD-JWT with key binding, each of which can be changed before everything is signed again.
struct Pieces {
  JwtParts issuer;
  std::vector<std::string> disclosures;  // as JSON
  JwtParts key_binding;                  // without sd_hash
};

std::string encoded(const std::string& disclosure) {
  return base64url::encode(as_bytes(disclosure));
}
std::string digest_of(const std::string& disclosure) {
  return base64url::encode(crypto::sha256(encoded(disclosure)));
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Another text for a disclosure, and its digest wherever the old one stood: in the payload or in a parent, whose own
// digest changes in turn.
Pieces with_disclosure(Pieces pieces, std::size_t which, const std::string& text) {
  const std::string before = digest_of(pieces.disclosures[which]);
  pieces.disclosures[which] = text;
  replace_all(pieces.issuer.payload, before, digest_of(text));
  for (std::size_t i = 0; i < pieces.disclosures.size(); ++i) {
    std::string parent = pieces.disclosures[i];
    if (i == which || parent.find(before) == std::string::npos) continue;
    replace_all(parent, before, digest_of(text));
    return with_disclosure(std::move(pieces), i, parent);
  }
  return pieces;
}

struct World {
  TestAuthority authority{"issuers"}, other{"others"};
  TestSigner issuer{authority, CertificatePurpose::credential_issuer, "issuer.example"};
  crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::credential_issuer);
  crypto::P256PrivateKey holder = crypto::P256PrivateKey::generate();
  sd_jwt::IssuerPolicy policy{.anchors = anchors, .vcts = {std::string(kVct)}};
  sd_jwt::KeyBindingPolicy binding{.audience = std::string(kAudience), .nonce = std::string(kNonce)};

  // Plain, nested, recursive and array disclosures, decoys, a status.
  std::string issued() const {
    SeededRng rng(1);
    const auto path = [](std::string_view text) {
      return must(sd_jwt::ClaimPath::parse(must(json::parse(text)).as_array()));
    };
    return must(sd_jwt::issue(
        {.clear_claims = {{"iss", "https://issuer.example"},
                          {"vct", kVct},
                          {"iat", kTestNow.unix_seconds() - 3600},
                          {"nbf", kTestNow.unix_seconds() - 3600},
                          {"exp", kTestNow.unix_seconds() + 3600},
                          {"cnf", sd_jwt::confirmation(holder.public_key())},
                          {"status", {{"status_list", {{"idx", 7}, {"uri", "https://issuer.example/s/1"}}}}}},
         .disclosable = {{"name", "花子"},
                         {"address", {{"region", "東京"}}},
                         {"nationalities", json::Array{"JP", "DE"}}},
         .disclosable_parts = {path(R"(["address","region"])"), path(R"(["nationalities",null])")},
         .decoys = {.add = 2}},
        issuer.key, issuer.chain, rng));
  }

  Pieces pieces() const {
    const auto parsed = must(sd_jwt::SdJwt::parse(issued()));
    Pieces result{.issuer = JwtParts::of(parsed.issuer_jwt()),
                  .disclosures = {},
                  .key_binding = {R"({"alg":"ES256","typ":"kb+jwt"})",
                                  json::serialize(json::Object{
                                      {"aud", kAudience}, {"nonce", kNonce}, {"iat", kTestNow.unix_seconds()}})}};
    for (std::size_t i = 0; i < parsed.disclosure_count(); ++i) {
      result.disclosures.emplace_back(as_text(must(base64url::decode(parsed.disclosure(i)))));
    }
    return result;
  }

  std::string credential(const Pieces& pieces) const {
    std::string text = sign_jwt(pieces.issuer.header, pieces.issuer.payload, issuer.key) + '~';
    for (const std::string& disclosure : pieces.disclosures) text += encoded(disclosure) + '~';
    return text;
  }
  // The key binding's payload with the right sd_hash.
  static std::string bound(const std::string& payload, const std::string& credential) {
    json::Object object = must(json::parse_object(payload));
    object["sd_hash"] = base64url::encode(crypto::sha256(credential));
    return json::serialize(object);
  }
  // `credential` with the holder's signature over it.
  std::string presented(const std::string& credential, const Pieces& pieces) const {
    return credential + sign_jwt(pieces.key_binding.header, bound(pieces.key_binding.payload, credential), holder);
  }
};

// Everything that an issuer signs or lets the holder show. `verify` takes the credential's text, without key binding.
void mutate_credential(Trial& trial, const World& world, const Pieces& pieces, const VerifyText& verify) {
  mutate_jwt_members(trial, "issuer/", pieces.issuer, [&](const JwtParts& changed) {
    Pieces mutant = pieces;
    mutant.issuer = changed;
    return verify(world.credential(mutant));
  });
  for (std::size_t i = 0; i < pieces.disclosures.size(); ++i) {
    const std::string place = "disclosure/" + std::to_string(i);
    const auto sink = [&](const std::string& where, std::string_view how, const std::string& text) {
      trial.tried(where, how, verify(world.credential(with_disclosure(pieces, i, text))));
    };
    mutate_json(must(json::parse(pieces.disclosures[i])), place, sink);
    // Without a digest that covers the change.
    flip_bytes(trial, place, encoded(pieces.disclosures[i]), [&](const std::string& text) {
      std::string credential = world.credential(pieces);
      replace_all(credential, '~' + encoded(pieces.disclosures[i]) + '~', '~' + text + '~');
      return verify(credential);
    });
  }
}

// Also a verifier that leaves out one check, for bites.cc.
Status verify_presentation(const Trial& trial, const World& world, const std::string& text) {
  sd_jwt::IssuerPolicy policy = world.policy;
  sd_jwt::KeyBindingPolicy binding = world.binding;
  if (const auto parsed = sd_jwt::SdJwt::parse(text); parsed && parsed->kb_jwt()) {
    if (trial.weakened("nonce")) binding.nonce = claimed(*parsed->kb_jwt(), "nonce");
    if (trial.weakened("audience")) binding.audience = claimed(*parsed->kb_jwt(), "aud");
    if (trial.weakened("vct")) policy.vcts = {claimed(parsed->issuer_jwt(), "vct")};
  } else if (trial.weakened("key binding")) {
    return status_of(sd_jwt::verify_issued(text, policy, kTestNow));
  }
  return status_of(sd_jwt::verify_presentation(text, policy, binding, kTestNow));
}

void presentation_policy(Trial& trial, const World& world, const std::string& text) {
  const auto tried = [&](const char* place, const char* how, const sd_jwt::IssuerPolicy& issuer,
                         const sd_jwt::KeyBindingPolicy& binding, Instant now) {
    trial.tried(std::string("policy/") + place, how,
                status_of(sd_jwt::verify_presentation(text, issuer, binding, now)));
  };
  for (const std::string& other : {std::string(), std::string("x509_san_dns:shop"), std::string(kAudience) + " "}) {
    tried("audience", other.empty() ? "empty" : "other", world.policy,
          {.audience = other, .nonce = world.binding.nonce}, kTestNow);
  }
  for (const std::string& other : {std::string(), std::string("n-0S6_WzA2M"), std::string(kNonce) + "j"}) {
    tried("nonce", other.empty() ? "empty" : "other", world.policy,
          {.audience = world.binding.audience, .nonce = other}, kTestNow);
  }
  using Vcts = std::vector<std::string>;
  for (const Vcts& vcts : {Vcts{}, Vcts{""}, Vcts{"https://issuer.example"}, Vcts{std::string(kVct) + "/"}}) {
    tried("vcts", vcts.empty() ? "empty" : "other", {.anchors = world.anchors, .vcts = vcts}, world.binding, kTestNow);
  }
  const Vcts vcts = world.policy.vcts;
  const crypto::TrustAnchors none = no_anchors(CertificatePurpose::credential_issuer);
  tried("anchors", "empty", {.anchors = none, .vcts = vcts}, world.binding, kTestNow);
  const auto others = world.other.anchors(CertificatePurpose::credential_issuer);
  tried("anchors", "other", {.anchors = others, .vcts = vcts}, world.binding, kTestNow);
  for (const auto purpose :
       {CertificatePurpose::verifier_access, CertificatePurpose::registrar, CertificatePurpose::receipt,
        CertificatePurpose::tls_server, CertificatePurpose::mdoc_document_signer,
        CertificatePurpose::status_list_signer, CertificatePurpose::wallet_provider}) {
    const auto anchors = world.authority.anchors(purpose);
    tried("purpose", "other", {.anchors = anchors, .vcts = vcts}, world.binding, kTestNow);
  }
  tried("now", "before", world.policy, world.binding, kTestNow - seconds(61));
  tried("now", "after", world.policy, world.binding, kTestNow + seconds(301));
  tried("now", "after exp", world.policy, world.binding, kTestNow + seconds(3661));
  tried("now", "empty", world.policy, world.binding, Instant());
}

void presentation(Trial& trial) {
  const World world;
  const Pieces pieces = world.pieces();
  const std::string credential = world.credential(pieces);
  const std::string whole = world.presented(credential, pieces);
  const auto verify = [&](const std::string& text) { return verify_presentation(trial, world, text); };
  trial.honest(verify(whole));

  mutate_credential(trial, world, pieces,
                    [&](const std::string& text) { return verify(world.presented(text, pieces)); });
  const JwtParts signed_by_holder{pieces.key_binding.header, World::bound(pieces.key_binding.payload, credential)};
  mutate_jwt_members(trial, "kb/", signed_by_holder, [&](const JwtParts& changed) {
    return verify(credential + sign_jwt(changed.header, changed.payload, world.holder));
  });
  mutate_segments(trial, "part", whole, '~', verify);
  truncate(trial, "text", whole, verify);
  flip_bytes(trial, "text", whole, verify);
  presentation_policy(trial, world, whole);

  // Well-formed and signed, but for another verifier, transaction or type.
  const auto put = [](std::string payload, std::string_view from, std::string_view to) {
    replace_all(payload, std::string(from), std::string(to));
    return payload;
  };
  const auto rebound = [&](const char* place, std::string_view from, std::string_view to) {
    trial.tried(
        place, "other",
        verify(credential + sign_jwt(signed_by_holder.header, put(signed_by_holder.payload, from, to), world.holder)));
  };
  rebound("kb/payload/nonce", kNonce, "n-another");
  rebound("kb/payload/aud", kAudience, "x509_san_dns:other.example");
  Pieces retyped = pieces;
  retyped.issuer.payload = put(retyped.issuer.payload, kVct, "https://issuer.example/other");
  trial.tried("issuer/payload/vct", "other", verify(world.presented(world.credential(retyped), retyped)));

  // Somebody else's signature, a key binding of another presentation, a credential that was only issued.
  trial.tried("kb", "other",
              verify(credential +
                     sign_jwt(signed_by_holder.header, signed_by_holder.payload, crypto::P256PrivateKey::generate())));
  Pieces fewer = pieces;
  fewer.disclosures.pop_back();
  trial.tried("kb", "moved", verify(world.credential(fewer) + whole.substr(credential.size())));
  trial.tried("policy/door", "other", status_of(sd_jwt::verify_issued(whole, world.policy, kTestNow)));
}

void issued(Trial& trial) {
  const World world;
  const Pieces pieces = world.pieces();
  const std::string whole = world.credential(pieces);
  const auto verify = [&](const std::string& text) {
    return status_of(sd_jwt::verify_issued(text, world.policy, kTestNow));
  };
  trial.honest(verify(whole));
  mutate_credential(trial, world, pieces, verify);
  mutate_segments(trial, "part", whole, '~', verify);
  truncate(trial, "text", whole, verify);
  flip_bytes(trial, "text", whole, verify);
  trial.tried("policy/door", "other",
              status_of(sd_jwt::verify_presentation(whole, world.policy, world.binding, kTestNow)));
}

// The JWS JSON serialisation around the same presentation.
void json_form(Trial& trial, sd_jwt::JsonForm form) {
  const World world;
  const Pieces pieces = world.pieces();
  const std::string whole = world.presented(world.credential(pieces), pieces);
  const std::string text = must(sd_jwt::to_json(must(sd_jwt::SdJwt::parse(whole)), form));
  const auto verify = [&](const std::string& mutant) {
    return status_of(sd_jwt::verify_presentation_json(mutant, world.policy, world.binding, kTestNow));
  };
  trial.honest(verify(text));
  mutate_json(must(json::parse(text)), "json",
              [&](const std::string& where, std::string_view how, const std::string& mutant) {
                trial.tried(where, how, verify(mutant));
              });
  truncate(trial, "text", text, verify);
  trial.tried("policy/door", "other", verify(whole));
  trial.tried("policy/door", "other",
              status_of(sd_jwt::verify_presentation(text, world.policy, world.binding, kTestNow)));
}

// What a publisher says about a type; unsigned, fixed by an integrity. Any change is another document.
void type_metadata(Trial& trial) {
  const json::Object document = must(json::parse_object(R"({
      "vct": "https://issuer.example/identity", "name": "identity", "description": "for developers",
      "extends": "https://issuer.example/base", "extends#integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      "display": [{"locale": "ja-JP", "name": "身分証", "description": "日本語", "rendering": {"simple": {
          "logo": {"uri": "https://issuer.example/l.png", "alt_text": "logo"}, "background_color": "#12107c",
          "text_color": "#FFFFFF"}}}, {"locale": "en", "name": "Identity"}],
      "claims": [{"path": ["name"], "display": [{"locale": "ja", "label": "氏名"}], "sd": "always", "mandatory": true},
                 {"path": ["address", "region"], "sd": "allowed", "svg_id": "region"}]})"));
  const std::string text = json::serialize(document);
  const auto integrity = must(sd_jwt::Integrity::parse("sha256-" + base64::encode(crypto::sha256(text))));
  const auto read = [&](const std::string& mutant) -> Status {
    if (!trial.weakened("integrity")) MIBUN_CHECK(integrity.verify(as_bytes(mutant)));
    return status_of(sd_jwt::TypeMetadata::parse(mutant));
  };
  trial.honest(read(text));
  mutate_json(json::Value(document), "document",
              [&](const std::string& where, std::string_view how, const std::string& mutant) {
                trial.tried(where, how, read(mutant));
              });
  flip_bytes(trial, "text", text, read);
  truncate(trial, "text", text, read);
}

// What a wallet reads back from its own store: the same grammar and digests, without the issuer's signature.
void stored(Trial& trial) {
  const World world;
  const Pieces pieces = world.pieces();
  const std::string whole = world.credential(pieces);
  const auto reopen = [](const std::string& text) { return status_of(sd_jwt::HeldCredential::reopen_stored(text)); };
  trial.honest(reopen(whole));
  mutate_credential(trial, world, pieces, reopen);
  mutate_segments(trial, "part", whole, '~', reopen);
}

}  // namespace

void add_sd_jwt(Artefacts& artefacts) {
  artefacts.push_back({"sd_jwt_vc/presentation", presentation});
  artefacts.push_back({"sd_jwt_vc/issued", issued});
  artefacts.push_back({"sd_jwt_vc/stored", stored});
  artefacts.push_back(
      {"sd_jwt_vc/json_flattened", [](Trial& trial) { json_form(trial, sd_jwt::JsonForm::flattened); }});
  artefacts.push_back({"sd_jwt_vc/json_general", [](Trial& trial) { json_form(trial, sd_jwt::JsonForm::general); }});
  artefacts.push_back({"sd_jwt_vc/type_metadata", type_metadata});
}

}  // namespace mibun::omission
