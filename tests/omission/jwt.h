#pragma once

#include <string>
#include <string_view>

#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "tests/omission/text_mutator.h"
#include "tests/omission/trial.h"

namespace mibun::omission {

// Header and payload of a compact JWT as texts.
struct JwtParts {
  std::string header, payload;
  static JwtParts of(std::string_view compact);
};

// A text claim of the payload, whoever signed it; empty when there is none. For weakened policies, which believe it.
std::string claimed(std::string_view compact, std::string_view name);

// Signed as it is, whatever it says; with ES256.
std::string sign_jwt(std::string_view header, std::string_view payload, const crypto::P256PrivateKey& key);

// Each change of the header and of the payload, signed again with `key`; then the parts, every beginning and every
// byte. `jwt` was signed with `key`.
void mutate_jwt(Trial& trial, const std::string& place, const std::string& jwt, const crypto::P256PrivateKey& key,
                const VerifyText& verify);
// Without parts, beginnings and bytes: for a JWT inside another artefact, which changes them itself.
void mutate_jwt_members(Trial& trial, const std::string& place, const JwtParts& parts,
                        const std::function<Status(const JwtParts&)>& verify);

}  // namespace mibun::omission
