#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::webauthn {

inline constexpr std::size_t kClientDataBytesMax = 8 * 1024;

enum class Ceremony { create, get };
std::string_view to_string(Ceremony ceremony);  // "webauthn.create", "webauthn.get"

// What the client (a browser, our terminal wallet) says it was doing: WebAuthn Level 3, section 5.8.1.
//   {"type": "webauthn.create", "challenge": base64url, "origin": "https://...", "crossOrigin": false, "topOrigin":
//   ...}
class ClientData {
 public:
  // Members we do not know are ignored: browsers add some on purpose against comparing with a template.
  // Errors: webauthn_malformed.
  static Result<ClientData> parse(BytesView json);

  const std::string& type() const { return type_; }
  const Bytes& challenge() const { return challenge_; }
  const std::string& origin() const { return origin_; }
  bool cross_origin() const { return cross_origin_; }
  const std::optional<std::string>& top_origin() const { return top_origin_; }

  // Origins compare byte by byte. Errors, in this order: webauthn_type_mismatch, webauthn_challenge_mismatch,
  // webauthn_origin_mismatch, webauthn_cross_origin (crossOrigin true, or any topOrigin: nobody embeds us).
  Status check(Ceremony expected, BytesView challenge, std::span<const std::string> origins) const;

 private:
  ClientData() = default;
  std::string type_, origin_;
  Bytes challenge_;
  bool cross_origin_ = false;
  std::optional<std::string> top_origin_;
};

// The JSON text a same-origin client makes: section 5.8.1.1.
std::string make_client_data(Ceremony ceremony, BytesView challenge, std::string_view origin);

}  // namespace mibun::webauthn
