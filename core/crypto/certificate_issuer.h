#pragma once

#include <string>

#include "core/crypto/certificate.h"

namespace mibun::crypto {

// Who signed the certificate, as it says: RFC 2253 text in UTF-8, for showing. Nothing is proved by it.
std::string issuer_text(const Certificate& certificate);

}  // namespace mibun::crypto
