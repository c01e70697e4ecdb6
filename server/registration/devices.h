#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/fido/verify.h"
#include "server/registration/store.h"

// What a person is told of the devices that their account has and had. Nothing here decides anything: an authenticator
// says of itself what it likes.
namespace mibun::server {

// `transports`: as the browser told; only WebAuthn's own words are kept, each once.
Authenticator authenticator_of(const fido::RegisteredCredential& credential,
                               const std::vector<std::string>& transports);

// Days since 1970 by Japan's calendar: when a device was last used is kept no finer than that.
std::int64_t day_in_japan(Instant now);

// {"since"?, "last_used_on"?, "aaguid"?, "transports"?, "backup_eligible", "backed_up"?, "moved_at"?}; aaguid as in
// "6898...-....": only where the authenticator says which model it is.
json::Object to_json(const registration_store::DeviceRow& device);

}  // namespace mibun::server
