#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.h"

// For files in platform/pkcs11 only.
namespace mibun::pkcs11 {

// A PKCS#11 module (PKCS #11 v2.40), which is one for the whole process however often it is opened. All calls go one at
// a time, under `mutex`: two threads gain nothing with the tokens that we measured.
class Module {
 public:
  // Loads and initialises it, or shares the one that is. Errors: keyd_token_failed.
  static Result<std::shared_ptr<Module>> load(const std::string& path);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  // Ends and begins it anew, under the mutex: a token that was away is found again. Every session and handle of before
  // is void; `generation` says so to whoever holds some. Errors: keyd_token_failed.
  Status begin_anew();

  const CK_FUNCTION_LIST& calls() const { return *calls_; }
  unsigned generation() const { return generation_; }
  std::mutex& mutex() { return mutex_; }

 private:
  Module() = default;
  Status initialize();

  std::string path_;
  CK_FUNCTION_LIST* calls_ = nullptr;
  bool is_initialized_ = false;
  unsigned generation_ = 0;
  std::mutex mutex_;
};

// keyd_token_failed with the call's name and the number that PKCS #11 gives to `code`.
std::unexpected<Error> token_failure(const char* call, CK_RV code);

}  // namespace mibun::pkcs11
