#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "core/status_list/status_token.h"
#include "tests/omission/cbor_mutator.h"
#include "tests/omission/cose_by_hand.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

constexpr std::string_view kUri = "https://issuer.example/status/1";

struct World {
  TestAuthority authority{"issuers"}, other{"others"};
  TestSigner signer{authority, CertificatePurpose::credential_issuer, "issuer.example"};
  crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::credential_issuer);
  status_list::StatusList list = must(status_list::StatusList::make(2, 64));
  status_list::StatusReference reference{.uri = std::string(kUri), .index = 7, .issuer = "https://issuer.example"};
  status_list::StatusTokenTimes times{kTestNow - seconds(60), kTestNow + seconds(3600), seconds(300)};
};

// A list is worth what it says about one credential.
Status check(std::string_view token, std::string_view uri, const crypto::TrustAnchors& anchors,
             const status_list::StatusReference& reference, Instant now) {
  MIBUN_TRY(const auto verified,
            status_list::VerifiedStatusList::verify(token, {.expected_uri = uri, .issuers = anchors}, now));
  return verified.check(reference);
}

void policy(Trial& trial, const World& world, const std::string& token) {
  const auto tried = [&](const char* place, const char* how, std::string_view uri, const crypto::TrustAnchors& anchors,
                         const status_list::StatusReference& reference, Instant now) {
    trial.tried(std::string("policy/") + place, how, check(token, uri, anchors, reference, now));
  };
  tried("uri", "empty", "", world.anchors, world.reference, kTestNow);
  tried("uri", "other", "https://issuer.example/status/2", world.anchors, world.reference, kTestNow);
  for (const auto purpose :
       {CertificatePurpose::verifier_access, CertificatePurpose::registrar, CertificatePurpose::receipt,
        CertificatePurpose::tls_server, CertificatePurpose::mdoc_document_signer}) {
    tried("purpose", "other", kUri, world.authority.anchors(purpose), world.reference, kTestNow);
  }
  tried("anchors", "empty", kUri, no_anchors(CertificatePurpose::credential_issuer), world.reference, kTestNow);
  tried("anchors", "other", kUri, world.other.anchors(CertificatePurpose::credential_issuer), world.reference,
        kTestNow);
  tried("now", "before", kUri, world.anchors, world.reference, kTestNow - seconds(3600));
  tried("now", "after", kUri, world.anchors, world.reference, kTestNow + seconds(7200));

  status_list::StatusReference reference = world.reference;
  reference.uri.clear();
  tried("reference/uri", "empty", kUri, world.anchors, reference, kTestNow);
  reference.uri = "https://issuer.example/status/2";
  tried("reference/uri", "other", kUri, world.anchors, reference, kTestNow);
  reference = world.reference;
  reference.index = 64;
  tried("reference/index", "other", kUri, world.anchors, reference, kTestNow);
  reference.index = ~std::uint64_t{0};
  tried("reference/index", "huge", kUri, world.anchors, reference, kTestNow);
  reference = world.reference;
  reference.issuer = "https://other.example";
  tried("reference/issuer", "other", kUri, world.anchors, reference, kTestNow);
  reference.issuer = "";
  tried("reference/issuer", "empty", kUri, world.anchors, reference, kTestNow);
}

void jwt(Trial& trial) {
  World world;
  const std::string token =
      must(status_list::issue_status_list_token(kUri, world.times, world.list, world.signer.key, world.signer.chain));
  mutate_jwt(trial, "", token, world.signer.key, [&](const std::string& text) {
    std::string uri(kUri);
    if (trial.weakened("subject")) {
      uri = claimed(text, "sub");
      status_list::StatusReference reference = world.reference;
      reference.uri = uri;
      return check(text, uri, world.anchors, reference, kTestNow);
    }
    return check(text, uri, world.anchors, world.reference, kTestNow);
  });
  // The compressed list itself, signed again.
  const JwtParts parts = JwtParts::of(token);
  const std::string list(must(json::parse_object(parts.payload))["status_list"].at("lst").as_string());
  const auto with_list = [&](const std::string& text) -> Status {
    json::Object payload = must(json::parse_object(parts.payload));
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= 0x80) return fail(ErrorCode::utf8_malformed);  // no JSON text at all
    }
    payload["status_list"].as_object()["lst"] = text;
    return check(sign_jwt(parts.header, json::serialize(payload), world.signer.key), kUri, world.anchors,
                 world.reference, kTestNow);
  };
  flip_bytes(trial, "payload/status_list/lst", list, with_list);
  truncate(trial, "payload/status_list/lst", list, with_list);
  policy(trial, world, token);
  for (const std::uint8_t value : std::vector<std::uint8_t>{1, 2, 3}) {
    status_list::StatusList revoked = world.list;
    must(revoked.set(world.reference.index, value));
    const auto issued =
        must(status_list::issue_status_list_token(kUri, world.times, revoked, world.signer.key, world.signer.chain));
    trial.tried("list/7", "other", check(issued, kUri, world.anchors, world.reference, kTestNow));
  }
}

// The same list as a CWT: COSE_Sign1 written by hand, payload {2: uri, 6: iat, 4: exp, 65534: ttl, 65533: list}.
struct CwtParts {
  std::string protected_header, payload;
};

Bytes sign_cwt(const CwtParts& parts, const World& world) {
  const Bytes covered = to_be_signed("Signature1", parts.protected_header, as_bytes(parts.payload));
  cbor::Writer writer;
  writer.tag(18).array(4).bytes(as_bytes(parts.protected_header)).map(1).integer(33).bytes(world.signer.chain[0]);
  return writer.bytes(as_bytes(parts.payload)).bytes(must(world.signer.key.sign(covered))).take();
}

void cwt(Trial& trial) {
  const World world;
  const auto verify = [&](BytesView token, status_list::StatusTokenFormat format) -> Status {
    MIBUN_TRY(const auto verified, status_list::VerifiedStatusList::verify(
                                       format, token, {.expected_uri = kUri, .issuers = world.anchors}, kTestNow));
    return verified.check(world.reference);
  };
  const auto verify_text = [&](const std::string& text) {
    return verify(as_bytes(text), status_list::StatusTokenFormat::cwt);
  };
  const Bytes issued = must(status_list::issue_status_list_cwt(kUri, world.times, world.list.compress(),
                                                               world.signer.key, world.signer.chain));
  trial.honest(verify_text(to_text(issued)));
  CwtParts parts;
  {
    cbor::Reader reader(issued);
    must(reader.read_tag());
    must(reader.read_array());
    parts.protected_header = as_text(must(reader.read_bytes()));
    must(reader.skip());
    parts.payload = as_text(must(reader.read_bytes()));
  }
  const std::string whole = to_text(sign_cwt(parts, world));
  mutate_cbor_artefact(trial, "token", whole, verify_text);
  const auto mutate_part = [&](const char* place, std::string CwtParts::* part) {
    mutate_cbor(as_bytes(parts.*part), place,
                [&](const std::string& where, std::string_view how, const std::string& text) {
                  CwtParts changed = parts;
                  changed.*part = text;
                  trial.tried(where, how, verify_text(to_text(sign_cwt(changed, world))));
                });
  };
  mutate_part("protected", &CwtParts::protected_header);
  mutate_part("payload", &CwtParts::payload);
  trial.tried("policy/format", "other", verify(as_bytes(whole), status_list::StatusTokenFormat::jwt));
}

// The claim in a credential that names its status.
void reference(Trial& trial) {
  const json::Object claims = must(json::parse_object(
      R"({"iss":"https://issuer.example","status":{"status_list":{"idx":7,"uri":"https://issuer.example/status/1"}}})"));
  const auto read = [&](const std::string& text) -> Status {
    MIBUN_TRY(const json::Object object, json::parse_object(text));
    MIBUN_TRY(const auto parsed, status_list::StatusReference::parse(object));
    // Without the claim there is no status to ask for; that one is due is the caller's policy.
    if (!parsed || parsed->uri != kUri) return fail(ErrorCode::status_reference_malformed);
    return {};
  };
  trial.honest(read(json::serialize(claims)));
  mutate_json(json::Value(claims), "claims",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, read(text));
              });
}

}  // namespace

void add_status_lists(Artefacts& artefacts) {
  artefacts.push_back({"status_list/jwt", jwt});
  artefacts.push_back({"status_list/cwt", cwt});
  artefacts.push_back({"status_list/reference", reference});
}

}  // namespace mibun::omission
