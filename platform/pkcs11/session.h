#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/secret.h"
#include "platform/pkcs11/module.h"
#include "platform/pkcs11/token.h"

// For files in platform/pkcs11 only.
namespace mibun::pkcs11 {

// PKCS #11 takes everything by pointers that are not const; nothing here is written to.
template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const T& value) {
  return {type, const_cast<T*>(&value), sizeof(T)};
}
inline CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const std::string& text) {
  return {type, const_cast<char*>(text.data()), text.size()};
}
inline CK_BYTE* bytes_of(BytesView bytes) {
  return const_cast<CK_BYTE*>(bytes.data());
}
inline constexpr CK_BBOOL kYes = CK_TRUE, kNo = CK_FALSE;

inline Status check(const char* call, CK_RV code) {
  if (code != CKR_OK) return token_failure(call, code);
  return {};
}

// A session with one token, logged in; there is one for each token in this process, so that a PIN that was refused is
// sent once, whoever asks.
class Session {
 public:
  // Finds the token and logs in, or shares the session that is.
  static Result<std::shared_ptr<Session>> open(const TokenPlace& place, SecretBytes pin);
  Session(const Session&) = delete;
  ~Session();

  // Runs `work`(CK_SESSION_HANDLE) -> Status in a session that is logged in, under the module's mutex; again in a new
  // one, and again in a new module, as long as the token fails.
  template <class Work>
  Status run(const Work& work) {
    const std::lock_guard lock(module_->mutex());
    Status done;
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (attempt == 2) {
        if (done = module_->begin_anew(); !done) return done;
      }
      done = ensure();
      if (done) done = work(*session_);
      if (done || done.error().code != ErrorCode::keyd_token_failed || is_pin_refused_) return done;
      close();
    }
    return done;
  }

  // All below: inside run().
  const CK_FUNCTION_LIST& calls() const { return module_->calls(); }
  // An empty label: all objects of that owner.
  Result<std::vector<CK_OBJECT_HANDLE>> find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const KeyName& name);
  // Sorted.
  Result<std::vector<std::string>> labels(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const std::string& owner);
  // And looks for them again.
  Status destroy(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const KeyName& name);
  // The one object of that name, which passed `is_good`(session, handle) -> Status when it was first found in this
  // session. Errors: not_found, keyd_integrity_error (two of them).
  template <class IsGood>
  Result<CK_OBJECT_HANDLE> key(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const KeyName& name,
                               const IsGood& is_good) {
    const Known known{kind, name.owner, name.label};
    if (const auto found = keys_.find(known); found != keys_.end()) return found->second;
    MIBUN_TRY(const CK_OBJECT_HANDLE object, only(session, kind, name));
    MIBUN_CHECK(is_good(session, object));
    keys_.emplace(known, object);
    return object;
  }
  // What was put into the token from outside, or could be read once, may be known to somebody.
  Status check_made_here(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const std::string& label);

 private:
  using Known = std::tuple<CK_OBJECT_CLASS, std::string, std::string>;

  Session(TokenPlace place, SecretBytes pin, std::shared_ptr<Module> module)
      : place_(std::move(place)), pin_(std::move(pin)), module_(std::move(module)) {}
  Status ensure();
  void close();
  Result<CK_SLOT_ID> find_slot();
  Result<CK_OBJECT_HANDLE> only(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const KeyName& name);

  const TokenPlace place_;
  const SecretBytes pin_;
  const std::shared_ptr<Module> module_;
  std::optional<CK_SESSION_HANDLE> session_;
  unsigned generation_ = 0;  // the module's, when the session was opened
  bool is_pin_refused_ = false;
  std::map<Known, CK_OBJECT_HANDLE> keys_;  // of this session
};

}  // namespace mibun::pkcs11
