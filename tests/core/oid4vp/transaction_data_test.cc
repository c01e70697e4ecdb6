#include "core/oid4vp/transaction_data.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/core/oid4vp/simulation.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

Approval payment() {
  return {.approval_id = "order-77",
          .text = {"注文77の支払いを承認します", "I approve paying for order 77"},
          .payment = Payment{"1200", "JPY", "みほん商店"}};
}

dcql::Query query() {
  json::Object object = shop_query();
  json::Array& credentials = object["credentials"].as_array();
  credentials.push_back(object_of(R"({"id":"other","format":"dc+sd-jwt","meta":{"vct_values":["urn:other"]}})"));
  credentials.push_back(mdl_query()["credentials"].as_array()[0]);
  credentials.push_back(object_of(
      R"({"id":"unbound","format":"dc+sd-jwt","meta":{"vct_values":["urn:u"]},"require_cryptographic_holder_binding":false})"));
  return must(dcql::Query::parse(object));
}

json::Object decoded(const TransactionData& data) {
  return object_of(as_text(must(base64url::decode(data.encoded()))));
}

std::string encoded(const json::Object& object) {
  return base64url::encode(as_bytes(json::serialize(object)));
}

json::Object& payment_of(json::Object& object) {
  return object["payment"].as_object();
}

}  // namespace

TEST_CASE("what a verifier makes, a wallet reads; the hash covers the text as it travelled") {
  const auto made = must(TransactionData::make(payment(), {"identity", "other"}, query()));
  const auto read = must(TransactionData::parse(made.encoded(), query(), "x"));
  CHECK(read.approval() == payment());
  CHECK(read.credential_ids() == std::vector<std::string>{"identity", "other"});
  CHECK(read.names_algorithm());
  CHECK(read.hash() == base64url::encode(crypto::sha256(made.encoded())));
  Approval without = payment();
  without.payment.reset();
  CHECK(!must(TransactionData::make(without, {"identity"}, query())).approval().payment);
}

TEST_CASE("transaction data that a wallet does not understand whole is refused") {
  const auto made = must(TransactionData::make(payment(), {"identity"}, query()));
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
  };
  const Row rows[] = {
      {"no type", [](auto& o) { o.erase("type"); }},
      {"another type", [](auto& o) { o["type"] = "urn:mibun:transaction:approval:2"; }},
      {"type number", [](auto& o) { o["type"] = 1; }},
      {"no credential_ids", [](auto& o) { o.erase("credential_ids"); }},
      {"empty credential_ids", [](auto& o) { o["credential_ids"] = json::Array{}; }},
      {"credential_ids text", [](auto& o) { o["credential_ids"] = "identity"; }},
      {"a number among credential_ids", [](auto& o) { o["credential_ids"] = json::Array{1}; }},
      {"an id not asked for", [](auto& o) { o["credential_ids"] = json::Array{"identity", "x"}; }},
      {"an id twice", [](auto& o) { o["credential_ids"] = json::Array{"identity", "identity"}; }},
      {"an mdoc", [](auto& o) { o["credential_ids"] = json::Array{"license"}; }},
      {"an mdoc as an alternative", [](auto& o) { o["credential_ids"] = json::Array{"identity", "license"}; }},
      {"a card without its holder's signature", [](auto& o) { o["credential_ids"] = json::Array{"unbound"}; }},
      {"another algorithm", [](auto& o) { o["transaction_data_hashes_alg"] = json::Array{"sha-512"}; }},
      {"no algorithm", [](auto& o) { o["transaction_data_hashes_alg"] = json::Array{}; }},
      {"algorithm text", [](auto& o) { o["transaction_data_hashes_alg"] = "sha-256"; }},
      {"no approval_id", [](auto& o) { o.erase("approval_id"); }},
      {"approval_id with a space", [](auto& o) { o["approval_id"] = "a b"; }},
      {"no text", [](auto& o) { o.erase("text"); }},
      {"text in one language", [](auto& o) { o["text"].as_object().erase("ja"); }},
      {"text empty", [](auto& o) { o["text"].as_object()["en"] = ""; }},
      {"text too long", [](auto& o) { o["text"].as_object()["en"] = std::string(2001, 'a'); }},
      {"payment text", [](auto& o) { o["payment"] = "1200 JPY"; }},
      {"no amount", [](auto& o) { payment_of(o).erase("amount"); }},
      {"amount number", [](auto& o) { payment_of(o)["amount"] = 1200; }},
      {"amount negative", [](auto& o) { payment_of(o)["amount"] = "-1200"; }},
      {"amount with a comma", [](auto& o) { payment_of(o)["amount"] = "1,200"; }},
      {"amount empty", [](auto& o) { payment_of(o)["amount"] = ""; }},
      {"amount that begins with zeros", [](auto& o) { payment_of(o)["amount"] = "01200"; }},
      {"amount that ends with a point", [](auto& o) { payment_of(o)["amount"] = "1200."; }},
      {"amount with two points", [](auto& o) { payment_of(o)["amount"] = "1.2.3"; }},
      {"amount too long", [](auto& o) { payment_of(o)["amount"] = "1234567890123"; }},
      {"currency small", [](auto& o) { payment_of(o)["currency"] = "jpy"; }},
      {"currency long", [](auto& o) { payment_of(o)["currency"] = "JPYY"; }},
      {"no payee", [](auto& o) { payment_of(o).erase("payee"); }},
      {"payee empty", [](auto& o) { payment_of(o)["payee"] = ""; }},
      {"payee too long", [](auto& o) { payment_of(o)["payee"] = std::string(201, 'a'); }},
      {"an unknown member of the payment", [](auto& o) { payment_of(o)["fee"] = "1"; }},
      {"an unknown member", [](auto& o) { o["amount_hidden"] = "9999"; }},
      {"too large", [](auto& o) { o["padding"] = std::string(kTransactionBytesMax, 'a'); }},
  };
  CHECK(TransactionData::parse(encoded(decoded(made)), query(), "x").has_value());
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object changed = decoded(made);
    row.change(changed);
    CHECK(code_of(TransactionData::parse(encoded(changed), query(), "x")) ==
          ErrorCode::oid4vp_transaction_data_not_supported);
  }
  for (const std::string& text : {std::string("e30="), std::string("%%"), std::string(), encoded({}),
                                  base64url::encode(as_bytes("[]")), made.encoded() + "AA"}) {
    INFO(text);
    CHECK(code_of(TransactionData::parse(text, query(), "x")) == ErrorCode::oid4vp_transaction_data_not_supported);
  }
  for (const std::string_view amount : {"0", "1", "0.5", "999999999999.999"}) {
    json::Object changed = decoded(made);
    payment_of(changed)["amount"] = amount;
    CHECK(TransactionData::parse(encoded(changed), query(), "x").has_value());
  }
}

TEST_CASE("the member of a request: an array of different texts, not empty and not long") {
  const std::string one = must(TransactionData::make(payment(), {"identity"}, query())).encoded();
  const auto read = [&](json::Value value) {
    return code_of(read_transaction_data(json::Object{{"transaction_data", std::move(value)}}, query()));
  };
  CHECK(must(read_transaction_data({}, query())).empty());
  CHECK(read(json::Array{one}) == ErrorCode::internal_error);
  const auto bad = ErrorCode::oid4vp_transaction_data_not_supported;
  CHECK(read(json::Array{}) == bad);
  CHECK(read(json::Value(one)) == bad);
  CHECK(read(json::Array{1}) == bad);
  CHECK(read(json::Array{one, one}) == bad);
  CHECK(read(json::Array{"e30"}) == bad);
  json::Array many;
  for (std::size_t i = 0; i <= kTransactionsMax; ++i) {
    Approval approval = payment();
    approval.approval_id = "order-" + std::to_string(i);
    many.emplace_back(must(TransactionData::make(approval, {"identity"}, query())).encoded());
  }
  CHECK(read(many) == bad);
  many.pop_back();
  CHECK(read(many) == ErrorCode::internal_error);
}

TEST_CASE("of several cards that may authorize, one signs: the first that is shown") {
  const std::vector<TransactionData> asked{must(TransactionData::make(payment(), {"other", "identity"}, query()))};
  const std::vector<std::string> both{"identity", "other"}, one{"identity"}, none{"license"};
  CHECK(must(authorizing_credentials(asked, both)) == std::vector<std::string>{"other"});
  CHECK(must(authorizing_credentials(asked, one)) == std::vector<std::string>{"identity"});
  CHECK(code_of(authorizing_credentials(asked, none)) == ErrorCode::dcql_not_satisfied);
  const std::vector<std::string> authorizing{"identity"};
  CHECK(transaction_claims(asked, authorizing, "other").empty());
  CHECK(json::serialize(transaction_claims(asked, authorizing, "identity")) ==
        R"({"transaction_data_hashes":[")" + asked[0].hash() + R"("],"transaction_data_hashes_alg":"sha-256"})");
}

TEST_CASE("a holder who approves signs exactly what was shown; nothing else passes for it") {
  Simulation simulation;
  simulation.cards.add(simulation.world);
  const auto asked = must(TransactionData::make(payment(), {"identity"}, simulation.transaction.query));
  simulation.transaction.parameters.transaction_data = {asked};
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  REQUIRE(ask.approvals.size() == 1);
  CHECK(ask.approvals[0] == payment());
  const HttpRequest post = simulation.answer(flow, Agreed{"ja"});

  const auto receive = [&](std::vector<TransactionData> expected_data) {
    ExpectedResponse expected = simulation.transaction.expected(simulation.world);
    expected.transaction_data = std::move(expected_data);
    return code_of(receive_response(
        post.body, expected,
        {.issuers = simulation.world.issuers, .iaca = simulation.world.iacas, .check_status = all_valid}, kTestNow));
  };
  CHECK(receive({asked}) == ErrorCode::internal_error);
  CHECK(receive({}) == ErrorCode::oid4vp_transaction_data_mismatch);
  Approval dearer = payment();
  dearer.payment->amount = "12000";
  const auto other = must(TransactionData::make(dearer, {"identity"}, simulation.transaction.query));
  CHECK(receive({other}) == ErrorCode::oid4vp_transaction_data_mismatch);
  CHECK(receive({asked, other}) == ErrorCode::oid4vp_transaction_data_mismatch);
}

TEST_CASE("an answer without the approval that was asked for is none") {
  Simulation simulation;
  simulation.cards.add(simulation.world);
  PresentationFlow flow = simulation.flow();
  CHECK(simulation.ask(flow).approvals.empty());
  const HttpRequest post = simulation.answer(flow, Agreed{"ja"});
  ExpectedResponse expected = simulation.transaction.expected(simulation.world);
  expected.transaction_data = {must(TransactionData::make(payment(), {"identity"}, simulation.transaction.query))};
  CHECK(code_of(receive_response(
            post.body, expected,
            {.issuers = simulation.world.issuers, .iaca = simulation.world.iacas, .check_status = all_valid},
            kTestNow)) == ErrorCode::oid4vp_transaction_data_mismatch);
}

TEST_CASE("every check of the gateway on what a holder signed") {
  const auto asked = must(TransactionData::make(payment(), {"identity"}, query()));
  json::Object bare = decoded(asked);
  bare.erase("transaction_data_hashes_alg");
  const auto silent = must(TransactionData::parse(encoded(bare), query(), "x"));
  const std::string hash = asked.hash();
  struct Row {
    std::string_view why;
    std::string_view id;
    json::Object key_binding;
    bool taken;
  };
  const Row rows[] = {
      {"as asked",
       "identity",
       {{"transaction_data_hashes", json::Array{hash}}, {"transaction_data_hashes_alg", "sha-256"}},
       true},
      {"nothing", "identity", {}, false},
      {"the algorithm is not said", "identity", {{"transaction_data_hashes", json::Array{hash}}}, false},
      {"an algorithm alone", "identity", {{"transaction_data_hashes_alg", "sha-256"}}, false},
      {"another algorithm",
       "identity",
       {{"transaction_data_hashes", json::Array{hash}}, {"transaction_data_hashes_alg", "sha-512"}},
       false},
      {"algorithm as an array",
       "identity",
       {{"transaction_data_hashes", json::Array{hash}}, {"transaction_data_hashes_alg", json::Array{"sha-256"}}},
       false},
      {"by another card",
       "other",
       {{"transaction_data_hashes", json::Array{hash}}, {"transaction_data_hashes_alg", "sha-256"}},
       false},
      {"twice",
       "identity",
       {{"transaction_data_hashes", json::Array{hash, hash}}, {"transaction_data_hashes_alg", "sha-256"}},
       false},
      {"one more",
       "identity",
       {{"transaction_data_hashes", json::Array{hash, silent.hash()}}, {"transaction_data_hashes_alg", "sha-256"}},
       false},
      {"as a text", "identity", {{"transaction_data_hashes", hash}, {"transaction_data_hashes_alg", "sha-256"}}, false},
      {"an empty array",
       "identity",
       {{"transaction_data_hashes", json::Array{}}, {"transaction_data_hashes_alg", "sha-256"}},
       false},
      {"a number",
       "identity",
       {{"transaction_data_hashes", json::Array{1}}, {"transaction_data_hashes_alg", "sha-256"}},
       false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const HolderStatement statement{std::string(row.id), "vp_token." + std::string(row.id), &row.key_binding};
    const auto checked = check_transaction_data(std::span(&asked, 1), std::span(&statement, 1));
    CHECK(checked.has_value() == row.taken);
    if (!row.taken) CHECK(checked.error().code == ErrorCode::oid4vp_transaction_data_mismatch);
  }
  const json::Object without_algorithm{{"transaction_data_hashes", json::Array{silent.hash()}}};
  const HolderStatement plain{"identity", "x", &without_algorithm}, mdoc{"license", "y", nullptr};
  CHECK(check_transaction_data(std::span(&silent, 1), std::span(&plain, 1)).has_value());
  CHECK(code_of(check_transaction_data(std::span(&silent, 1), std::span(&mdoc, 1))) ==
        ErrorCode::oid4vp_transaction_data_mismatch);
  const HolderStatement two[] = {plain, plain};
  CHECK(code_of(check_transaction_data(std::span(&silent, 1), two)) == ErrorCode::oid4vp_transaction_data_mismatch);
}

TEST_CASE("where no card shown can authorize, the wallet has nothing to present") {
  json::Object asked_query = shop_query();
  asked_query["credentials"].as_array().push_back(object_of(
      R"({"id":"other","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]}})"));
  asked_query["credential_sets"] =
      must(json::parse(R"([{"options":[["identity"]]},{"options":[["other"]],"required":false}])"));
  Simulation simulation(RequestUriMethod::get, asked_query);
  simulation.cards.add(simulation.world);
  simulation.transaction.parameters.transaction_data = {
      must(TransactionData::make(payment(), {"other"}, simulation.transaction.query))};
  PresentationFlow flow = simulation.flow();
  CHECK(simulation.ask(flow).cards.empty());
  CHECK(code_of(flow.advance(Agreed{"en"}, kTestNow)) == ErrorCode::oid4vp_nothing_to_present);
  CHECK(simulation.cards.signers_asked == 0);
}

TEST_CASE("a request with transaction data that nobody knows asks the holder nothing") {
  const Simulation simulation;
  CHECK(code_of(simulation.verify_changed([](json::Object& p) { p["transaction_data"] = json::Array{"e30"}; })) ==
        ErrorCode::oid4vp_transaction_data_not_supported);
  CHECK(wallet_error(ErrorCode::oid4vp_transaction_data_not_supported) == "invalid_transaction_data");
}

TEST_CASE("a signed request by value: the same checks, nothing fetched, one answer") {
  Simulation simulation;
  simulation.cards.add(simulation.world);
  simulation.link.request = simulation.transaction.request(simulation.world);
  PresentationFlow flow = simulation.flow();
  const auto ask = std::get<AskHolder>(must(flow.advance(Started{simulation.link.to_string()}, kTestNow)));
  CHECK(ask.cards.size() == 1);
  CHECK(std::holds_alternative<VerifiedResponse>(must(simulation.receive(simulation.answer(flow, Agreed{"ja"})))));
  CHECK(code_of(flow.advance(Started{simulation.link.to_string()}, kTestNow)) == ErrorCode::invalid_argument);

  PresentationFlow forged = simulation.flow();
  RequestLink link = simulation.link;
  link.request.back() = link.request.back() == 'A' ? 'B' : 'A';
  CHECK(!forged.advance(Started{link.to_string()}, kTestNow).has_value());
  CHECK(code_of(forged.advance(Started{simulation.link.to_string()}, kTestNow)) == ErrorCode::invalid_argument);
  PresentationFlow other = simulation.flow();
  link = simulation.link;
  link.client_id = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
  CHECK(code_of(other.advance(Started{link.to_string()}, kTestNow)) == ErrorCode::oid4vp_client_id_mismatch);
}
