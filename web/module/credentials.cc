#include "web/module/device.h"
#include "web/module/taken.h"

namespace mibun::web {
namespace {

Result<std::string> ask(PasskeyKind kind, const std::string& options) {
  const int size = page_passkey(static_cast<int>(kind), options.data(), options.size());
  if (size >= 0) return taken(size);
  if (static_cast<PasskeyFailure>(size) == PasskeyFailure::without_prf) {
    return fail(ErrorCode::unavailable, "passkey.prf", "this device's passkeys cannot keep the wallet's keys");
  }
  if (static_cast<PasskeyFailure>(size) == PasskeyFailure::refused) {
    return fail(ErrorCode::wallet_user_verification_failed, "passkey");
  }
  return fail(ErrorCode::unavailable, "passkey", "the browser gave no answer");
}

}  // namespace

Result<std::string> PageCredentials::create(const std::string& creation_options) {
  return ask(PasskeyKind::create, creation_options);
}

Result<std::string> PageCredentials::get(const std::string& request_options) {
  return ask(PasskeyKind::get, request_options);
}

}  // namespace mibun::web
