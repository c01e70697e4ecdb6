#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "platform/http/client.h"

namespace mibun::cli {

// How a partner's or a reviewer's program signs in: private_key_jwt (RFC 7523) for a DPoP-bound token (RFC 9449), then
// a proof with every request. The DPoP key lives as long as this object.
class ApiClient {
 public:
  struct Identity {
    std::string server;     // origin
    std::string trust_pem;  // the roots to trust
    std::string client_id;
    std::string key_file;  // private JWK
  };
  // Errors: io_error, private_key_malformed, jwk_*, url_*.
  static Result<ApiClient> open(const Identity& identity, const Clock& clock, Rng& rng);

  struct Answer {
    int status = 0;
    json::Object body;
  };
  // Errors: http_*, and wallet_server_refused with the server's code in `where` and its sentence in `detail`.
  Result<Answer> send(std::string_view method, std::string_view target, const std::string& body = {});

 private:
  ApiClient(Identity identity, crypto::P256PrivateKey client_key, http::Destinations server, const Clock& clock,
            Rng& rng);
  Status sign_in();
  Identity identity_;
  crypto::P256PrivateKey client_key_, dpop_key_;
  const Clock* clock_;
  Rng* rng_;
  http::Client http_;
  std::string token_;
};

// Files that commands read and leave behind. Errors: io_error, not_found.
Result<std::string> read_text_file(const std::string& path);
Status write_text_file(const std::string& path, std::string_view text);

}  // namespace mibun::cli
