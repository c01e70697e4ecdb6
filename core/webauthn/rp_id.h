#pragma once

#include <string_view>

#include "core/base/result.h"

namespace mibun::webauthn {

// What a client checks before it lets a site use a relying party id: WebAuthn Level 3, section 5.1.4.1.
// `origin` is https and its host is the id, or the id has a dot and the host is a name below it.
// Errors: webauthn_rp_id_mismatch.
Status check_rp_id_for_origin(std::string_view rp_id, std::string_view origin);

}  // namespace mibun::webauthn
