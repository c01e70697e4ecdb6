// Signing keys with their successors in the running server; tests/server/trust turns the clock.
#include <doctest/doctest.h>

#include "core/jose/jws.h"
#include "platform/keyd/stored_signing_keys.h"
#include "tests/server/world/own_world.h"

namespace mibun::server {

TEST_CASE("a server goes on with a successor while it runs: cards of both keys verify and can be revoked") {
  OwnWorld w;
  const auto leaf_of = [](const std::string& card) {
    const auto jws = must(jose::Jws::parse(std::string_view(card).substr(0, card.find('~'))));
    return std::string(jws.unverified_header().at("x5c").as_array().at(0).as_string());
  };
  const auto leaf_of_metadata = [&] {
    return leaf_of(w.send_well({.target = "/.well-known/oauth-authorization-server"}, 200).text("signed_metadata"));
  };
  const HeldCard before = w.take_card();
  CHECK(leaf_of_metadata() == leaf_of(before.text));
  must(must(keyd::StoredSigningKeys::open_files(w.data_directory() + "/keys", w.rng))->create({"issuer", 2}));
  REQUIRE(w.app->purge_expired());
  const auto cards = w.receive(w.holder_token(), 2);
  CHECK(leaf_of(before.text) != leaf_of(cards[0].text));
  CHECK(leaf_of_metadata() == leaf_of(cards[0].text));
  const AskedRequest asked = w.ask(w.shop);
  CHECK(w.send(w.answer(asked, w.answer_form(w.fetch(asked), before))).status() == 200);
  const AskedRequest again = w.ask(w.shop);
  CHECK(w.send(w.answer(again, w.answer_form(w.fetch(again), cards[0]))).status() == 200);
}

}  // namespace mibun::server
