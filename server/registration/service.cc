#include "server/registration/service.h"

#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "core/webauthn/request_assertion.h"
#include "platform/fido/verify.h"
#include "platform/log/log.h"
#include "server/registration/devices.h"
#include "server/registration/revocation_code.h"
#include "server/registration/store.h"
#include "server/transparency/running_operation.h"

namespace mibun::server {
namespace {

constexpr auto kRegistrationLifetime = std::chrono::minutes(5);
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kChallengeBytes = 32;

constexpr std::string_view kUseKind = "request assertion";

RequestChallenges::Request asked_by(const http::ServerRequest& request) {
  return {.method = request.method, .target = request.target, .body_sha256 = crypto::sha256(request.body)};
}

}  // namespace

Result<Bytes> RegistrationService::credential_lookup(BytesView credential_id) {
  return keys_.lookup_hash("credential_id", credential_id);
}

Result<Bytes> RegistrationService::revocation_lookup(std::string_view code) {
  return keys_.lookup_hash("revocation_code", as_bytes(*normalise_revocation_code(code)));
}

Result<RegistrationService::Begun> RegistrationService::begin() {
  Begun begun;
  begun.registration_id = base64url::encode(rng_.bytes(kIdBytes));
  begun.options.challenge = rng_.bytes(kChallengeBytes);
  begun.options.rp_id = relying_party_.id;
  begun.options.rp_name = relying_party_.name;
  begun.options.user_id = rng_.bytes(kIdBytes);
  begun.options.user_name = relying_party_.name;
  begun.options.user_display_name = relying_party_.name;
  begun.options.timeout = kRegistrationLifetime;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) {
    return registration_store::insert_registration(transaction, begun.registration_id, begun.options.challenge,
                                                   clock_.now() + kRegistrationLifetime);
  }));
  return begun;
}

Result<NewUnit> RegistrationService::check_unit(std::string_view registration_id, std::string_view terms_version,
                                                const webauthn::RegistrationResponse& response) {
  std::optional<registration_store::OpenRegistration> open;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(open, registration_store::find_registration(transaction, registration_id, clock_.now()));
    return {};
  }));
  if (!open) return fail(ErrorCode::registration_unknown, "registration");
  if (open->used) return fail(ErrorCode::key_exists, "registration");
  if (terms_version != kTermsVersion) return fail(ErrorCode::terms_not_accepted, "terms_version");

  const fido::RegistrationPolicy policy{
      .rp_id = relying_party_.id,
      .origins = relying_party_.origins,
      .challenge = open->challenge,
      .attestations_allowed = {fido::Attestation::none, fido::Attestation::packed_self,
                               fido::Attestation::packed_certificate}};
  MIBUN_TRY(const fido::RegisteredCredential credential, fido::verify_registration(response, policy));
  MIBUN_TRY(Bytes lookup, credential_lookup(credential.credential_id()));
  return NewUnit{std::string(registration_id),
                 std::move(lookup),
                 to_bytes(credential.public_key().point()),
                 credential.counter(),
                 credential.backup_eligible(),
                 std::string(terms_version),
                 authenticator_of(credential, response.transports)};
}

Status RegistrationService::take_unit(database::Transaction& transaction, const NewUnit& unit,
                                      std::string_view move_id) {
  MIBUN_TRY(const bool known, registration_store::is_credential_known(transaction, unit.credential_id_lookup));
  if (known) return fail(ErrorCode::key_exists, "credential");
  MIBUN_TRY(const std::int64_t taken,
            registration_store::finish_registration(transaction, unit.registration_id, move_id));
  if (taken != 1) return fail(ErrorCode::key_exists, "registration");
  return {};
}

Status RegistrationService::change_unit(database::Transaction& transaction, const Account& confirmed_by,
                                        const NewUnit& unit) {
  MIBUN_TRY(const auto before, registration_store::credential_lookup_of(transaction, confirmed_by.id.value));
  if (before) MIBUN_CHECK(no_return_.unit_moved(transaction, *before));
  auto changed = registration_store::replace_unit(transaction, confirmed_by.id.value, confirmed_by.device_key.point(),
                                                  unit, clock_.now());
  if (!changed && changed.error().code == ErrorCode::database_conflict) {
    return fail(ErrorCode::key_exists, "credential");
  }
  if (!changed) return pass_error(changed);
  if (*changed != 1) return fail(ErrorCode::assertion_invalid, "account", "closed, or it has another key by now");
  return {};
}

Result<std::string> RegistrationService::new_revocation_code(database::Transaction& transaction,
                                                             const keyd::PersonId& person) {
  NoReturn::relies_on_earlier();  // whoever gets one was told that the device before is over
  std::string code = make_revocation_code(rng_);
  MIBUN_TRY(const Bytes lookup, revocation_lookup(code));
  MIBUN_TRY(const std::int64_t changed, registration_store::replace_revocation(transaction, person.value, lookup));
  if (changed != 1) return fail(ErrorCode::assertion_invalid, "account", "closed");
  return code;
}

Result<RegistrationService::Registered> RegistrationService::finish(std::string_view registration_id,
                                                                    std::string_view terms_version,
                                                                    const webauthn::RegistrationResponse& response) {
  MIBUN_TRY(const NewUnit unit, check_unit(registration_id, terms_version, response));
  Registered registered{base64url::encode(rng_.bytes(kIdBytes)), make_revocation_code(rng_), clock_.now()};
  const keyd::PersonId person{registered.account_id};
  MIBUN_TRY(const Bytes revocation_hash, revocation_lookup(registered.revocation_code));
  // The data key comes before the account, which could keep nothing without it; and the plan before the key, so that
  // recover() finds a key that got no account.
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) {
    return registration_store::plan_account(transaction, registered.account_id);
  }));
  MIBUN_CHECK(keys_.create_person_key(person));
  const auto written = database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t taken,
              registration_store::finish_registration(transaction, registration_id, registered.account_id));
    if (taken != 1) return fail(ErrorCode::key_exists, "registration");
    registration_store::AccountRow row{
        registered.account_id, "active",           unit.public_key,       unit.sign_count,
        unit.backup_eligible,  unit.terms_version, registered.created_at, unit.authenticator};
    auto inserted = registration_store::insert_account(transaction, row, unit.credential_id_lookup, revocation_hash);
    if (!inserted && inserted.error().code == ErrorCode::database_conflict) {
      return fail(ErrorCode::key_exists, "credential");
    }
    MIBUN_CHECK(std::move(inserted));
    json::Object details;
    details["terms_version"] = terms_version;
    return history_.record(transaction, person, HistoryKind::registered, details);
  });
  if (!written) {
    // A commit that failed may yet be on the disk: then the account is there after the next start, and needs its key.
    if (written.error().code != ErrorCode::database_error) MIBUN_CHECK(give_up(person));
    return std::unexpected(written.error());
  }
  log::info("account_registered");
  return registered;
}

Status RegistrationService::give_up(const keyd::PersonId& planned) {
  MIBUN_CHECK(keys_.destroy_person_key(planned));
  return database_.write(
      [&](database::Transaction& transaction) { return registration_store::forget_plan(transaction, planned.value); });
}

Status RegistrationService::recover() {
  std::vector<std::string> planned;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(planned, registration_store::planned_accounts(transaction));
    return {};
  }));
  for (const std::string& account_id : planned) MIBUN_CHECK(give_up({account_id}));
  return {};
}

Result<RegistrationService::AssertionOptions> RegistrationService::begin_assertion(
    const RequestChallenges::Request& request) {
  MIBUN_TRY(RequestChallenges::Given given, challenges_.give(request));
  AssertionOptions begun;
  begun.assertion_id = std::move(given.id);
  begun.options.challenge = std::move(given.challenge);
  begun.options.rp_id = relying_party_.id;
  begun.options.timeout = RequestChallenges::kLifetime;
  return begun;
}

Result<Account> RegistrationService::require(const http::ServerRequest& request) {
  if (request.header_count(webauthn::kRequestAssertionHeader) > 1) {
    return fail(ErrorCode::assertion_invalid, "Mibun-Assertion", "the header stands more than once");
  }
  MIBUN_TRY(const webauthn::RequestAssertion assertion,
            webauthn::RequestAssertion::parse(request.header(webauthn::kRequestAssertionHeader)));
  MIBUN_TRY(const auto known, challenges_.look_up(assertion.assertion_id, asked_by(request)));
  MIBUN_TRY(const Bytes lookup, credential_lookup(assertion.response.id));
  // Of one moment: the counter of an assertion that was used is not judged again.
  bool used = false;
  std::optional<registration_store::AccountRow> account;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(used, is_used(transaction, kUseKind, known.id));
    MIBUN_TRY(account, registration_store::find_account_by_credential(transaction, lookup));
    return {};
  }));
  if (used) return fail(ErrorCode::assertion_replayed, "assertion");
  if (!account || account->public_key.empty())
    return fail(ErrorCode::assertion_invalid, "assertion", "no such account");

  MIBUN_TRY(const auto device_key, crypto::P256PublicKey::from_point(account->public_key));
  const fido::AssertionPolicy policy{.rp_id = relying_party_.id,
                                     .origins = relying_party_.origins,
                                     .challenge = known.challenge,
                                     .credential = {.id = assertion.response.id,
                                                    .public_key = device_key,
                                                    .counter = account->sign_count,
                                                    .backup_eligible = account->backup_eligible}};
  auto verified = fido::verify_assertion(assertion.response, policy);
  if (!verified) {
    log::info("assertion_refused", {{"code", to_string(verified.error().code)}});
    return fail(ErrorCode::assertion_invalid, "assertion",
                "the signature or its data do not hold, or the challenge was for another request");
  }
  // Only whoever still has the old device's key hears this.
  if (account->state == "moved") return fail(ErrorCode::wallet_moved, "assertion");
  if (account->state != "active") {
    // A closed account is not told apart from an unknown one (promise WP-05c).
    log::info("assertion_refused", {{"code", to_string(ErrorCode::account_closed)}});
    return fail(ErrorCode::assertion_invalid, "assertion", "no such account");
  }
  RunningOperation::is_about(keyd::PersonId{account->account_id});

  const registration_store::Use use{
      .count = verified->counter(), .backed_up = verified->backup_state(), .day = day_in_japan(clock_.now())};
  // Also for an authenticator that does not count (0 to 0): the row must still be an active account's.
  const auto note = [id = account->account_id, key = account->public_key,
                     use](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t noted, registration_store::note_use(transaction, id, key, use));
    if (noted != 1) return fail(ErrorCode::assertion_invalid, "assertion", "closed or counted further meanwhile");
    return {};
  };
  MIBUN_CHECK(uses_.claim({.kind = kUseKind,
                           .value = known.id,
                           .expires = known.expires,
                           .replayed = ErrorCode::assertion_replayed,
                           .also = note}));
  return Account{keyd::PersonId{account->account_id}, device_key, jose::Jwk(device_key).thumbprint()};
}

Status RegistrationService::require_active(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT 1 FROM accounts WHERE account_id = $1 AND state = 'active'", person.value));
  if (!row) return fail(ErrorCode::account_closed, "account");
  return {};
}

Result<RegistrationService::Summary> RegistrationService::summary(const Account& account) {
  std::optional<Summary> found;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(auto row, transaction.row("SELECT created_at, terms_version FROM accounts WHERE account_id = $1",
                                        account.id.value));
    if (row) found = Summary{Instant::from_unix_milliseconds(row->integer(0)), row->text(1)};
    return {};
  }));
  if (!found) return fail(ErrorCode::account_closed, "account");
  return *found;
}

Result<Instant> RegistrationService::accept_terms(const Account& account, std::string_view terms_version) {
  if (terms_version != kTermsVersion) return fail(ErrorCode::terms_not_accepted, "terms_version");
  const Instant now = clock_.now();
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t changed,
              registration_store::accept_terms(transaction, account.id.value, terms_version));
    if (changed != 1) return fail(ErrorCode::account_closed, "account");
    json::Object details;
    details["terms_version"] = terms_version;
    return history_.record(transaction, account.id, HistoryKind::terms_accepted, details);
  }));
  return now;
}

Result<std::vector<registration_store::DeviceRow>> RegistrationService::devices(const Account& account) {
  std::vector<registration_store::DeviceRow> found;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(found, registration_store::find_devices(transaction, account.id.value));
    return {};
  }));
  return found;
}

Result<Instant> RegistrationService::revoke(std::string_view revocation_code, CredentialRevoker& revoker) {
  const auto code = normalise_revocation_code(revocation_code);
  if (!code) return fail(ErrorCode::revocation_code_wrong, "revocation_code");
  MIBUN_TRY(const Bytes lookup, keys_.lookup_hash("revocation_code", as_bytes(*code)));
  const Instant now = clock_.now();
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto account_id, registration_store::find_active_by_revocation(transaction, lookup));
    if (!account_id) return fail(ErrorCode::revocation_code_wrong, "revocation_code");
    MIBUN_CHECK(registration_store::close_account(transaction, *account_id, "revoked", now));
    const keyd::PersonId person{*account_id};
    MIBUN_CHECK(no_return_.account_stopped(transaction, person));
    MIBUN_CHECK(revoker.revoke_all(transaction, person));
    json::Object details;
    details["by"] = "revocation_code";
    return history_.record(transaction, person, HistoryKind::card_revoked, details);
  }));
  log::info("account_revoked");
  return now;
}

Status RegistrationService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(registration_store::close_account(transaction, person.value, "erased", clock_.now()));
  return registration_store::forget_moved_units(transaction, person.value);
}

Status RegistrationService::purge_expired() {
  return database_.write(
      [&](database::Transaction& transaction) { return registration_store::purge_expired(transaction, clock_.now()); });
}

}  // namespace mibun::server
