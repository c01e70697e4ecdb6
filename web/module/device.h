#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/crypto/hash.h"
#include "wallet/passkey.h"

// The browser as the device that a wallet lives on: wallet/host.h, by the imports of the page.
namespace mibun::web {

class PageClock final : public Clock {
 public:
  Instant now() const override;
};

class PageHttp final : public wallet::Http {
 public:
  // Errors: http_connect_failed, http_timeout, http_redirect_refused, http_response_too_large.
  Result<HttpResponse> send(const HttpRequest& request) override;
};

class PageStore final : public wallet::Store {
 public:
  Result<std::string> read(std::string_view name) override;
  Status write(std::string_view name, std::string_view value) override;
  Status remove(std::string_view name) override;
  Result<std::vector<std::string>> names(std::string_view prefix) override;
};

// A key of the vault: here there is only its number.
class VaultKey final : public crypto::P256Signer, public crypto::KeyAgreement {
 public:
  VaultKey(int number, const crypto::P256PublicKey& public_key) : number_(number), public_key_(public_key) {}
  ~VaultKey() override;
  VaultKey(const VaultKey&) = delete;
  VaultKey& operator=(const VaultKey&) = delete;
  crypto::P256PublicKey public_key() const override { return public_key_; }
  Result<crypto::P256Signature> sign(BytesView message) const override;
  Result<SecretBytes> agree(const crypto::P256PublicKey& peer) const override;

 private:
  int number_;
  crypto::P256PublicKey public_key_;
};

class VaultKeys final : public wallet::KeyStore {
 public:
  explicit VaultKeys(Rng& rng) : rng_(rng) {}
  Result<wallet::KeyId> make_key() override;
  Result<const crypto::P256Signer*> signer(const wallet::KeyId& key) override;
  Result<const crypto::KeyAgreement*> key_agreement(const wallet::KeyId& key) override;
  Status destroy_key(const wallet::KeyId& key) override;

 private:
  Result<const VaultKey*> open(const std::string& id);
  Rng& rng_;
  std::map<std::string, std::unique_ptr<VaultKey>> opened_;
};

class PageCredentials final : public wallet::CredentialsContainer {
 public:
  explicit PageCredentials(std::string origin) : origin_(std::move(origin)) {}
  Result<std::string> create(const std::string& creation_options) override;
  Result<std::string> get(const std::string& request_options) override;
  std::string origin() const override { return origin_; }

 private:
  std::string origin_;
};

// All of it. `origin`: of the page.
class Device {
 public:
  explicit Device(std::string origin) : credentials_(std::move(origin)) {}
  wallet::Host host() { return {http_, keys_, store_, passkey_, clock_, rng_, &passkey_}; }

 private:
  PageClock clock_;
  crypto::SystemRng rng_;
  PageHttp http_;
  PageStore store_;
  VaultKeys keys_{rng_};
  PageCredentials credentials_;
  wallet::Passkey passkey_{credentials_, store_, clock_, rng_};
};

}  // namespace mibun::web
