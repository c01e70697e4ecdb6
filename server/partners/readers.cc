#include "server/partners/readers.h"

#include <algorithm>

#include "core/codecs/typed_id.h"
#include "core/dcql/query.h"
#include "core/oid4vp/request.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr auto kReaderLifetime = std::chrono::days(90);
constexpr std::int64_t kReadersPerPartnerMax = 1000;
constexpr std::size_t kIdBytes = 16;

// Only what a reader can ask: elements of mdocs.
Result<oid4vp::Registration> registration_of(const oid4vp::Registration& partner) {
  oid4vp::Registration content = partner;
  std::erase_if(content.credentials, [](const auto& credential) { return credential.format != dcql::kMdocFormat; });
  if (content.credentials.empty()) {
    return fail(ErrorCode::claim_not_registered, "partner", "it is registered to ask for no mdoc");
  }
  return content;
}

}  // namespace

Result<ReaderService::Issued> ReaderService::add(std::string_view partner_id, const std::string& name,
                                                 const crypto::P256PublicKey& key) {
  const Instant now = clock_.now();
  MIBUN_TRY(const Partner partner, rooms_.partners.find(partner_id));
  MIBUN_TRY(oid4vp::Registration content, registration_of(partner.registration.content()));
  const Instant expires_at = std::min(now + kReaderLifetime, content.expires_at);
  MIBUN_TRY(const auto certified, rooms_.trust.certify_reader(key, {content.organization.en, name}, now, expires_at));
  const crypto::Certificate& certificate = certified.certificate;
  content.client_id = oid4vp::client_id_of(certificate.der());
  content.issued_at = now;
  content.expires_at = expires_at;
  const SigningIdentity& registrar = rooms_.trust.registrar();
  MIBUN_TRY(std::string registration_jwt, oid4vp::sign_registration(content, *registrar.signer, registrar.chain));

  std::string reader_id = make_typed_id(rng_, kIdBytes);
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(
        const std::int64_t inserted,
        transaction.run(
            "INSERT INTO readers (reader_id, partner_id, name, serial, created_at, expires_at, root) SELECT $1, $2, "
            "$3, $4, $5, $6, $8 WHERE (SELECT COUNT(*) FROM readers WHERE partner_id = $2 AND revoked_at IS NULL AND "
            "expires_at > $5) < $7",
            reader_id, partner_id, name, to_bytes(crypto::CaCertificate(certificate).serial()), now.unix_milliseconds(),
            expires_at.unix_milliseconds(), kReadersPerPartnerMax, static_cast<std::int64_t>(certified.root)));
    if (inserted != 1) return fail(ErrorCode::service_overloaded, "readers", "this partner has too many devices");
    return {};
  }));
  log::info("reader_certified", {{"partner", partner_id}, {"reader", std::string_view(reader_id)}});
  return Issued{std::move(reader_id), certificate.pem(), std::move(registration_jwt), expires_at};
}

Result<std::vector<ReaderService::Summary>> ReaderService::list() {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT reader_id, partner_id, name, created_at, expires_at, revoked_at FROM readers "
                           "WHERE expires_at > $1 ORDER BY rowid LIMIT 10000",
                           clock_.now().unix_milliseconds()));
  std::vector<Summary> readers;
  for (const database::Row& row : rows) {
    Summary reader{row.text(0),
                   row.text(1),
                   row.text(2),
                   Instant::from_unix_milliseconds(row.integer(3)),
                   Instant::from_unix_milliseconds(row.integer(4)),
                   std::nullopt};
    if (!row.is_null(5)) reader.revoked_at = Instant::from_unix_milliseconds(row.integer(5));
    readers.push_back(std::move(reader));
  }
  return readers;
}

Result<Instant> ReaderService::revoke(std::string_view reader_id) {
  std::int64_t revoked_at = 0;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("UPDATE readers SET revoked_at = $2 WHERE reader_id = $1 AND revoked_at IS NULL",
                                reader_id, clock_.now().unix_milliseconds()));
    MIBUN_TRY(const auto row, transaction.row("SELECT revoked_at FROM readers WHERE reader_id = $1", reader_id));
    if (!row) return fail(ErrorCode::route_not_found, "reader");
    revoked_at = row->integer(0);
    return {};
  }));
  log::info("reader_revoked", {{"reader", reader_id}});
  return Instant::from_unix_milliseconds(revoked_at);
}

Result<Bytes> ReaderService::revocation_list(std::uint32_t root) {
  const Instant now = clock_.now();
  std::vector<crypto::CrlRequest::Entry> entries;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(
        const auto rows,
        transaction.rows(
            "SELECT serial, revoked_at FROM readers WHERE revoked_at IS NOT NULL AND expires_at > $1 AND root = $2",
            now.unix_milliseconds(), static_cast<std::int64_t>(root)));
    for (const database::Row& row : rows) {
      entries.push_back({row.blob(0), Instant::from_unix_milliseconds(row.integer(1))});
    }
    return {};
  }));
  return rooms_.trust.readers_crl(root, std::move(entries), now);
}

}  // namespace mibun::server
