#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "platform/log/log.h"
#include "tests/server/app/row.h"
#include "tests/server/app/sent_key.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/issuing.h"

namespace mibun::server {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// How many of the texts stand in any file below the folder.
std::size_t count_found(const std::filesystem::path& folder, const std::vector<std::string>& texts) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string content = content_of(entry.path());
    for (const std::string& text : texts) found += content.find(text) != std::string::npos ? 1 : 0;
  }
  return found;
}

}  // namespace

// Promise WP-07a: a private key that was sent stands nowhere, neither in the log nor in any file of the server.
TEST_CASE("a private key that was sent to any route leaves no trace") {
  TestWorld& w = world();
  int sent = 0;
  for (const Row& row : body_rows()) {
    if (row.code != "private_key_rejected") continue;
    INFO(row.sentence);
    CHECK(row.run(w).code() == row.code);
    ++sent;
  }
  CHECK(sent >= 30);
  log::flush();
  CHECK(content_of(w.log_file()).find("private_key_rejected") != std::string::npos);
  CHECK(count_found(w.directory_.path(), sent_key_traces()) == 0);
}

TEST_CASE("what a stranger wrote and what a person is called stand in no log line") {
  TestWorld& w = world();
  w.approved_case();
  w.send(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", kCanary}}));
  log::flush();
  const std::string log_text = content_of(w.log_file());
  CHECK_FALSE(log_text.empty());
  CHECK(log_text.find(kCanary) == std::string::npos);
  for (const std::string& value : w.claim_values()) CHECK(log_text.find(value) == std::string::npos);
}

// OpenID4VCI 1.0, sections 15.3 and 15.4.1: what would say whose a copy is, or which copies are of one person.
TEST_CASE("of a card that was issued neither its text nor its signature nor its holder's key stays with the issuer") {
  TestWorld& w = world();
  const auto cards = w.receive(w.holder_token(), 3);
  const AskedCards asked = ask_for_cards(w, kPhotoIdConfiguration, 1);
  const Reply photo_id = w.send_well(asked.request(w, w.holder_token()), 200);
  std::vector<std::string> traces;
  const auto add = [&](BytesView bytes) {
    traces.push_back(base64url::encode(bytes));
    traces.emplace_back(as_text(bytes));
  };
  const auto add_key = [&](const crypto::P256PublicKey& key) {
    const json::Object jwk = jose::Jwk(key).to_json();
    for (const char* name : {"x", "y"}) add(must(base64url::decode(jwk.at(name).as_string())));
    traces.push_back(jose::Jwk(key).thumbprint());
  };
  for (const HeldCard& card : cards) {
    const std::string jwt = card.text.substr(0, card.text.find('~'));
    const std::string signature = jwt.substr(jwt.rfind('.') + 1);
    add(must(base64url::decode(signature)));
    traces.push_back(jwt.substr(jwt.find('.') + 1, 200));
    const std::string disclosure = card.text.substr(jwt.size() + 1);
    traces.push_back(disclosure.substr(0, disclosure.find('~')));
    add_key(card.key->public_key());
  }
  add_key(asked.keys[0]->public_key());
  const std::string mdoc(photo_id.json.at("credentials").at(0).at("credential").as_string());
  traces.push_back(mdoc.substr(0, 400));
  traces.push_back(mdoc.substr(mdoc.size() - 400));
  log::flush();
  CHECK(count_found(w.directory_.path(), {w.shop.id}) > 0);  // the database is among the files
  CHECK(count_found(w.directory_.path(), traces) == 0);
}

// RFC 6749, sections 10.3 and 10.4: whoever reads the server's files cannot come in.
TEST_CASE("what lets in stands in no file of the server: neither codes nor tokens nor a request_uri") {
  static_cast<void>(world().approved_case());
  const CodeFlow flow(world());
  const std::string uri = flow.request_uri();
  const std::string code = flow.code(flow.world.holder), open_code = flow.code(flow.world.holder);
  const Reply token = flow.token(flow.code_fields(code));
  REQUIRE(token.status() == 200);
  const Reply next = flow.token(flow.refresh_fields(token.text("refresh_token")));
  REQUIRE(next.status() == 200);
  log::flush();
  CHECK(count_found(flow.world.directory_.path(), {"test-wallet"}) > 0);  // the database is among the files
  CHECK(count_found(flow.world.directory_.path(),
                    {uri.substr(uri.rfind(':') + 1), code, open_code, token.text("access_token"),
                     token.text("refresh_token"), next.text("access_token"), next.text("refresh_token")}) == 0);
}

TEST_CASE("the search for traces finds every form of a key that is there") {
  const TempDir folder;
  for (const std::string& trace : sent_key_traces()) {
    folder.write("planted", "before " + trace + " after");
    CHECK(count_found(folder.path(), {trace}) == 1);
  }
  // The form in which a line of the PEM would be kept is a part of the PEM.
  const auto traces = sent_key_traces();
  CHECK(sent_private_pem().find(traces[4]) != std::string::npos);
  CHECK(sent_private_pem().find(traces[5]) != std::string::npos);
}

}  // namespace mibun::server
