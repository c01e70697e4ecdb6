#pragma once

// X.509 as a whole: certificates, making them, and whom to trust.

#include "core/crypto/ca_certificate.h"    // IWYU pragma: export
#include "core/crypto/certificate.h"       // IWYU pragma: export
#include "core/crypto/certificate_make.h"  // IWYU pragma: export
#include "core/crypto/trust_anchors.h"     // IWYU pragma: export
