#include "server/api/page_policy.h"

namespace mibun::server {

HttpHeader page_policy(std::string_view images) {
  return {"Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src " + std::string(images) +
              "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
              "require-trusted-types-for 'script'; trusted-types 'none'"};
}

}  // namespace mibun::server
