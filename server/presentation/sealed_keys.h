#pragma once

#include <string>
#include <string_view>

// For files in server/presentation only: under which names Trust::seal_key keeps what a request needs.
namespace mibun::server {

inline std::string decryption_key_name(std::string_view request_id) {
  return "request|" + std::string(request_id);
}
inline std::string pairing_code_name(std::string_view request_id) {
  return "pairing|" + std::string(request_id);
}

}  // namespace mibun::server
