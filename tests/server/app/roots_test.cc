// Roots and the push sender's key with their successors in the running server: partners go on asking, wallets follow.
#include <doctest/doctest.h>

#include <filesystem>

#include "core/codecs/base64url.h"
#include "core/crypto/crl.h"
#include "core/oid4vp/request.h"
#include "platform/database/database.h"
#include "platform/keyd/stored_signing_keys.h"
#include "server/migrations/migrations.h"
#include "server/trust/signing_pair.h"
#include "server/trust/trust.h"
#include "tests/server/world/own_world.h"
#include "wallet/trust.h"

namespace mibun::server {
namespace {

using std::chrono::days;

struct World : OwnWorld {
  // `mibun keys rotate`, and a server that is started again where it has to be.
  void rotate(const char* name, std::uint32_t generation = 2) {
    must(must(keyd::StoredSigningKeys::open_files(data_directory() + "/keys", rng))->create({name, generation}));
  }
  void restart() {
    app.reset();
    app = must(App::open(config, clock, rng));
    trust = must(wallet::parse_trust(send({.target = "/.well-known/mibun-trust.json"}).response.body));
  }
  void wait(milliseconds span) {
    clock.advance(span);
    must(app->purge_expired());
  }
  // In the database as it lies on the disk, which the server has to itself.
  std::int64_t count(std::string_view sql) {
    const TempDir copy;
    for (const char* name : {"mibun.db", "mibun.db-wal"}) {
      std::filesystem::copy_file(data_directory() + "/" + name, copy.file(name));
    }
    return must(must(database::Database::open(copy.file("mibun.db"), migrations()))->row(sql))->integer(0);
  }
};

}  // namespace

TEST_CASE("partners get certificates below a new access root, and what was asked before is answered") {
  World w;
  const HeldCard card = w.take_card();
  const HeldCard second = w.take_card();
  w.rotate("access-root");
  w.restart();
  REQUIRE(w.trust->verifier_access.anchors().size() == 2);
  w.wait(kRootLead - std::chrono::minutes(2));
  const AskedRequest fetched_before = w.ask(w.shop), fetched_after = w.ask(w.shop);
  const auto request = w.fetch(fetched_before);
  w.wait(std::chrono::minutes(3));

  const AskedRequest asked = w.ask(w.shop);
  CHECK(asked.client_id != fetched_before.client_id);
  // The same registration under the new name, and not for longer.
  const auto renewed = w.fetch(asked);
  CHECK(renewed.registration().registration_id == request.registration().registration_id);
  CHECK(renewed.registration().expires_at == request.registration().expires_at);
  CHECK(renewed.registration().client_id == asked.client_id);
  // Under the name of before: signed and answered under it, also when the wallet comes only now.
  CHECK(w.send(w.answer(fetched_before, w.answer_form(request, card))).status() == 200);
  CHECK(w.send(w.answer(fetched_after, w.answer_form(w.fetch(fetched_after), second))).status() == 200);
  CHECK(w.fetch(asked).registration().client_id == asked.client_id);
  // Once: the next look changes nothing.
  const auto former = w.count("SELECT COUNT(*) FROM former_client_ids");
  CHECK(former == w.count("SELECT COUNT(*) FROM partners"));
  w.wait(std::chrono::minutes(1));
  CHECK(w.count("SELECT COUNT(*) FROM former_client_ids") == former);
  CHECK(w.ask(w.shop).client_id == asked.client_id);
}

TEST_CASE("a partner with two former names answers under each of them what was asked under it") {
  World w;
  const HeldCard card = w.take_card();
  const HeldCard second = w.take_card();
  w.rotate("access-root");
  w.restart();
  w.wait(std::chrono::seconds(90));
  w.rotate("access-root", 3);
  w.restart();
  w.wait(kRootLead - std::chrono::seconds(150));
  const AskedRequest first_name = w.ask(w.shop);
  w.wait(std::chrono::minutes(2));
  const AskedRequest second_name = w.ask(w.shop);
  w.wait(std::chrono::minutes(1));
  REQUIRE(w.count("SELECT COUNT(*) FROM former_client_ids WHERE partner_id = '" + w.shop.id + "'") == 2);
  CHECK(w.send(w.answer(first_name, w.answer_form(w.fetch(first_name), card))).status() == 200);
  CHECK(w.send(w.answer(second_name, w.answer_form(w.fetch(second_name), second))).status() == 200);
}

TEST_CASE("a receipt that names a partner as it was called before still asks that partner to delete") {
  World w;
  const auto [asked, code] = w.answered();
  const json::Object result = w.send_well(w.take(w.shop, asked.id, w.claim(asked.session_secret, code)), 200).json;
  const std::string receipt(result.at("consent_receipt").as_string());
  w.rotate("access-root");
  w.restart();
  w.wait(kRootLead + std::chrono::minutes(1));
  CHECK(w.ask(w.shop).client_id != asked.client_id);
  const json::Object wish{{"receipt", receipt}, {"secret", base64url::encode(w.rng.bytes(32))}};
  CHECK(w.send(w.json_request("POST", "/api/v1/deletion-requests", wish)).status() == 201);
}

TEST_CASE("the lists of both roots are served, and no other") {
  World w;
  for (const char* name : {"iaca-root", "issuer-root", "access-root"}) w.rotate(name);
  CHECK(w.send({.target = iaca_crl_path(2)}).code() == "route_not_found");  // until it is published
  w.restart();
  const auto verify = [&](const std::string& path, const crypto::CaCertificate& root) {
    const Reply reply = w.send_well({.target = path}, 200);
    CHECK(reply.response.content_type == "application/pkix-crl");
    return crypto::VerifiedCrl::verify(must(crypto::Crl::parse(as_bytes(reply.response.body))), root, w.clock.now())
        .has_value();
  };
  for (std::uint32_t root = 1; root <= 2; ++root) {
    const auto& iaca = w.trust->iaca.anchors();
    const auto& issuers = w.trust->credential_issuers.anchors();
    const auto& access = w.trust->verifier_access.anchors();
    REQUIRE((iaca.size() == 2 && issuers.size() >= 2 && access.size() == 2));
    CHECK(verify(iaca_crl_path(root), iaca[root - 1]));
    CHECK(!verify(iaca_crl_path(root), iaca[2 - root]));
    CHECK(verify(issuer_crl_path(root), issuers[root - 1]));
    CHECK(!verify(issuer_crl_path(root), issuers[2 - root]));
    CHECK(verify(readers_crl_path(root), access[root - 1]));
    CHECK(!verify(readers_crl_path(root), access[2 - root]));
  }
  for (const char* path :
       {"/.well-known/mibun-iaca-crl/3", "/.well-known/mibun-iaca-crl/1", "/.well-known/mibun-iaca-crl/02",
        "/.well-known/mibun-issuer-crl/3", "/.well-known/mibun-issuer-crl/1", "/.well-known/mibun-readers-crl/3",
        "/.well-known/mibun-readers-crl/1", "/.well-known/mibun-readers-crl/x"}) {
    INFO(path);
    CHECK(w.send({.target = path}).code() == "route_not_found");
  }
}

TEST_CASE("the push sender's key is taken up while the server runs, and the old one goes when nobody needs it") {
  World w;
  const auto key = [&] { return w.send_well({.target = "/api/v1/push-key"}, 200).text("key"); };
  const std::string before = key();
  w.rotate("push-sender");
  CHECK(key() == before);
  w.wait(std::chrono::minutes(1));
  CHECK(key() != before);
  const auto names = [&] {
    std::vector<std::string> found;
    for (const auto& one :
         must(must(keyd::StoredSigningKeys::open_files(w.data_directory() + "/keys", w.rng))->list())) {
      if (one.id.name == "push-sender") found.push_back(keyd::stem_of(one.id));
    }
    return found;
  };
  CHECK(names() == std::vector<std::string>{"push-sender-2"});  // nobody had subscribed
}

}  // namespace mibun::server
