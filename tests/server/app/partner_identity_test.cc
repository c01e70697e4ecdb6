#include <doctest/doctest.h>

#include "server/partners/identity.h"
#include "tests/server/world/test_world.h"

// What proves under which name a partner asks.
namespace mibun::server {

using Prefix = oid4vp::ClientId::Prefix;

TEST_CASE("what proves a partner's name proves no other key, no other name, and nothing when it has run out") {
  const TempDir directory;
  SeededRng rng(17);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const Instant until = kTestNow + std::chrono::hours(24);
  const auto make = [&](const char* id, Prefix prefix) {
    json::Object body = world().partner_application(world().new_program(id));
    body["client_id_prefix"] = to_string(prefix);
    return must(make_identity(*trust, std::string(kOrigin), must(PartnerApplication::parse(body)), kTestNow, until));
  };
  const auto key_of = [](const PartnerIdentity& identity) {
    return std::make_shared<const crypto::P256PrivateKey>(
        must(crypto::P256PrivateKey::from_pkcs8(identity.key->pkcs8().reveal())));
  };
  const auto opened = [&](const KeptIdentity& kept, Instant now = kTestNow) {
    return code_of(open_identity(kept, trust->registrar_anchors(), now));
  };
  const PartnerIdentity one = make("one", Prefix::verifier_attestation);
  const PartnerIdentity two = make("two", Prefix::verifier_attestation);
  const KeptIdentity good{one.client_id, key_of(one), {}, one.attestation_jwt, {}};
  CHECK(opened(good) == ErrorCode::internal_error);  // what code_of says of a value
  KeptIdentity kept = good;
  kept.key = key_of(two);
  CHECK(opened(kept) == ErrorCode::invalid_argument);
  kept = good;
  kept.attestation_jwt = two.attestation_jwt;
  CHECK(opened(kept) == ErrorCode::oid4vp_client_id_mismatch);
  kept.key = key_of(two);
  CHECK(opened(kept) == ErrorCode::oid4vp_client_id_mismatch);
  kept = good;
  kept.attestation_jwt = "";
  CHECK(opened(kept) == ErrorCode::jws_malformed);
  CHECK(opened(good, until - seconds(1)) == ErrorCode::internal_error);
  CHECK(opened(good, until + std::chrono::minutes(2)) == ErrorCode::jwt_expired);

  // Of a registrar of somebody else.
  const auto elsewhere = must(Trust::open(directory.file("elsewhere"), "https://else.example", rng, kTestNow));
  CHECK(code_of(open_identity(good, elsewhere->registrar_anchors(), kTestNow)) == ErrorCode::certificate_untrusted);

  // Who signs nothing has no key, and who has a certificate no attestation.
  const PartnerIdentity unsigned_one = make("three", Prefix::redirect_uri);
  CHECK(!unsigned_one.key.has_value());
  CHECK(must(open_identity({unsigned_one.client_id, nullptr, {}, {}, {}}, trust->registrar_anchors(), kTestNow)) ==
        nullptr);
  const PartnerIdentity hashed_one = make("four", Prefix::x509_hash);
  CHECK(hashed_one.attestation_jwt.empty());
  CHECK(opened({hashed_one.client_id, key_of(one), hashed_one.certificate, {}, {}}) == ErrorCode::invalid_argument);
}

}  // namespace mibun::server
