#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "platform/http/client.h"
#include "wallet/host.h"

// A wallet's device in memory, whose holder agrees to everything: for load, where nobody sits in front.
namespace mibun::cli {

class MemoryKeys final : public wallet::KeyStore {
 public:
  Result<wallet::KeyId> make_key() override;
  Result<const crypto::P256Signer*> signer(const wallet::KeyId& key) override;
  Result<const crypto::KeyAgreement*> key_agreement(const wallet::KeyId& key) override;
  Status destroy_key(const wallet::KeyId& key) override;

 private:
  Result<const crypto::P256PrivateKey*> find(const wallet::KeyId& key) const;
  std::map<std::string, std::unique_ptr<crypto::P256PrivateKey>> keys_;
  std::uint64_t made_ = 0;
};

class MemoryStore final : public wallet::Store {
 public:
  Result<std::string> read(std::string_view name) override;
  Status write(std::string_view name, std::string_view value) override;
  Status remove(std::string_view name) override;
  Result<std::vector<std::string>> names(std::string_view prefix) override;

 private:
  std::map<std::string, std::string, std::less<>> records_;
};

class AgreeingHolder final : public wallet::UserVerifier {
 public:
  explicit AgreeingHolder(const Clock& clock) : clock_(clock) {}
  Result<webauthn::UserVerification> verify_user(std::string_view) override { return verified(clock_.now()); }
  Result<webauthn::UserVerification> verify_user_again(std::string_view) override { return verified(clock_.now()); }

 private:
  const Clock& clock_;
};

// Sends, and remembers how long each answer took.
class TimedHttp final : public wallet::Http {
 public:
  explicit TimedHttp(http::ClientOptions options) : client_(std::move(options)) {}
  Result<HttpResponse> send(const HttpRequest& request) override;
  std::vector<double>& seconds() { return seconds_; }

 private:
  http::Client client_;
  std::vector<double> seconds_;
};

struct MemoryDevice {
  explicit MemoryDevice(http::ClientOptions options) : http(std::move(options)) {}
  SystemClock clock;
  crypto::SystemRng rng;
  MemoryKeys keys;
  MemoryStore store;
  AgreeingHolder holder{clock};
  TimedHttp http;
  wallet::Host host{http, keys, store, holder, clock, rng};
};

}  // namespace mibun::cli
