#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/receipt/receipt.h"
#include "tests/support/test_pki.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

// A device in memory: keys and records in maps, a network that is a function, a holder who is there or not.
namespace mibun::wallet {

class TestKeys final : public KeyStore {
 public:
  Result<KeyId> make_key() override {
    if (broken) return fail(ErrorCode::io_error, "key");
    KeyId id{"key" + std::to_string(1000 + ++made)};  // none is a part of another
    keys[id.value] = std::make_unique<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate());
    return id;
  }
  Result<const crypto::P256Signer*> signer(const KeyId& key) override {
    MIBUN_TRY(const crypto::P256PrivateKey* found, find(key));
    return found;
  }
  Result<const crypto::KeyAgreement*> key_agreement(const KeyId& key) override {
    MIBUN_TRY(const crypto::P256PrivateKey* found, find(key));
    return found;
  }
  Status destroy_key(const KeyId& key) override {
    if (broken) return fail(ErrorCode::io_error, "key");
    keys.erase(key.value);
    return {};
  }
  bool broken = false;
  int made = 0;
  std::map<std::string, std::unique_ptr<crypto::P256PrivateKey>> keys;

 private:
  Result<const crypto::P256PrivateKey*> find(const KeyId& key) const {
    const auto found = keys.find(key.value);
    if (found == keys.end()) return fail(ErrorCode::not_found, "key");
    return found->second.get();
  }
};

class TestStore final : public Store {
 public:
  Result<std::string> read(std::string_view name) override {
    const auto found = records.find(name);
    if (found == records.end()) return fail(ErrorCode::not_found, std::string(name));
    return found->second;
  }
  Status write(std::string_view name, std::string_view value) override {
    if (broken || writes_left == 0) return fail(ErrorCode::io_error, std::string(name));
    if (writes_left > 0) --writes_left;
    records.insert_or_assign(std::string(name), std::string(value));
    return {};
  }
  Status remove(std::string_view name) override {
    if (broken) return fail(ErrorCode::io_error, std::string(name));
    records.erase(std::string(name));
    return {};
  }
  Result<std::vector<std::string>> names(std::string_view prefix) override {
    std::vector<std::string> found;
    for (const auto& [name, value] : records) {
      if (name.starts_with(prefix)) found.push_back(name);
    }
    return found;
  }
  bool broken = false;
  int writes_left = -1;  // until it breaks; negative: it does not
  std::map<std::string, std::string, std::less<>> records;
};

class TestHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest& request) override {
    sent.push_back(request);
    return answer(request);
  }
  std::function<Result<HttpResponse>(const HttpRequest&)> answer = [](const HttpRequest&) {
    return Result<HttpResponse>(fail(ErrorCode::http_connect_failed));
  };
  std::vector<HttpRequest> sent;
};

class TestHolder final : public UserVerifier {
 public:
  explicit TestHolder(const Clock& clock) : clock_(clock) {}
  Result<webauthn::UserVerification> verify_user(std::string_view) override {
    ++asked;
    return prove();
  }
  Result<webauthn::UserVerification> verify_user_again(std::string_view) override {
    ++asked_again;
    if (before_again) before_again();
    return prove();
  }
  bool present = true;
  milliseconds age{0};  // of the proof that is given
  int asked = 0, asked_again = 0;
  std::function<void()> before_again;

 private:
  Result<webauthn::UserVerification> prove() {
    if (!present) return fail(ErrorCode::wallet_user_verification_failed, "test");
    return verified(clock_.now() - age);
  }
  const Clock& clock_;
};

struct TestDevice {
  ManualClock clock{kTestNow};
  SeededRng rng{7};
  TestKeys keys;
  TestStore store;
  TestHttp http;
  TestHolder holder{clock};
  Host host{http, keys, store, holder, clock, rng};

  // As registration leaves it.
  Profile make_profile() {
    Profile profile;
    profile.origin = "https://wallet.example";
    profile.rp_id = "wallet.example";
    profile.account_id = "account";
    profile.device_key = must(keys.make_key());
    profile.history_key = must(keys.make_key());
    profile.credential_id = rng.bytes(32);
    profile.user_handle = rng.bytes(16);
    profile.key_thumbprint = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
    profile.revocation_code = "CODE";
    profile.registered_at = clock.now();
    must(save_profile(store, profile));
    return profile;
  }
};

inline HttpResponse json_response(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

// The server's own API: assertions are begun as the server does, everything else is `handle`'s.
struct TestServer {
  std::function<Result<HttpResponse>(const HttpRequest&)> handle;
  bool is_up = true;

  Result<HttpResponse> operator()(const HttpRequest& request) const {
    if (!is_up) return fail(ErrorCode::http_connect_failed);
    if (request.url.ends_with("/api/v1/assertions")) {
      return json_response(
          201,
          R"({"assertion_id":"a1","public_key":{"challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                              "timeout":60000,"rpId":"wallet.example","allowCredentials":[],"userVerification":"required"}})");
    }
    return handle(request);
  }
};

inline std::string pem_list(const TestAuthority& authority) {
  json::Array list;
  list.emplace_back(authority.root.pem());
  return json::serialize(json::Value(list));
}

}  // namespace mibun::wallet
