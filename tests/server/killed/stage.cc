#include "tests/server/killed/stage.h"

#include <filesystem>

#include "core/jose/jwk.h"
#include "platform/files/files.h"

namespace mibun::server {

Stage::Stage() : world_({}, SystemClock().now()) {
  model_.people = {{.device = world_.holder, .case_id = {}}, {.device = world_.stranger, .case_id = {}}};
  for (const bool approved : {false, true}) {
    Person person{.device = world_.register_device(), .case_id = {}};
    person.case_id = approved ? world_.approve(person.device) : world_.case_in_review(person.device);
    person.case_state = approved ? "approved" : "in_review";
    if (approved) person.cards = world_.receive(world_.redeem(world_.offer_of(person.device, person.case_id)), 2);
    model_.people.push_back(std::move(person));
  }
  for (int i = 0; i < 2; ++i) share_with_shop(model_.people.back().cards.at(0));
  world_.app.reset();
  const auto akari = std::make_shared<const crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  const auto minoru = std::make_shared<const crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
  model_.vault_key_of_akari = akari;
  model_.vault_key_of_minoru = minoru;
  config_file_ = write_stage_config(*akari, *minoru);
}

// With a wallet of somebody else's, and a law that keeps names.
std::string Stage::write_stage_config(const crypto::P256PrivateKey& akari, const crypto::P256PrivateKey& minoru) const {
  const Bytes text = must(files::read_file(write_server_config(world_), 1 << 20));
  json::Object config = must(json::parse_object(as_text(text)));
  json::Array redirect_uris{json::Value("https://wallet.example/cb")}, clients, duties, keys;
  json::Object client{{"client_id", "test-wallet"}, {"name_ja", "テストウォレット"}, {"name_en", "Test wallet"}};
  client["redirect_uris"] = std::move(redirect_uris);
  clients.push_back(std::move(client));
  config["wallet_clients"] = std::move(clients);
  json::Object duty{{"id", "proceeds-6-2"},
                    {"law", "犯罪による収益の移転防止に関する法律"},
                    {"article", "第6条第2項"},
                    {"controller", "むすび商店"},
                    {"years", 7},
                    {"from", "2020-04-01"}};
  duty["fields"] = json::Array{json::Value("family_name"), json::Value("birthdate")};
  duties.push_back(std::move(duty));
  keys.push_back(json::Object{{"client_id", world_.akari.id}, {"jwk", jose::Jwk(akari.public_key()).to_json()}});
  keys.push_back(json::Object{{"client_id", world_.minoru.id}, {"jwk", jose::Jwk(minoru.public_key()).to_json()}});
  json::Object hold;
  hold["duties"] = std::move(duties);
  hold["keys"] = std::move(keys);
  config["legal_hold"] = std::move(hold);
  return world_.directory_.write("stage-config.json", json::serialize(config));
}

void Stage::share_with_shop(const HeldCard& card) {
  Request request{.asked = world_.ask(world_.shop), .phase = Request::Phase::taken};
  const std::string redirect =
      world_.send_well(world_.answer(request.asked, world_.answer_form(world_.fetch(request.asked), card)), 200)
          .text("redirect_uri");
  request.response_code = redirect.substr(redirect.find('=') + 1);
  const json::Object claim = world_.claim(request.asked.session_secret, request.response_code);
  request.receipt = world_.send_well(world_.take(world_.shop, request.asked.id, claim), 200).text("consent_receipt");
  model_.requests.push_back(std::move(request));
}

std::string write_server_config(const TestWorld& world) {
  json::Array staff, anchors;
  for (const Program* one : {&world.akari, &world.minoru, &world.sora}) {
    staff.push_back(
        json::Object{{"client_id", one->id}, {"name", one->id}, {"jwk", jose::Jwk(one->key->public_key()).to_json()}});
  }
  json::Object config;
  config["staff"] = std::move(staff);
  for (const std::string& pem : world.config.csca_pem) {
    anchors.push_back(json::Value(world.directory_.write("csca-" + std::to_string(anchors.size()) + ".pem", pem)));
  }
  config["csca_pem_files"] = std::move(anchors);
  config["wallet_provider_pem_files"] =
      json::Array{json::Value(world.directory_.write("provider.pem", world.config.wallet_provider_pem[0]))};
  config["unencrypted_answers"] = true;
  return world.directory_.write("config.json", json::serialize(config));
}

std::string Stage::new_data(const std::string& name) const {
  const std::string data = world_.directory_.file(name);
  std::filesystem::create_directories(std::filesystem::path(data).parent_path());
  std::filesystem::copy(world_.data_directory(), data, std::filesystem::copy_options::recursive);
  for (const char* folder : {"", "/keyd", "/keys"}) {
    std::filesystem::permissions(data + folder, std::filesystem::perms::owner_all);
  }
  return data;
}

void Stage::talk_to(const ServerProcess& server, const std::string& data_directory) {
  wire_ = std::make_unique<Wire>(server.port(), data_directory + "/keys/tls-root.crt");
  world_.elsewhere = [this](const TestRequest& request) {
    const Instant now = SystemClock().now();
    world_.clock.advance(now - world_.clock.now());
    return wire_->send(request);
  };
}

}  // namespace mibun::server
