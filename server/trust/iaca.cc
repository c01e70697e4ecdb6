#include "server/trust/iaca.h"

#include <algorithm>
#include <charconv>

#include "core/crypto/mdoc_certificates.h"
#include "server/trust/trust.h"

namespace mibun::server {
namespace {

constexpr auto kIacaLifetime = std::chrono::days(3650);
constexpr auto kSignerLifetime = std::chrono::days(450);
constexpr auto kSignerReserve = std::chrono::days(100);  // a card lives for 90 days, within its signer's certificate
// A card says that it was signed at the beginning of a day, which must lie within its signer's certificate.
constexpr auto kBackdate = std::chrono::hours(24) + kCertificateBackdate;

// `generation`: of the root that signs it.
crypto::MdocCertificateRequest names_of(const HttpsUrl& origin, std::string common_name, std::uint32_t generation,
                                        Instant now) {
  crypto::MdocCertificateRequest request;
  request.common_name = std::move(common_name);
  request.organization = "mibun";
  request.not_before = now - kBackdate;
  request.crl_uri = origin.origin() + iaca_crl_path(generation);
  return request;
}

std::string path_of(std::string_view stem, std::uint32_t generation) {
  const std::string path = "/.well-known/" + std::string(stem);
  return generation == 1 ? path + ".crl" : path + "-crl/" + std::to_string(generation);
}

}  // namespace

std::string iaca_crl_path(std::uint32_t generation) {
  return path_of("mibun-iaca", generation);
}

std::string issuer_crl_path(std::uint32_t generation) {
  return path_of("mibun-issuer", generation);
}

std::string readers_crl_path(std::uint32_t generation) {
  return path_of("mibun-readers", generation);
}

Result<std::uint32_t> parse_crl_generation(std::string_view text) {
  std::uint32_t generation = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), generation);
  if (error != std::errc() || generation < 2 || std::to_string(generation) != text) {
    return fail(ErrorCode::route_not_found, "generation");
  }
  return generation;
}

PairSpec document_signer_spec(const HttpsUrl& origin) {
  return {.root = "iaca-root",
          .leaf = "document-signer",
          .reserve = kSignerReserve,
          .backdate = kBackdate,
          .certify_root =
              [origin](const crypto::P256Signer& key, std::uint32_t generation, Instant now) {
                auto request = names_of(origin, "mibun IACA", generation, now);
                request.not_after = now + kIacaLifetime;
                request.issuer_uri = origin.origin();
                return crypto::make_iaca_certificate(request, key);
              },
          .certify_link =
              [](const crypto::Certificate& newer, const Root& older, Instant now) {
                const Instant until = std::min(newer.not_after(), older.certificate.not_after());
                return crypto::make_iaca_link_certificate(newer, older.certificate, *older.signer, now - kBackdate,
                                                          until);
              },
          .certify_leaf =
              [origin](const crypto::P256PublicKey& key, const Root& root, Instant now) {
                auto request = names_of(origin, "mibun document signer", root.generation, now);
                request.not_after = now + kSignerLifetime;
                return crypto::make_document_signer_certificate(request, key, root.certificate, *root.signer);
              }};
}

}  // namespace mibun::server
