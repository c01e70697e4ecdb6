// The trust list that a wallet keeps: fetched again each day, with the lists of every root of readers.
#include "wallet/trust.h"

#include <doctest/doctest.h>

#include <array>

#include "core/crypto/mdoc_certificates.h"
#include "tests/wallet/test_device.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

using std::chrono::hours;

// A server whose trust list and revocation lists the test writes.
struct Server {
  explicit Server(TestDevice& device) {
    device.http.answer = [this](const HttpRequest& request) -> Result<HttpResponse> {
      if (away) return fail(ErrorCode::http_connect_failed, "test");
      const auto found = bodies.find(request.url.substr(std::string_view("https://wallet.example").size()));
      if (found == bodies.end()) return HttpResponse{404, {}, {}};
      return HttpResponse{200, {}, found->second};
    };
    serve({&first.root});
  }
  void serve(const std::vector<const crypto::Certificate*>& roots, json::Object more = {}) {
    json::Array pems;
    for (const auto* root : roots) pems.emplace_back(root->pem());
    for (const char* member : {"credential_issuer", "iaca", "registrar", "receipt"}) more[member] = json::Array{};
    more["verifier_access"] = std::move(pems);
    bodies["/.well-known/mibun-trust.json"] = json::serialize(more);
  }
  void serve_list(const std::string& path, const TestAuthority& root, Instant at,
                  const std::vector<crypto::CaCertificate>& revoked = {}) {
    crypto::CrlRequest request{.this_update = at, .next_update = at + hours(24 * 7), .number = 1, .entries = {}};
    for (const auto& one : revoked) request.entries.push_back({to_bytes(one.serial()), at});
    const auto list = must(crypto::make_crl(request, root.root, root.key));
    bodies[path] = std::string(as_text(list.der()));
  }
  // A trust list with one issuer for each format, `first` and `second`, whose lists are at these paths.
  void serve_issuers(json::Array lists) {
    const auto row = [](const char* format, const char* type, const TestAuthority& authority) {
      return json::Object{
          {"format", format}, {"types", json::Array{type}}, {"anchors", json::Array{authority.root.pem()}}};
    };
    json::Object more{{"trusted_issuers", json::Array{row("dc+sd-jwt", "urn:club", first)}}};
    if (lists.size() == 2) more["trusted_issuers"].as_array().push_back(row("dc+sd-jwt", "urn:guild", second));
    more["issuers_crl"] = std::move(lists);
    serve({&first.root}, std::move(more));
  }
  std::map<std::string, std::string> bodies;
  bool away = false;
  TestAuthority first{"first"}, second{"second"};
};

}  // namespace

TEST_CASE("a wallet fetches its trust list again after a day, and goes on with the one at hand when it cannot") {
  TestDevice device;
  Profile profile = device.make_profile();
  profile.origin = "https://wallet.example";
  must(save_profile(device.store, profile));
  Server server(device);
  must(fetch_trust(device.host, profile.origin));
  const auto roots = [&] { return must(current_trust(device.host)).verifier_access.anchors().size(); };
  server.serve({&server.first.root, &server.second.root});
  const std::size_t sent = device.http.sent.size();
  device.clock.advance(hours(24) - seconds(1));
  CHECK(roots() == 1);
  CHECK(device.http.sent.size() == sent);
  device.clock.advance(seconds(1));
  server.away = true;
  CHECK(roots() == 1);
  CHECK(code_of(refresh_trust(device.host, profile.origin)) == ErrorCode::http_connect_failed);
  server.away = false;
  CHECK(roots() == 2);
  CHECK(roots() == 2);
  const std::size_t after = device.http.sent.size();
  CHECK(must(load_trust(device.store)).verifier_access.anchors().size() == 2);
  CHECK(device.http.sent.size() == after);
  // A clock that went back makes no list young; a record that is no time is none.
  device.clock.advance(-hours(48));
  static_cast<void>(roots());
  CHECK(device.http.sent.size() == after + 1);
  must(device.store.write("trust_fetched", "soon"));
  static_cast<void>(roots());
  CHECK(device.http.sent.size() == after + 2);
  // What is no list is not taken.
  device.clock.advance(hours(24));
  server.bodies["/.well-known/mibun-trust.json"] = "{}";
  CHECK(roots() == 2);
  CHECK(!refresh_trust(device.host, profile.origin));
}

TEST_CASE("a list that names another log than the one remembered, or none any more, is not taken") {
  TestDevice device;
  Profile profile = device.make_profile();
  profile.origin = "https://wallet.example";
  must(save_profile(device.store, profile));
  Server server(device);
  const auto key = [] {
    return must(tlog::VerifierKey::make("log.example/ops", tlog::NoteKeyKind::ed25519,
                                        crypto::Ed25519PrivateKey::generate().public_key()))
        .to_string();
  };
  const std::string log = key();
  server.serve({&server.first.root}, {{"log", log}});
  must(fetch_trust(device.host, profile.origin));
  must(device.store.write("server_log", "what was seen"));
  for (const json::Object& other : {json::Object{{"log", key()}}, json::Object{}}) {
    device.clock.advance(hours(24));
    server.serve({&server.first.root, &server.second.root}, other);
    CHECK(code_of(refresh_trust(device.host, profile.origin)) == ErrorCode::log_fork);
    CHECK(must(current_trust(device.host)).verifier_access.anchors().size() == 1);
  }
  server.serve({&server.first.root, &server.second.root}, {{"log", log}});
  must(refresh_trust(device.host, profile.origin));
  CHECK(must(load_trust(device.store)).verifier_access.anchors().size() == 2);
  CHECK(device.store.records.at("server_log") == "what was seen");  // a wallet does not forget it by that
}

TEST_CASE("the revocation lists of every root of readers are fetched, and only from the server itself") {
  TestDevice device;
  device.make_profile();
  Server server(device);
  const std::string origin = "https://wallet.example", one = "/.well-known/mibun-readers.crl",
                    two = "/.well-known/mibun-readers-crl/2";
  server.serve({&server.first.root, &server.second.root},
               {{"readers_crl", json::Array{json::Value(one), json::Value(two)}}});
  must(fetch_trust(device.host, origin));
  server.serve_list(one, server.first, device.clock.now());
  CHECK(code_of(refresh_readers_crl(device.host, origin)) == ErrorCode::http_status_unexpected);
  server.serve_list(two, server.second, device.clock.now());
  must(refresh_readers_crl(device.host, origin));
  const std::size_t sent = device.http.sent.size();
  must(refresh_readers_crl(device.host, origin));
  CHECK(device.http.sent.size() == sent);
  const auto reader_of = [&](const TestAuthority& root) {
    const auto key = crypto::P256PrivateKey::generate();
    const auto leaf = must(crypto::make_mdoc_reader_certificate({.common_name = "Counter",
                                                                 .organization = "Shop",
                                                                 .country = {},
                                                                 .not_before = kTestNow - hours(1),
                                                                 .not_after = kTestNow + hours(24 * 30),
                                                                 .crl_uri = "https://wallet.example/crl"},
                                                                key.public_key(), root.root, root.key));
    return std::vector<Bytes>{to_bytes(leaf.der())};
  };
  const TrustList trust = must(load_trust(device.store));
  CHECK(trust.readers.verify_chain(reader_of(server.first), device.clock.now()));
  CHECK(trust.readers.verify_chain(reader_of(server.second), device.clock.now()));
  device.store.records.erase("readers_crl.2");
  const TrustList half = must(load_trust(device.store));
  CHECK(half.readers.verify_chain(reader_of(server.first), device.clock.now()));
  CHECK(code_of(half.readers.verify_chain(reader_of(server.second), device.clock.now())) ==
        ErrorCode::certificate_revocation_unknown);

  for (const char* path : {"https://evil.example/x", "//evil.example/x", "/other/x", ".evil.example/.well-known/x", "",
                           "/.well-known/x?y", "/.well-known/x y", "@evil.example/.well-known/x"}) {
    INFO(path);
    server.serve({&server.first.root}, {{"readers_crl", json::Array{json::Value(path)}}});
    CHECK(code_of(fetch_trust(device.host, origin)) == ErrorCode::json_bad_value);
  }
  json::Array many;
  for (int i = 0; i < 17; ++i) many.emplace_back(one);
  server.serve({&server.first.root}, {{"readers_crl", std::move(many)}});
  CHECK(code_of(fetch_trust(device.host, origin)) == ErrorCode::json_bad_value);
}

TEST_CASE(
    "A19: whoever signs cards is believed while the list of their authority clears them, which comes once a day") {
  TestDevice device;
  Profile profile = device.make_profile();
  profile.origin = "https://wallet.example";
  must(save_profile(device.store, profile));
  Server server(device);
  const std::string path = "/.well-known/mibun-trusted-crl/1";
  server.serve_issuers({json::Array{json::Value(path)}, json::Array{}});
  must(fetch_trust(device.host, profile.origin));
  const auto kIssuer = crypto::CertificatePurpose::credential_issuer;
  const TestSigner club(server.first, kIssuer, "club.example"), guild(server.second, kIssuer, "guild.example");
  const auto verdict = [&](const TestSigner& signer, const char* type) {
    const std::array<std::string, 1> types{type};
    const TrustList trust = must(current_trust(device.host));
    const auto found = trust.sd_jwt_issuers.find(types, crypto::CertificateChain(signer.chain), "", device.clock.now());
    return found ? std::string("good") : std::string(to_string(found.error().code));
  };
  CHECK(verdict(guild, "urn:guild") == "good");  // its authority has none
  CHECK(verdict(club, "urn:club") == "certificate_revocation_unknown");
  server.bodies[path] = "no list";
  CHECK(verdict(club, "urn:club") == "certificate_revocation_unknown");
  server.serve_list(path, server.second, device.clock.now());
  CHECK(verdict(club, "urn:club") == "certificate_revocation_unknown");  // another's
  device.clock.advance(hours(24));
  server.serve_list(path, server.first, device.clock.now());
  CHECK(verdict(club, "urn:club") == "good");
  server.serve_list(path, server.first, device.clock.now(), {club.certificate});
  const std::size_t sent = device.http.sent.size();
  CHECK(verdict(club, "urn:club") == "good");
  CHECK(device.http.sent.size() == sent);
  device.clock.advance(hours(24));
  CHECK(verdict(club, "urn:club") == "certificate_revoked");
  CHECK(verdict(guild, "urn:guild") == "good");
  // What cannot be had does not end the list at hand; its time does.
  server.serve_list(path, server.first, device.clock.now());
  device.clock.advance(hours(24));
  CHECK(verdict(club, "urn:club") == "good");
  server.away = true;
  device.clock.advance(hours(24 * 6));
  CHECK(verdict(club, "urn:club") == "good");
  device.clock.advance(std::chrono::seconds(1));
  CHECK(verdict(club, "urn:club") == "certificate_revocation_unknown");
}

TEST_CASE("lists of issuers lie on the server itself, and there is one entry for each issuer") {
  TestDevice device;
  Server server(device);
  const std::string origin = "https://wallet.example";
  const json::Array good{"/.well-known/x.crl"};
  server.serve_issuers({good, good});
  must(fetch_trust(device.host, origin));
  // Of one issuer, as braces would not nest it.
  const auto of_one = [](json::Value list) {
    json::Array lists;
    lists.push_back(std::move(list));
    return lists;
  };
  server.serve_issuers(of_one(good));
  must(fetch_trust(device.host, origin));
  json::Array many, number;
  for (int i = 0; i < 17; ++i) many.emplace_back("/.well-known/x.crl");
  number.emplace_back(7);
  for (const json::Array& lists :
       {json::Array(), json::Array{good, good, good}, of_one("/.well-known/x.crl"), of_one(number), of_one(many),
        of_one(json::Array{"https://evil.example/x"}), of_one(json::Array{"//evil.example/x"})}) {
    INFO(json::serialize(lists));
    server.serve_issuers(lists);
    CHECK(!fetch_trust(device.host, origin));
  }
}
