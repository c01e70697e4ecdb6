// Our side of the interoperability tests of SD-JWT, JWS, JWE and status list tokens. Keys arrive as private JWKs of any
// kind that signs here; they are the tests' own.
#include <memory>
#include <string>

#include "core/crypto/hash.h"
#include "core/crypto/x509.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/issuer.h"
#include "core/sd_jwt/json_form.h"
#include "core/sd_jwt/type_resolver.h"
#include "core/sd_jwt/type_rules.h"
#include "core/sd_jwt/verifier.h"
#include "core/status_list/status_token.h"
#include "tests/interop/peer.h"

namespace {

using namespace mibun;
using interop::Answer, interop::serve;

using Key = std::unique_ptr<crypto::Signer>;

Result<Key> private_key(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Object* jwk, command.object(name));
  return jose::parse_private_signing_jwk(json::serialize(*jwk));
}

Result<crypto::PublicKey> public_key(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Object* jwk, command.object(name));
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(*jwk));
  return key.key();
}

Result<std::vector<sd_jwt::ClaimPath>> paths(json::ObjectReader& command, std::string_view name) {
  MIBUN_TRY(const json::Array* list, command.array(name));
  std::vector<sd_jwt::ClaimPath> found;
  for (const json::Value& path : *list) {
    if (!path.is_array()) return fail(ErrorCode::json_wrong_type, std::string(name));
    MIBUN_TRY(sd_jwt::ClaimPath parsed, sd_jwt::ClaimPath::parse(path.get_array()));
    found.push_back(std::move(parsed));
  }
  return found;
}

Result<Instant> now_of(json::ObjectReader& command) {
  MIBUN_TRY(const std::int64_t second, command.integer("now"));
  return Instant::from_unix_seconds(second);
}

// {"root": PEM, "x5c": [...]} for a new authority and a leaf that names `iss`.
Answer make_issuer(json::ObjectReader& command) {
  MIBUN_TRY(const Key key, private_key(command, "key"));
  MIBUN_TRY(const std::string_view iss, command.string("iss"));
  MIBUN_TRY(const Instant now, now_of(command));
  const auto root_key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest request{.common_name = "Interop root",
                                     .organization = "Interop",
                                     .not_before = now - std::chrono::hours(1),
                                     .not_after = now + std::chrono::hours(24)};
  MIBUN_TRY(const auto root, crypto::make_root_certificate(request, root_key));
  request.common_name = "Interop issuer";
  request.san_uri = {std::string(iss)};
  request.purpose = crypto::CertificatePurpose::credential_issuer;
  MIBUN_TRY(const auto leaf, crypto::make_certificate(request, key->verification_key(), root, root_key));
  const std::vector<Bytes> chain = {to_bytes(leaf.der())};
  return json::Object{{"root", root.pem()}, {"x5c", jose::x5c_member(chain)}};
}

Result<std::vector<Bytes>> chain_of(json::ObjectReader& command) {
  MIBUN_TRY(const json::Array* x5c, command.array("x5c"));
  // As a header, so that the certificates go through the reader that everybody else's go through.
  const auto anybody = crypto::P256PrivateKey::generate();
  MIBUN_TRY(const std::string text, jose::sign_jws({{"x5c", *x5c}}, "{}", anybody));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  return std::vector(chain.members().begin(), chain.members().end());
}

Answer issue(json::ObjectReader& command) {
  MIBUN_TRY(const Key key, private_key(command, "key"));
  MIBUN_TRY(const auto chain, chain_of(command));
  MIBUN_TRY(const json::Object* clear, command.object("clear"));
  MIBUN_TRY(const json::Object* disclosable, command.object("disclosable"));
  MIBUN_TRY(auto parts, paths(command, "parts"));
  MIBUN_TRY(const auto holder, public_key(command, "holder"));
  sd_jwt::IssueRequest request{
      .clear_claims = *clear, .disclosable = *disclosable, .disclosable_parts = std::move(parts), .decoys = {.add = 2}};
  request.clear_claims["cnf"] = sd_jwt::confirmation(holder);
  crypto::SystemRng rng;
  MIBUN_TRY(std::string text, sd_jwt::issue(request, *key, chain, rng));
  return json::Object{{"sd_jwt", std::move(text)}};
}

Result<crypto::TrustAnchors> anchors_of(json::ObjectReader& command) {
  MIBUN_TRY(const std::string_view pem, command.string("root"));
  MIBUN_TRY(auto root, crypto::CaCertificate::from_pem(pem));
  return crypto::TrustAnchors(crypto::CertificatePurpose::credential_issuer, {std::move(root)},
                              crypto::RevocationPolicy::ignore_revocation);
}

sd_jwt::IssuerPolicy policy_for(const crypto::TrustAnchors& anchors, std::string_view vct) {
  using enum crypto::SignatureAlgorithm;
  return {.anchors = anchors,
          .vcts = {std::string(vct)},
          .issuer_algorithms = {es256, es384, ed25519},
          .holder_algorithms = {es256, es384, ed25519}};
}

bool is_json(std::string_view text) {
  return text.starts_with('{');
}

// As the command's "form" says: compact when there is none, "flattened", "general".
Result<std::string> in_form(json::ObjectReader& command, std::string compact) {
  MIBUN_TRY(const auto form, command.optional_string("form"));
  if (!form || *form == "compact") return compact;
  MIBUN_TRY(const sd_jwt::SdJwt parsed, sd_jwt::SdJwt::parse(compact));
  return sd_jwt::to_json(parsed, *form == "general" ? sd_jwt::JsonForm::general : sd_jwt::JsonForm::flattened);
}

Answer verify_presentation(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command));
  MIBUN_TRY(const std::string_view text, command.string("sd_jwt"));
  MIBUN_TRY(const std::string_view vct, command.string("vct"));
  MIBUN_TRY(const std::string_view audience, command.string("aud"));
  MIBUN_TRY(const std::string_view nonce, command.string("nonce"));
  MIBUN_TRY(const Instant now, now_of(command));
  const sd_jwt::KeyBindingPolicy binding{.audience = std::string(audience), .nonce = std::string(nonce)};
  const auto verify = is_json(text) ? sd_jwt::verify_presentation_json : sd_jwt::verify_presentation;
  MIBUN_TRY(const auto verified, verify(text, policy_for(anchors, vct), binding, now));
  return json::Object{{"claims", verified.claims()}, {"key_binding", verified.key_binding_payload()}};
}

// Receives a credential and presents parts of it.
Answer receive_and_present(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command));
  MIBUN_TRY(const std::string_view text, command.string("sd_jwt"));
  MIBUN_TRY(const std::string_view vct, command.string("vct"));
  MIBUN_TRY(const std::string_view audience, command.string("aud"));
  MIBUN_TRY(const std::string_view nonce, command.string("nonce"));
  MIBUN_TRY(const auto selected, paths(command, "selected"));
  MIBUN_TRY(const Key holder, private_key(command, "holder"));
  MIBUN_TRY(const Instant now, now_of(command));
  const auto verify = is_json(text) ? sd_jwt::verify_issued_json : sd_jwt::verify_issued;
  MIBUN_TRY(const auto verified, verify(text, policy_for(anchors, vct), now));
  const sd_jwt::HeldCredential held(verified);
  MIBUN_TRY(std::string compact, held.present(selected,
                                              {.audience = std::string(audience),
                                               .nonce = std::string(nonce),
                                               .iat = now,
                                               .extra_claims = {{"consent_hash", "abc"}}},
                                              *holder));
  MIBUN_TRY(std::string presentation, in_form(command, std::move(compact)));
  return json::Object{{"claims", held.claims()}, {"presentation", std::move(presentation)}};
}

std::string_view text_of(sd_jwt::SelectiveDisclosure disclosure) {
  using enum sd_jwt::SelectiveDisclosure;
  return disclosure == always ? "always" : disclosure == never ? "never" : "allowed";
}

json::Object as_json(const sd_jwt::ClaimMetadata& claim, std::string_view language) {
  json::Object out{{"path", claim.path.to_json()}};
  if (claim.mandatory) out["mandatory"] = *claim.mandatory;
  if (claim.disclosure) out["sd"] = text_of(*claim.disclosure);
  const auto* display = claim.display ? sd_jwt::find_display(*claim.display, language) : nullptr;
  if (display != nullptr) out["label"] = display->label;
  return out;
}

// {"root", "vct", "sd_jwt", "now", "documents": {vct: text}, "language"}: what the credential's type says, in one
// language, when the credential obeys it.
Answer resolve_type(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command));
  MIBUN_TRY(const std::string_view text, command.string("sd_jwt"));
  MIBUN_TRY(const std::string_view vct, command.string("vct"));
  MIBUN_TRY(const std::string_view language, command.string("language"));
  MIBUN_TRY(const json::Object* documents, command.object("documents"));
  MIBUN_TRY(const Instant now, now_of(command));
  MIBUN_TRY(const auto verified, sd_jwt::verify_issued(text, policy_for(anchors, vct), now));
  sd_jwt::TypeResolver resolver(verified);
  json::Array asked;
  while (const sd_jwt::TypeDocumentNeed* need = resolver.need()) {
    asked.push_back(json::Array{need->vct, need->integrity ? json::Value(need->integrity->text()) : json::Value()});
    const json::Value* document = documents->if_contains(need->vct);
    if (document == nullptr) return fail(ErrorCode::invalid_argument, need->vct);
    MIBUN_CHECK(resolver.supply(as_bytes(std::string_view(document->as_string()))));
  }
  const sd_jwt::ResolvedType& type = *resolver.type();
  MIBUN_CHECK(sd_jwt::check_type_rules(sd_jwt::HeldCredential(verified), type));  // as a holder, who has everything
  json::Array vcts, claims;
  for (const std::string& one : type.vcts) vcts.emplace_back(one);
  for (const sd_jwt::ClaimMetadata& claim : type.claims) claims.push_back(as_json(claim, language));
  const sd_jwt::TypeDisplay* display = sd_jwt::find_display(type.display, language);
  return json::Object{{"asked", std::move(asked)},
                      {"vcts", std::move(vcts)},
                      {"claims", std::move(claims)},
                      {"name", display != nullptr ? json::Value(display->name) : json::Value()}};
}

// {"key", "x5c", "uri", "bits", "statuses", "now"}: a status list token for an hour.
Answer make_status_token(json::ObjectReader& command) {
  MIBUN_TRY(const Key key, private_key(command, "key"));
  MIBUN_TRY(const auto chain, chain_of(command));
  MIBUN_TRY(const std::string_view uri, command.string("uri"));
  MIBUN_TRY(const std::int64_t bits, command.integer("bits"));
  MIBUN_TRY(const json::Array* statuses, command.array("statuses"));
  MIBUN_TRY(const Instant now, now_of(command));
  MIBUN_TRY(auto list, status_list::StatusList::make(static_cast<unsigned>(bits), statuses->size()));
  for (std::size_t i = 0; i < statuses->size(); ++i) {
    MIBUN_CHECK(list.set(i, static_cast<std::uint8_t>((*statuses)[i].as_int64())));
  }
  const status_list::StatusTokenTimes times{now, now + std::chrono::hours(1), seconds(600)};
  MIBUN_TRY(std::string token, status_list::issue_status_list_token(uri, times, list, *key, chain));
  return json::Object{{"token", std::move(token)}};
}

// {"root", "token", "uri", "index", "iss", "now"}: whether that index is valid.
Answer check_status(json::ObjectReader& command) {
  MIBUN_TRY(const auto anchors, anchors_of(command));
  MIBUN_TRY(const std::string_view token, command.string("token"));
  MIBUN_TRY(const std::string_view uri, command.string("uri"));
  MIBUN_TRY(const std::int64_t index, command.integer("index"));
  MIBUN_TRY(const std::string_view iss, command.string("iss"));
  MIBUN_TRY(const Instant now, now_of(command));
  const status_list::StatusTokenPolicy policy{uri, anchors};
  MIBUN_TRY(const auto list, status_list::VerifiedStatusList::verify(token, policy, now));
  MIBUN_CHECK(list.check({std::string(uri), static_cast<std::uint64_t>(index), std::string(iss)}));
  return json::Object{{"status", "valid"}};
}

Answer encrypt(json::ObjectReader& command) {
  MIBUN_TRY(const auto recipient, public_key(command, "recipient"));
  MIBUN_TRY(const std::string_view enc, command.string("enc"));
  MIBUN_TRY(const std::string_view plaintext, command.string("plaintext"));
  jose::JweRequest request{.kid = "interop", .apu = to_bytes("us"), .apv = to_bytes("them")};
  if (enc == "A128GCM") request.enc = jose::ContentEncryption::a128gcm;
  crypto::SystemRng rng;
  MIBUN_TRY(std::string jwe, jose::encrypt_jwe(recipient, request, as_bytes(plaintext), rng));
  return json::Object{{"jwe", std::move(jwe)}};
}

Answer decrypt(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* jwk, command.object("recipient"));
  MIBUN_TRY(const auto recipient, jose::parse_private_jwk(json::serialize(*jwk)));
  MIBUN_TRY(const std::string_view text, command.string("jwe"));
  MIBUN_TRY(const jose::Jwe jwe, jose::Jwe::parse(text, jose::kEcdhEsDirect));
  MIBUN_TRY(const Bytes plaintext, jwe.decrypt(recipient));
  return json::Object{{"plaintext", as_text(plaintext)}, {"enc", to_string(jwe.enc())}};
}

Answer sign(json::ObjectReader& command) {
  MIBUN_TRY(const Key key, private_key(command, "key"));
  MIBUN_TRY(const std::string_view typ, command.string("typ"));
  MIBUN_TRY(const json::Object* payload, command.object("payload"));
  MIBUN_TRY(std::string jws, jose::sign_jws({{"typ", typ}}, *payload, *key));
  return json::Object{{"jws", std::move(jws)}};
}

Answer verify(json::ObjectReader& command) {
  MIBUN_TRY(const auto key, public_key(command, "key"));
  MIBUN_TRY(const std::string_view typ, command.string("typ"));
  MIBUN_TRY(const std::string_view text, command.string("jws"));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(key, {.typ = typ}));
  return json::Object{{"payload", verified.payload()}};
}

Answer thumbprint(json::ObjectReader& command) {
  MIBUN_TRY(const auto key, public_key(command, "key"));
  return json::Object{{"thumbprint", jose::Jwk(key).thumbprint()}};
}

}  // namespace

int main() {
  return serve({{"make_issuer", make_issuer},
                {"issue", issue},
                {"verify_presentation", verify_presentation},
                {"receive_and_present", receive_and_present},
                {"resolve_type", resolve_type},
                {"make_status_token", make_status_token},
                {"check_status", check_status},
                {"encrypt", encrypt},
                {"decrypt", decrypt},
                {"sign", sign},
                {"verify", verify},
                {"thumbprint", thumbprint}});
}
