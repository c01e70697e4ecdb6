#include "core/webauthn/rp_id.h"

#include "core/codecs/url.h"

namespace mibun::webauthn {

Status check_rp_id_for_origin(std::string_view rp_id, std::string_view origin) {
  const auto url = HttpsUrl::parse(origin);
  if (!url || url->origin() != origin) {
    return fail(ErrorCode::webauthn_rp_id_mismatch, "origin", "not an https origin");
  }
  const std::string_view host = url->host();
  if (host == rp_id) return {};
  const bool address = host.back() >= '0' && host.back() <= '9';  // 127.0.0.1 has no domains above it
  const bool below = !address && rp_id.find('.') != std::string_view::npos && host.size() > rp_id.size() &&
                     host.ends_with(rp_id) && host[host.size() - rp_id.size() - 1] == '.';
  if (below) return {};
  return fail(ErrorCode::webauthn_rp_id_mismatch, "rp.id", "the id does not belong to the origin");
}

}  // namespace mibun::webauthn
