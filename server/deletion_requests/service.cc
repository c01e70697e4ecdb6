#include "server/deletion_requests/service.h"

#include "core/codecs/typed_id.h"
#include "core/crypto/hash.h"
#include "core/oid4vp/consent.h"
#include "platform/log/log.h"
#include "platform/records/record_class.h"

namespace mibun::server {
namespace {

using Request = DeletionRequestService::Request;

constexpr std::size_t kIdBytes = 16;
// APPI, article 35: "without delay". What that is at most, where nobody agreed on anything else.
constexpr auto kDueAfter = std::chrono::days(30);
constexpr auto kKeepAfterDone = records::limit_of("deletion request");

std::unexpected<Error> not_found() {
  return fail(ErrorCode::deletion_request_not_found, "deletion_request");
}

std::optional<Instant> optional_time(const database::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant::from_unix_milliseconds(row.integer(column));
}

// Of the columns deletion_id, receipt_id, consent_hash, shared_at, asked_at, received_at, done_at.
Request read(const database::Row& row) {
  const Instant asked_at = Instant::from_unix_milliseconds(row.integer(4));
  return {.deletion_id = row.text(0),
          .receipt_id = row.text(1),
          .consent_hash = row.text(2),
          .shared_at = Instant::from_unix_milliseconds(row.integer(3)),
          .asked_at = asked_at,
          .due_at = asked_at + kDueAfter,
          .received_at = optional_time(row, 5),
          .done_at = optional_time(row, 6)};
}

}  // namespace

std::string_view to_string(DeletionRequestService::State state) {
  switch (state) {
    case DeletionRequestService::State::sent:
      return "sent";
    case DeletionRequestService::State::received:
      return "received";
    case DeletionRequestService::State::done:
      return "done";
    case DeletionRequestService::State::overdue:
      return "overdue";
  }
  return "sent";
}

DeletionRequestService::State Request::state_at(Instant now) const {
  if (done_at) return State::done;
  if (now >= due_at) return State::overdue;
  return received_at ? State::received : State::sent;
}

Result<receipt::ConsentReceipt> DeletionRequestService::check(std::string_view text) const {
  const receipt::ReceiptAnchors anchors{.receipts = signers_.trust.receipt_anchors(),
                                        .issuers = signers_.issuers.sd_jwt.anchors(),
                                        .iaca = signers_.issuers.mdoc.anchors()};
  auto checked = receipt::check_receipt(text, anchors, clock_.now());
  if (!checked) {
    return fail(ErrorCode::request_malformed, checked.error().where, std::string(to_string(checked.error().code)));
  }
  auto* consent = std::get_if<receipt::ConsentReceipt>(&checked->content);
  if (consent == nullptr) return fail(ErrorCode::request_malformed, "receipt", "is not one of a consent");
  return std::move(*consent);
}

Result<Request> DeletionRequestService::ask(std::string_view receipt, std::string_view secret) {
  MIBUN_TRY(const receipt::ConsentReceipt shared, check(receipt));
  const auto consent = oid4vp::Consent::parse(shared.consent);
  if (!consent) return fail(ErrorCode::request_malformed, "receipt.consent");
  MIBUN_TRY(const std::string partner_id, partners_.partner_registered_as(shared.client_id, consent->registration_id));
  const Bytes digest = to_bytes(crypto::sha256(secret));
  const std::string deletion_id = make_typed_id(rng_, kIdBytes);
  std::optional<database::Row> row;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "INSERT INTO deletion_requests (deletion_id, receipt_id, partner_id, consent_hash, shared_at, secret_sha256, "
        "asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (receipt_id) DO NOTHING",
        deletion_id, shared.receipt_id, partner_id, oid4vp::consent_hash(shared.consent),
        shared.verified_at.unix_milliseconds(), digest, clock_.now().unix_milliseconds()));
    MIBUN_TRY(row, transaction.row("SELECT deletion_id, receipt_id, consent_hash, shared_at, asked_at, received_at, "
                                   "done_at, secret_sha256 FROM deletion_requests WHERE receipt_id = $1",
                                   shared.receipt_id));
    return {};
  }));
  if (!row || !ct_equal(row->blob(7), digest)) return fail(ErrorCode::deletion_request_exists, "receipt");
  Request request = read(*row);
  if (request.deletion_id == deletion_id) log::info("deletion_requested", {{"partner", std::string_view(partner_id)}});
  return request;
}

Result<Request> DeletionRequestService::find(std::string_view deletion_id, std::string_view secret) {
  MIBUN_TRY(const auto row,
            database_.row("SELECT deletion_id, receipt_id, consent_hash, shared_at, asked_at, received_at, "
                          "done_at, secret_sha256 FROM deletion_requests WHERE deletion_id = $1",
                          deletion_id));
  if (!row || !ct_equal(row->blob(7), crypto::sha256(secret))) return not_found();
  return read(*row);
}

Result<std::vector<Request>> DeletionRequestService::list(std::string_view partner_id) {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT deletion_id, receipt_id, consent_hash, shared_at, asked_at, received_at, "
                           "done_at FROM deletion_requests WHERE partner_id = $1 ORDER BY done_at IS NOT "
                           "NULL, rowid LIMIT 1000",
                           partner_id));
  std::vector<Request> requests;
  for (const database::Row& row : rows) requests.push_back(read(row));
  return requests;
}

Result<Request> DeletionRequestService::answer(std::string_view partner_id, std::string_view deletion_id,
                                               Answer answer) {
  const std::int64_t now = clock_.now().unix_milliseconds();
  const std::optional<std::int64_t> done_at = answer == Answer::done ? std::optional(now) : std::nullopt;
  std::optional<database::Row> row;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("UPDATE deletion_requests SET received_at = COALESCE(received_at, $3), done_at = "
                        "COALESCE(done_at, $4) WHERE deletion_id = $2 AND partner_id = $1",
                        partner_id, deletion_id, now, done_at));
    MIBUN_TRY(row, transaction.row("SELECT deletion_id, receipt_id, consent_hash, shared_at, asked_at, received_at, "
                                   "done_at FROM deletion_requests WHERE deletion_id = $2 AND partner_id = $1",
                                   partner_id, deletion_id));
    return {};
  }));
  if (!row) return not_found();
  return read(*row);
}

Status DeletionRequestService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("DELETE FROM deletion_requests WHERE done_at < $1",
                                (clock_.now() - kKeepAfterDone).unix_milliseconds()));
    return {};
  });
}

}  // namespace mibun::server
