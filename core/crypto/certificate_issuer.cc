#include "core/crypto/certificate_issuer.h"

#include "core/crypto/certificate_parts.h"

namespace mibun::crypto {

std::string issuer_text(const Certificate& certificate) {
  return name_text(certificate.parts().issuer_der).value_or("");  // it was read as a name before
}

}  // namespace mibun::crypto
