#include <doctest/doctest.h>

#include <functional>

#include "core/codecs/base64url.h"
#include "core/codecs/zlib.h"
#include "core/cose/sign1.h"
#include "core/status_list/status_token.h"
#include "tests/core/status_list/issuers.h"
#include "tests/support/vectors.h"

using namespace mibun;
using crypto::CertificatePurpose;
using namespace mibun::status_list;

namespace {

constexpr std::string_view kType = "application/statuslist+cwt";
constexpr ErrorCode kPasses = ErrorCode::internal_error;

Bytes from_hex(std::string_view text) {
  return must(hex::decode(text));
}

struct World : Issuers {
  TestSigner list_signer{authority, CertificatePurpose::status_list_signer, "issuer.example"};
  Bytes token(const TestSigner& signer) const {
    return must(issue_status_list_cwt(kUri, times(), list().compress(), signer.key, signer.chain));
  }
  ErrorCode verify(BytesView token, Instant now = kTestNow) const {
    return code_of(VerifiedStatusList::verify(StatusTokenFormat::cwt, token, {kUri, anchors}, now));
  }
  Bytes signed_claims(const cbor::Writer& claims, cose::Sign1Request request = {.type = kType, .tagged = true}) const {
    request.x5chain = issuer.chain;
    return must(cose::sign1(claims.view(), issuer.key, request));
  }
};

// The claims of a good token; a row puts others in their places. An empty text leaves the claim out.
struct Claims {
  Bytes subject = cbor::Writer().text(kUri).take();
  Bytes issued_at = cbor::Writer().integer(kTestNow.unix_seconds()).take();
  Bytes expires_at = cbor::Writer().integer((kTestNow + std::chrono::hours(1)).unix_seconds()).take();
  Bytes time_to_live = cbor::Writer().integer(600).take();
  Bytes list = World::list().compress().to_cbor();
  Bytes more;  // encoded pairs
  std::uint64_t more_count = 0;

  cbor::Writer write() const {
    const std::pair<std::int64_t, const Bytes*> members[] = {
        {2, &subject}, {4, &expires_at}, {6, &issued_at}, {65533, &list}, {65534, &time_to_live}};
    std::uint64_t count = more_count;
    for (const auto& member : members) count += member.second->empty() ? 0 : 1;
    cbor::Writer writer;
    writer.map(count);
    for (const auto& [label, value] : members) {
      if (!value->empty()) writer.integer(label).raw(*value);
    }
    writer.raw(more);
    return writer;
  }
};

StatusReference at(std::uint64_t index) {
  return {std::string(kUri), index, "https://issuer.example"};
}

}  // namespace

TEST_CASE("a signed CWT tells valid, revoked, suspended and unknown apart") {
  const World world;
  const Bytes token = world.token(world.issuer);
  CHECK(cbor::check_well_formed(token, cbor::Form::sorted).has_value());
  const auto list = must(VerifiedStatusList::verify(StatusTokenFormat::cwt, token, {kUri, world.anchors}, kTestNow));
  CHECK(list.check(at(0)).has_value());
  CHECK(code_of(list.check(at(1))) == ErrorCode::status_revoked);
  CHECK(code_of(list.check(at(2))) == ErrorCode::status_suspended);
  CHECK(code_of(list.check(at(3))) == ErrorCode::status_unknown_value);
  CHECK(code_of(list.check(at(64))) == ErrorCode::status_list_index_out_of_range);
  CHECK(code_of(list.check({"https://issuer.example/status/2", 0, "https://issuer.example"})) ==
        ErrorCode::status_list_subject_mismatch);
  CHECK(code_of(list.check({std::string(kUri), 0, "https://other.example"})) == ErrorCode::jwt_issuer_mismatch);
  CHECK(list.check({std::string(kUri), 0, std::nullopt}).has_value());
  CHECK(list.time_to_live() == seconds(600));
  CHECK(list.expires_at() == kTestNow + std::chrono::hours(1));
  CHECK(list.issued_at() == kTestNow);
}

TEST_CASE("the specification's tokens are verified with its key") {
  const json::Object vector = must(json::parse_object(read_vector("token-status-list/tokens.json")));
  const json::Object& jwk = vector.at("key").as_object();
  const crypto::PublicKey key = must(crypto::P256PublicKey::from_coordinates(
      must(base64url::decode(jwk.at("x").as_string())), must(base64url::decode(jwk.at("y").as_string()))));
  const std::string uri(vector.at("uri").as_string());
  const Bytes cwt = from_hex(vector.at("status_list_cwt").as_string());
  const std::string jwt(vector.at("status_list_jwt").as_string());
  const Instant then = Instant::from_unix_seconds(1'686'925'000);
  const StatusTokenKeyPolicy policy{uri, key, "https://example.com"};
  for (const StatusTokenFormat format : {StatusTokenFormat::cwt, StatusTokenFormat::jwt}) {
    const BytesView token = format == StatusTokenFormat::cwt ? BytesView(cwt) : as_bytes(jwt);
    const auto list = must(VerifiedStatusList::verify(format, token, policy, then));
    constexpr int kStatuses[] = {1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1};
    for (std::uint64_t i = 0; i < 16; ++i) {
      const auto checked = list.check({uri, i, "https://example.com"});
      CHECK(code_of(checked) == (kStatuses[i] == 0 ? kPasses : ErrorCode::status_revoked));
    }
    CHECK(code_of(list.check({uri, 16, "https://example.com"})) == ErrorCode::status_list_index_out_of_range);
    CHECK(code_of(list.check({uri, 1, "https://other.example"})) == ErrorCode::jwt_issuer_mismatch);
    CHECK(list.time_to_live() == seconds(43200));
    // Another key, another list, after its end, before its time.
    const crypto::PublicKey other = crypto::P256PrivateKey::generate().public_key();
    const auto verify = [&](const StatusTokenKeyPolicy& changed, Instant now) {
      return code_of(VerifiedStatusList::verify(format, token, changed, now));
    };
    CHECK(verify({uri, other, "https://example.com"}, then) ==
          (format == StatusTokenFormat::cwt ? ErrorCode::cose_signature_invalid : ErrorCode::jws_signature_invalid));
    CHECK(verify({"https://example.com/statuslists/2", key, ""}, then) == ErrorCode::status_list_subject_mismatch);
    CHECK(verify(policy, Instant::from_unix_seconds(2'291'720'170)) == ErrorCode::status_list_expired);
    CHECK(verify(policy, Instant::from_unix_seconds(1'686'920'000)) == ErrorCode::jwt_issued_in_future);
    // Both examples name their key by kid only: without certificates nobody is trusted.
    const World world;
    CHECK(!VerifiedStatusList::verify(format, token, {uri, world.anchors}, then).has_value());
  }
}

TEST_CASE("a CWT of the wrong signer is refused") {
  const World world;
  CHECK(world.verify(world.token(world.foreign)) == ErrorCode::certificate_untrusted);
  CHECK(world.verify(world.token(world.wrong_purpose)) == ErrorCode::certificate_wrong_purpose);
  CHECK(world.verify(world.token(world.list_signer)) == ErrorCode::certificate_wrong_purpose);
  const auto stolen =
      issue_status_list_cwt(kUri, World::times(), World::list().compress(), world.foreign.key, world.issuer.chain);
  CHECK(world.verify(must(stolen)) == ErrorCode::cose_signature_invalid);
  const auto bare = issue_status_list_cwt(kUri, World::times(), World::list().compress(), world.issuer.key, {});
  CHECK(world.verify(must(bare)) == ErrorCode::cose_x5chain_malformed);
  const auto other = must(VerifiedStatusList::verify(StatusTokenFormat::cwt, world.token(world.other_issuer),
                                                     {kUri, world.anchors}, kTestNow));
  CHECK(code_of(other.check(at(0))) == ErrorCode::jwt_issuer_mismatch);
  // A signer that the issuer delegated to has anchors of its own purpose (section 10).
  const auto anchors = world.authority.anchors(CertificatePurpose::status_list_signer);
  const auto delegated = must(
      VerifiedStatusList::verify(StatusTokenFormat::cwt, world.token(world.list_signer), {kUri, anchors}, kTestNow));
  CHECK(delegated.check(at(0)).has_value());
  CHECK(code_of(VerifiedStatusList::verify(StatusTokenFormat::cwt, world.token(world.issuer), {kUri, anchors},
                                           kTestNow)) == ErrorCode::certificate_wrong_purpose);
}

TEST_CASE("a CWT with one wrong claim is refused") {
  const World world;
  const auto text = [](std::string_view value) { return cbor::Writer().text(value).take(); };
  const auto number = [](std::int64_t value) { return cbor::Writer().integer(value).take(); };
  struct Row {
    std::string_view why;
    std::function<void(Claims&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing changed", [](Claims&) {}, kPasses},
      {"sub of another list", [&](Claims& c) { c.subject = text("https://issuer.example/status/2"); },
       ErrorCode::status_list_subject_mismatch},
      {"sub longer", [&](Claims& c) { c.subject = text(std::string(kUri) + "/"); },
       ErrorCode::status_list_subject_mismatch},
      {"sub is bytes", [](Claims& c) { c.subject = cbor::Writer().bytes(as_bytes(kUri)).take(); },
       ErrorCode::jwt_claim_wrong_type},
      {"no sub", [](Claims& c) { c.subject.clear(); }, ErrorCode::jwt_claim_missing},
      {"no iat", [](Claims& c) { c.issued_at.clear(); }, ErrorCode::jwt_claim_missing},
      {"iat is text", [&](Claims& c) { c.issued_at = text("1"); }, ErrorCode::jwt_claim_wrong_type},
      {"iat has a tag", [](Claims& c) { c.issued_at = from_hex("c11a6ac1b3b0"); }, ErrorCode::jwt_claim_wrong_type},
      {"iat a minute ahead", [&](Claims& c) { c.issued_at = number(kTestNow.unix_seconds() + 60); }, kPasses},
      {"iat further ahead", [&](Claims& c) { c.issued_at = number(kTestNow.unix_seconds() + 61); },
       ErrorCode::jwt_issued_in_future},
      {"iat is a float",
       [](Claims& c) {
         c.issued_at = cbor::Writer().floating(static_cast<double>(kTestNow.unix_seconds()) + 0.5).take();
       },
       kPasses},
      {"iat is NaN", [](Claims& c) { c.issued_at = from_hex("f97e00"); }, ErrorCode::jwt_claim_wrong_type},
      {"exp negative", [&](Claims& c) { c.expires_at = number(-1); }, ErrorCode::jwt_claim_wrong_type},
      {"exp now", [&](Claims& c) { c.expires_at = number(kTestNow.unix_seconds()); }, ErrorCode::status_list_expired},
      {"exp in a second", [&](Claims& c) { c.expires_at = number(kTestNow.unix_seconds() + 1); }, kPasses},
      {"no exp", [](Claims& c) { c.expires_at.clear(); }, kPasses},
      {"no ttl", [](Claims& c) { c.time_to_live.clear(); }, kPasses},
      {"ttl 0", [&](Claims& c) { c.time_to_live = number(0); }, ErrorCode::status_list_malformed},
      {"ttl negative", [&](Claims& c) { c.time_to_live = number(-5); }, ErrorCode::status_list_malformed},
      {"ttl is text", [&](Claims& c) { c.time_to_live = text("600"); }, ErrorCode::jwt_claim_wrong_type},
      {"no list", [](Claims& c) { c.list.clear(); }, ErrorCode::jwt_claim_missing},
      {"list is text", [&](Claims& c) { c.list = text("x"); }, ErrorCode::jwt_claim_wrong_type},
      {"list without bits", [](Claims& c) { c.list = from_hex("a1636c73744a78dadbb918000217015d"); },
       ErrorCode::status_list_malformed},
      {"list without lst", [](Claims& c) { c.list = from_hex("a1646269747301"); }, ErrorCode::status_list_malformed},
      {"bits 3", [](Claims& c) { c.list = from_hex("a2646269747303636c73744a78dadbb918000217015d"); },
       ErrorCode::status_list_bits_not_allowed},
      {"bits is text", [](Claims& c) { c.list = from_hex("a264626974736131636c73744a78dadbb918000217015d"); },
       ErrorCode::cbor_wrong_type},
      {"lst is text", [](Claims& c) { c.list = from_hex("a2646269747301636c73746178"); }, ErrorCode::cbor_wrong_type},
      {"lst is cut", [](Claims& c) { c.list = from_hex("a2646269747301636c73744978dadbb91800021701"); },
       ErrorCode::zlib_malformed},
      {"lst is no zlib", [](Claims& c) { c.list = from_hex("a2646269747301636c737442b9a3"); },
       ErrorCode::zlib_malformed},
      {"aggregation_uri is no URL",
       [](Claims& c) {
         c.list = from_hex("a3646269747301636c73744a78dadbb918000217015d6f6167677265676174696f6e5f7572696178");
       },
       ErrorCode::status_list_malformed},
      {"nbf in the future",
       [&](Claims& c) {
         c.more = cbor::Writer().integer(5).integer(kTestNow.unix_seconds() + 61).take();
         c.more_count = 1;
       },
       ErrorCode::jwt_not_yet_valid},
      {"unknown claims",
       [](Claims& c) {
         c.more = cbor::Writer().integer(1000).null().text("x").array(0).take();
         c.more_count = 2;
       },
       kPasses},
      {"a claim twice",
       [&](Claims& c) {
         c.more = cbor::Writer().integer(2).text(kUri).take();
         c.more_count = 1;
       },
       ErrorCode::cbor_duplicate_key},
      {"a label that is bytes",
       [](Claims& c) {
         c.more = from_hex("410100");
         c.more_count = 1;
       },
       ErrorCode::cbor_wrong_type},
      {"bytes behind the claims", [](Claims& c) { c.more = from_hex("00"); }, ErrorCode::cbor_trailing_bytes},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    Claims claims;
    row.change(claims);
    CHECK(to_string(world.verify(world.signed_claims(claims.write()))) == to_string(row.want));
  }
}

TEST_CASE("a CWT of another type, or without its tag, is refused") {
  const World world;
  const cbor::Writer claims = Claims().write();
  CHECK(world.verify(world.signed_claims(claims)) == kPasses);
  CHECK(world.verify(world.signed_claims(claims, {.tagged = true})) == ErrorCode::cose_type_mismatch);
  CHECK(world.verify(world.signed_claims(claims, {.type = "statuslist+cwt", .tagged = true})) ==
        ErrorCode::cose_type_mismatch);
  CHECK(world.verify(world.signed_claims(claims, {.type = "application/statuslist+jwt", .tagged = true})) ==
        ErrorCode::cose_type_mismatch);
  CHECK(world.verify(world.signed_claims(claims, {.type = kType})) == ErrorCode::cose_wrong_tag);
  Bytes cwt_tagged = from_hex("d83d");
  const Bytes good = world.signed_claims(claims);
  cwt_tagged.insert(cwt_tagged.end(), good.begin(), good.end());
  CHECK(world.verify(cwt_tagged) == ErrorCode::cose_wrong_tag);
  const Bytes detached = must(cose::sign1_detached(claims.view(), world.issuer.key,
                                                   {.type = kType, .x5chain = world.issuer.chain, .tagged = true}));
  CHECK(world.verify(detached) == ErrorCode::cose_payload_missing);
}

TEST_CASE("a list that grows beyond bounds when inflated is refused") {
  const World world;
  Claims claims;
  const Bytes bomb(kInflatedBytesMax + 1);
  cbor::Writer list;
  list.map(2).text("lst").bytes(zlib::deflate(bomb)).text("bits").integer(1);
  claims.list = list.take();
  CHECK(world.verify(world.signed_claims(claims.write())) == ErrorCode::zlib_too_large);
}

TEST_CASE("no changed byte and no cut prefix of a CWT passes") {
  const World world;
  const Bytes token = world.token(world.issuer);
  for (std::size_t i = 0; i < token.size(); i += 5) {
    Bytes changed = token;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1U);
    CHECK(world.verify(changed) != kPasses);
    CHECK(world.verify(BytesView(token).first(i)) != kPasses);
  }
}

TEST_CASE("the media type says which format a token has") {
  CHECK(must(status_token_format("application/statuslist+jwt")) == StatusTokenFormat::jwt);
  CHECK(must(status_token_format("application/statuslist+cwt")) == StatusTokenFormat::cwt);
  for (const char* other : {"application/jwt", "text/html", "", "application/statuslist+cwt; charset=utf-8"}) {
    CHECK(code_of(status_token_format(other)) == ErrorCode::status_list_malformed);
  }
}
