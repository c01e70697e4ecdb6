#include "server/partners/service.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/jose/jws.h"
#include "core/oid4vp/request.h"
#include "platform/log/log.h"
#include "server/partners/identity.h"

namespace mibun::server {
namespace {

constexpr auto kRegistrationLifetime = std::chrono::hours(24 * 365);
constexpr std::size_t kIdBytes = 16;
constexpr auto kOpenedLifetime = std::chrono::minutes(1);
constexpr std::size_t kOpenedMax = 1000;
constexpr auto kCertificateReserve = std::chrono::days(30);
constexpr std::string_view kNotAllowed = "this gateway's configuration does not allow it (client_id_prefixes)";

std::string key_name(std::string_view partner_id) {
  return "partner|" + std::string(partner_id);
}

Result<oid4vp::VerifiedRegistration> verify(const Trust& trust, std::string_view text, Instant now) {
  return oid4vp::VerifiedRegistration::verify(text, trust.registrar_anchors(), now);
}

// Of a registration that was verified when it was stored.
Result<std::string> registration_id_of(std::string_view registration_jwt) {
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(registration_jwt, {.bytes_max = registration_jwt.size()}));
  MIBUN_TRY(const json::Object payload, jws.unverified_payload());
  json::ObjectReader reader(payload, "registration");
  MIBUN_TRY(const std::string_view registration_id, reader.string("registration_id"));
  return std::string(registration_id);
}

}  // namespace

std::string partner_answer_address(std::string_view public_origin, std::string_view partner_id) {
  return std::string(public_origin) + "/oid4vp/partners/" + std::string(partner_id) + "/responses";
}

Result<std::string> Partner::page_origin() const {
  MIBUN_TRY(const HttpsUrl page, HttpsUrl::parse(redirect_uri));
  return page.origin();
}

Result<PartnerService::Registered> PartnerService::add(PartnerApplication application) {
  const Instant now = clock_.now();
  if (!names_.allowed.accept(application.client_id_prefix)) {
    return fail(ErrorCode::request_malformed, "body.client_id_prefix", std::string(kNotAllowed));
  }
  if (application.client_id_prefix == oid4vp::ClientId::Prefix::preregistered) {
    if (names_.elsewhere.find(application.partner_id) != nullptr) return fail(ErrorCode::partner_exists, "partner_id");
    MIBUN_TRY(const auto known, known_verifiers());
    if (known.size() + names_.elsewhere.size() >= oid4vp::kKnownVerifiersMax) {
      return fail(ErrorCode::service_overloaded, "client_id_prefix", "no wallet takes more verifiers without a prefix");
    }
  }
  MIBUN_TRY(const PartnerIdentity identity,
            make_identity(trust_, public_origin_, application, now, now + kRegistrationLifetime));
  oid4vp::Registration& content = application.content;
  content.issuer = public_origin_;
  content.client_id = identity.client_id;
  MIBUN_TRY(const HttpsUrl page, HttpsUrl::parse(application.redirect_uri));
  content.origins = {page.origin()};
  content.registration_id = base64url::encode(rng_.bytes(kIdBytes));
  content.issued_at = now;
  content.expires_at = now + kRegistrationLifetime;
  const SigningIdentity& registrar = trust_.registrar();
  MIBUN_TRY(const std::string registration_jwt, oid4vp::sign_registration(content, *registrar.signer, registrar.chain));

  Bytes sealed_key;
  if (identity.key) {
    const SecretBytes pkcs8 = identity.key->pkcs8();
    sealed_key = trust_.seal_key(key_name(application.partner_id), pkcs8.reveal());
  }
  const auto written = database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("INSERT INTO partners (partner_id, client_id, registration_jwt, signing_key, certificate, "
                        "api_key, redirect_uri, "
                        "created_at, attestation_jwt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                        application.partner_id, content.client_id, registration_jwt, sealed_key, identity.certificate,
                        application.api_key.key().p256()->point(), application.redirect_uri, now.unix_milliseconds(),
                        identity.attestation_jwt));
    return {};
  });
  if (!written && written.error().code == ErrorCode::database_conflict) {
    MIBUN_TRY(const auto same, database_.row("SELECT 1 FROM partners WHERE partner_id = $1", application.partner_id));
    return fail(ErrorCode::partner_exists, same ? "partner_id" : "client_id_prefix");
  }
  if (!written) return std::unexpected(written.error());
  log::info("partner_registered", {{"partner", application.partner_id}});
  return Registered{application.partner_id, content.client_id, content.registration_id};
}

Result<std::vector<PartnerService::Summary>> PartnerService::list() {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT partner_id, client_id, registration_jwt, created_at FROM partners ORDER BY "
                           "rowid LIMIT 1000"));
  std::vector<Summary> partners;
  for (const database::Row& row : rows) {
    auto registration = verify(trust_, row.text(2), clock_.now());
    if (!registration) continue;  // run out: it may not ask any more
    partners.push_back(
        {row.text(0), row.text(1), registration->content(), Instant::from_unix_milliseconds(row.integer(3))});
  }
  return partners;
}

// Of the seven columns that find() reads.
PartnerService::Row PartnerService::row_of(const database::Row& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.blob(3),
          row.blob(4),
          row.text(5),
          row.is_null(6) ? std::string() : row.text(6)};
}

Result<Partner> PartnerService::find(std::string_view partner_id, std::string_view client_id) {
  MIBUN_TRY(auto row, database_.row("SELECT partner_id, client_id, registration_jwt, signing_key, certificate, "
                                    "redirect_uri, attestation_jwt FROM partners WHERE partner_id = $1",
                                    partner_id));
  if (row && !client_id.empty() && row->text(1) != client_id) {
    MIBUN_TRY(row,
              database_.row(
                  "SELECT f.partner_id, f.client_id, f.registration_jwt, p.signing_key, f.certificate, "
                  "p.redirect_uri, NULL FROM former_client_ids f JOIN partners p ON p.partner_id = f.partner_id WHERE "
                  "f.partner_id = $1 AND f.client_id = $2",
                  partner_id, client_id));
  }
  if (!row) return fail(ErrorCode::partner_not_found, "partner");
  const Row read = row_of(*row);
  MIBUN_TRY(Opened opened, open(read));
  MIBUN_TRY(const auto client, oid4vp::ClientId::parse(read.client_id));
  const bool has_certificate = !read.certificate.empty();
  return Partner{
      .partner_id = read.partner_id,
      .client_id = read.client_id,
      .redirect_uri = read.redirect_uri,
      .prefix = client.prefix(),
      .answers_at = has_certificate ? std::string() : partner_answer_address(public_origin_, read.partner_id),
      .registration = std::move(opened.registration),
      .signer = std::move(opened.signer)};
}

Status PartnerService::check_may_ask(const Partner& partner) const {
  if (names_.allowed.accept(partner.prefix)) return {};
  return fail(ErrorCode::request_malformed, "client_id_prefix", std::string(kNotAllowed));
}

Result<std::vector<oid4vp::KnownVerifier>> PartnerService::known_verifiers() {
  std::vector<oid4vp::KnownVerifier> known;
  if (!names_.allowed.preregistered.accepted()) return known;
  MIBUN_TRY(const auto rows, database_.rows("SELECT partner_id, client_id, registration_jwt, signing_key, certificate, "
                                            "redirect_uri, attestation_jwt FROM partners WHERE instr(client_id, ':') "
                                            "= 0 ORDER BY rowid"));
  for (const database::Row& row : rows) {
    const Row read = row_of(row);
    const auto opened = open(read);
    if (!opened) continue;  // run out: it may not ask any more
    known.push_back(known_verifier(read.client_id, opened->signer->signer().verification_key(),
                                   partner_addresses(public_origin_, read.partner_id, read.redirect_uri)));
  }
  return known;
}

Result<std::string> PartnerService::partner_registered_as(std::string_view audience, std::string_view registration_id) {
  MIBUN_TRY(const auto rows, database_.rows("SELECT partner_id, registration_jwt FROM partners WHERE client_id = $1 OR "
                                            "'redirect_uri:' || redirect_uri = $1 OR "
                                            "substr('origin:' || redirect_uri, 1, length($1) + 1) = $1 || '/' "
                                            "UNION ALL SELECT partner_id, registration_jwt FROM former_client_ids "
                                            "WHERE client_id = $1",
                                            audience));
  for (const database::Row& row : rows) {
    MIBUN_TRY(const std::string its, registration_id_of(row.text(1)));
    if (its == registration_id) return row.text(0);
  }
  return fail(ErrorCode::partner_not_found, "partner");
}

struct PartnerService::Due {
  std::string partner_id, client_id, registration_jwt;
  Bytes certificate;
  oid4vp::Registration registration;
};

Result<std::vector<PartnerService::Due>> PartnerService::due(Instant now) {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT partner_id, client_id, registration_jwt, certificate FROM partners WHERE "
                           "length(certificate) > 0 ORDER BY rowid"));
  std::vector<Due> all;
  for (const database::Row& row : rows) {
    MIBUN_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(row.blob(3)));
    if (trust_.is_verifier_current(certificate, kCertificateReserve, now)) continue;
    const auto registration = verify(trust_, row.text(2), now);
    if (!registration) continue;
    all.push_back({row.text(0), row.text(1), row.text(2), row.blob(3), registration->content()});
  }
  return all;
}

Result<bool> PartnerService::is_renewal_due() {
  MIBUN_TRY(const auto all, due(clock_.now()));
  return !all.empty();
}

Status PartnerService::renew_certificates() {
  const Instant now = clock_.now();
  MIBUN_TRY(const auto all, due(now));
  for (const Due& partner : all) MIBUN_CHECK(renew_certificate(partner, now));
  return {};
}

Status PartnerService::renew_certificate(const Due& partner, Instant now) {
  MIBUN_TRY(const HttpsUrl origin, HttpsUrl::parse(public_origin_));
  MIBUN_TRY(const crypto::Certificate old, crypto::Certificate::parse(partner.certificate));
  MIBUN_INVARIANT(old.public_key().p256() != nullptr);
  MIBUN_TRY(const auto chain, trust_.certify_verifier(*old.public_key().p256(), partner.registration.organization.en,
                                                      origin.host(), now));
  MIBUN_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(chain.front()));
  MIBUN_TRY(const auto name, oid4vp::ClientId::parse(partner.client_id));
  MIBUN_TRY(const std::string client_id, oid4vp::client_id_of(certificate, name.prefix()));
  std::string registration_jwt = partner.registration_jwt;
  if (client_id != partner.client_id) {
    oid4vp::Registration content = partner.registration;
    content.client_id = client_id;
    content.issued_at = now;
    const SigningIdentity& registrar = trust_.registrar();
    MIBUN_TRY(registration_jwt, oid4vp::sign_registration(content, *registrar.signer, registrar.chain));
  }
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t changed,
              transaction.run("UPDATE partners SET client_id = $2, registration_jwt = $3, certificate = $4 WHERE "
                              "partner_id = $1 AND certificate = $5",
                              partner.partner_id, client_id, registration_jwt, chain.front(), partner.certificate));
    if (changed != 1 || client_id == partner.client_id) return {};  // another server was first
    MIBUN_CHECK(transaction.run(
        "INSERT INTO former_client_ids (client_id, partner_id, registration_jwt, certificate, "
        "ended_at) VALUES ($1, $2, $3, $4, $5)",
        partner.client_id, partner.partner_id, partner.registration_jwt, partner.certificate, now.unix_milliseconds()));
    return {};
  }));
  log::info("partner_certificate_renewed", {{"partner", std::string_view(partner.partner_id)}});
  return {};
}

Result<PartnerService::Opened> PartnerService::open(const Row& row) {
  const Instant now = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    const auto found = opened_.find(row.partner_id);
    if (found != opened_.end() && now < found->second.good_until &&
        found->second.registration_jwt == row.registration_jwt && found->second.sealed_key == row.sealed_key &&
        found->second.certificate == row.certificate && found->second.attestation_jwt == row.attestation_jwt &&
        found->second.registration.content().client_id == row.client_id) {
      return found->second;
    }
  }
  MIBUN_TRY(auto registration, verify(trust_, row.registration_jwt, now));
  std::shared_ptr<const crypto::P256PrivateKey> key;
  if (!row.sealed_key.empty()) {
    MIBUN_TRY(const SecretBytes pkcs8, trust_.open_key(key_name(row.partner_id), row.sealed_key));
    MIBUN_TRY(auto opened_key, crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal()));
    key = std::make_shared<crypto::P256PrivateKey>(std::move(opened_key));
  }
  const KeptIdentity kept{row.client_id, std::move(key), row.certificate, row.attestation_jwt,
                          partner_addresses(public_origin_, row.partner_id, row.redirect_uri)};
  MIBUN_TRY(auto signer, open_identity(kept, trust_.registrar_anchors(), now));
  const Instant good_until = std::min(now + kOpenedLifetime, registration.content().expires_at);
  Opened opened{row.registration_jwt, row.sealed_key,          row.certificate,  row.attestation_jwt,
                good_until,           std::move(registration), std::move(signer)};
  const std::lock_guard lock(mutex_);
  if (opened_.size() >= kOpenedMax) opened_.clear();
  opened_.insert_or_assign(std::string(row.partner_id), opened);
  return opened;
}

Result<std::optional<Client>> PartnerService::find_client(std::string_view client_id) {
  MIBUN_TRY(const auto row, database_.row("SELECT api_key FROM partners WHERE partner_id = $1", client_id));
  if (!row) return std::optional<Client>();
  MIBUN_TRY(const auto key, crypto::P256PublicKey::from_point(row->blob(0)));
  return std::optional(Client{std::string(client_id), ClientKind::partner, key});
}

}  // namespace mibun::server
