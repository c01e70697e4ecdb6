#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/crypto/p256.h"
#include "core/webauthn/user_verification.h"

// What the wallet needs from the device it lives on. Natively: files sealed by a passphrase, libcurl, the system clock.
// In the browser: IndexedDB, fetch, keys wrapped by the passkey. The wallet knows these interfaces and nothing else.
namespace mibun::wallet {

class Http {
 public:
  virtual ~Http() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

// A card key or the device key, by name; its bytes never come out.
struct KeyId {
  std::string value;
  friend bool operator==(const KeyId&, const KeyId&) = default;
};

class KeyStore {
 public:
  virtual ~KeyStore() = default;
  virtual Result<KeyId> make_key() = 0;
  // Valid until the store is locked. Errors: not_found, wallet_locked.
  virtual Result<const crypto::P256Signer*> signer(const KeyId& key) = 0;
  virtual Result<const crypto::KeyAgreement*> key_agreement(const KeyId& key) = 0;
  // Durable when it returns. A key that is gone already is no error: whoever was cut off in the middle begins again.
  virtual Status destroy_key(const KeyId& key) = 0;
};

// Records by name, sealed at rest; a write is durable when it returns.
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::string> read(std::string_view name) = 0;  // not_found
  virtual Status write(std::string_view name, std::string_view value) = 0;
  virtual Status remove(std::string_view name) = 0;
  virtual Result<std::vector<std::string>> names(std::string_view prefix) = 0;  // sorted
};

// Asks the person. The terminal prints and reads; the web app draws.
class UserVerifier : public webauthn::UserVerifier {
 public:
  // Proves that the holder is at the device (passphrase, biometrics); unlocking a moment ago is good enough.
  // Errors: wallet_user_verification_failed, cancelled.
  virtual Result<webauthn::UserVerification> verify_user(std::string_view reason) = 0;
  // Asks now, whatever was proved before: the person has just read what it is for. Errors: the same.
  virtual Result<webauthn::UserVerification> verify_user_again(std::string_view reason) = 0;
};

class Passkey;  // passkey.h

struct Host {
  Http& http;
  KeyStore& keys;
  Store& store;
  UserVerifier& user;
  const Clock& clock;
  Rng& rng;
  // Where the device has passkeys, one is the account's credential; otherwise the wallet has a device key of its own.
  Passkey* passkey = nullptr;
};

}  // namespace mibun::wallet
