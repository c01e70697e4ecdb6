#pragma once

#include "core/codecs/base64url.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/move_link.h"
#include "wallet/steps/steps.h"

namespace mibun::server {

// A device with nothing on it, talking to the whole server.
struct EmptyDevice {
  EmptyDevice() {
    TestWorld& w = world();
    device.clock.advance(w.clock.now() - device.clock.now());
    device.rng = SeededRng(std::hash<std::string>{}(base64url::encode(w.rng.bytes(16))));
    talk_to(w, device);
  }
  wallet::TestDevice device;
  wallet::Steps steps{device.host};
};

inline json::Object step(wallet::Steps& steps, std::string_view name, std::string_view arguments = "{}") {
  return must(steps.run(name, must(json::parse_object(arguments))));
}
inline Result<json::Object> attempt(wallet::Steps& steps, std::string_view name, std::string_view arguments = "{}") {
  return steps.run(name, must(json::parse_object(arguments)));
}
// The server's own word, where the wallet was refused.
template <typename T>
std::string refusal(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code == ErrorCode::wallet_server_refused ? result.error().where
                                                                 : std::string(to_string(result.error().code));
}

inline std::string text_of(const json::Object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

// Five devices that know where the move is and not its secret.
inline void guess_five_times(wallet::MoveLink link) {
  for (int i = 0; i < 5; ++i) {
    link.secret = world().rng.bytes(32);
    EmptyDevice thief;
    step(thief.steps, "open_move", json::serialize(json::Object{{"link", link.to_text()}}));
    CHECK(refusal(attempt(thief.steps, "join_move", R"({"name":"x"})")) == "move_not_found");
  }
}

// The old wallet with a proven identity, and the new device.
struct Move {
  explicit Move(RegisteredWallet::Case wanted = RegisteredWallet::Case::approved) : old(wanted) {
    // Tests share one server: what this device makes up is its own.
    old.device.rng = SeededRng(std::hash<std::string>{}(old.account.account_id));
    // The wallet destroys its keys at the end; whoever copied this one before still has it.
    const SecretBytes scalar = old.account.key->scalar();
    old.account.key =
        std::make_shared<crypto::P256PrivateKey>(must(crypto::P256PrivateKey::from_scalar(scalar.reveal())));
  }

  std::string begin() {
    link = text_of(step(old_steps, "begin_move"), "link");
    return link;
  }
  std::string link_argument() const { return json::serialize(json::Object{{"link", link}}); }
  void join() {
    step(fresh.steps, "open_move", link_argument());
    step(fresh.steps, "join_move", R"({"name":"Android"})");
  }
  // Both numbers, as they are shown.
  std::pair<std::string, std::string> compare() {
    const std::string on_old = text_of(step(old_steps, "move_state"), "number");
    return {on_old, text_of(step(fresh.steps, "await_move"), "number")};
  }
  void until_compared() {
    begin();
    join();
    compare();
  }
  // As a copy of the old device might, which keeps everything that it had.
  Reply confirm_by_hand(const std::string& unit_key) {
    old.account.counter = must(wallet::load_profile(old.device.store)).counter;
    Reply reply =
        world().send(world().account_request(old.account, "POST", "/api/v1/moves/" + move_id() + "/confirmation",
                                             json::serialize(json::Object{{"unit_key", unit_key}})));
    auto profile = must(wallet::load_profile(old.device.store));
    profile.counter = old.account.counter;
    must(wallet::save_profile(old.device.store, profile));
    return reply;
  }
  std::string new_key() {
    const json::Object record = must(json::parse_object(must(fresh.device.store.read("move.new"))));
    return text_of(record.at("profile").as_object(), "key_thumbprint");
  }
  std::string move_id() const {
    const std::size_t at = link.find("move=", 12) + 5;
    return link.substr(at, link.find('&', at) - at);
  }

  RegisteredWallet old;
  wallet::Steps old_steps{old.device.host};
  EmptyDevice fresh;
  std::string link;
};

}  // namespace mibun::server
