#include "tests/server/killed/stage.h"

#include <filesystem>

#include "core/jose/jwk.h"

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
  world_.app.reset();
  write_config();
}

void Stage::write_config() {
  json::Array staff, clients;
  for (const Program* one : {&world_.akari, &world_.minoru, &world_.sora}) {
    staff.push_back(
        json::Object{{"client_id", one->id}, {"name", one->id}, {"jwk", jose::Jwk(one->key->public_key()).to_json()}});
  }
  json::Object config;
  config["staff"] = std::move(staff);
  config["csca_pem_files"] = json::Array{json::Value(world_.directory_.write("csca.pem", world_.config.csca_pem[0]))};
  config["wallet_provider_pem_files"] =
      json::Array{json::Value(world_.directory_.write("provider.pem", world_.config.wallet_provider_pem[0]))};
  config["unencrypted_answers"] = true;
  config_file_ = world_.directory_.write("config.json", json::serialize(config));
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
