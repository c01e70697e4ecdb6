#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "server/history/service.h"
#include "server/migrations/migrations.h"
#include "server/moving/service.h"
#include "server/registration/devices.h"
#include "tests/server/account_row.h"
#include "tests/support/code_of.h"
#include "tests/support/temp_dir.h"

// What the old device still had under way when its wallet moved: its key was asked for before, and is not the
// account's any more when the request has its effect.
namespace mibun::server {
namespace {

// Nobody has proved anything.
class NoCases final : public ApprovedClaims {
 public:
  Result<CaseOutcome> outcome(const keyd::PersonId&, const std::string&) override { return none(); }
  Result<std::string> newest_case(const keyd::PersonId&) override { return none(); }
  Result<Approved> approved_claims(const keyd::PersonId&, const std::string&) override { return none(); }
  Result<Bytes> approved_portrait(const keyd::PersonId&, const std::string&) override { return none(); }

 private:
  static std::unexpected<Error> none() { return fail(ErrorCode::case_not_found, "case"); }
};

struct Room {
  Room() { must(keys->create_person_key(old_device.id)); }

  // As it is once the old device has opened its nonce; returns the move's id.
  std::string opened_move() {
    const Bytes proof(32, 1), watch(32, 2), nonce(32, 3);
    const std::string id = must(moving.begin(old_device, crypto::sha256(proof), crypto::sha256(watch))).move_id;
    must(database->write([&](database::Transaction& transaction) -> Status {
      moving_store::UnitRow unit;
      unit.new_watch_sha256 = Bytes(32, 4);
      unit.credential_id_lookup = to_bytes("new credential");
      unit.public_key = to_bytes(new_key.point());
      unit.seal_key = unit.public_key;
      unit.tag = Bytes(32, 5);
      unit.sealed_name = must(keys->seal(old_device.id, {"move unit", id}, as_bytes("Android")));
      unit.joined_at = clock.now();
      MIBUN_CHECK(moving_store::join(transaction, id, unit, clock.now()));
      return {};
    }));
    must(moving.open(id, watch, nonce));
    return id;
  }
  // Returns the new device.
  Account confirm(const std::string& id) {
    const std::string thumbprint = jose::Jwk(new_key).thumbprint();
    must(moving.confirm(old_device, id, thumbprint, ""));
    return {old_device.id, new_key, thumbprint};
  }

  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  std::unique_ptr<database::Database> rows = must(database::Database::open(directory.file("mibun.db"), migrations()));
  std::unique_ptr<keyd::KeyHolder> keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
  std::unique_ptr<Journal> journal = must(Journal::open({directory.file("journal")}));
  NoReturn no_return{*journal, *keys, *rows, clock};
  std::unique_ptr<database::Database> database = std::make_unique<JournaledDatabase>(*rows, no_return);
  HistoryService history{*database, *keys, clock, rng};
  SingleUses uses{*database};
  RegistrationService registration{*database, uses,  *keys, no_return,
                                   history,   clock, rng,   {"mibun.example", "mibun", {}}};
  NoCases cases;
  MovingService moving{*database, *keys, {registration, history, cases, {&history}}, clock, rng};
  Account old_device = account_row(*database, "person");
  crypto::P256PublicKey new_key = crypto::P256PrivateKey::generate().public_key();
};

}  // namespace

TEST_CASE("the old device gets no revocation code of the account that it handed over") {
  Room room;
  const std::string id = room.opened_move();
  CHECK(code_of(room.moving.complete(room.old_device, id)) == ErrorCode::move_wrong_state);
  const Account new_device = room.confirm(id);
  CHECK(code_of(room.moving.complete(room.old_device, id)) == ErrorCode::assertion_invalid);
  CHECK_FALSE(must(room.moving.complete(new_device, id)).revocation_code.empty());
  CHECK(code_of(room.moving.complete(room.old_device, id)) == ErrorCode::assertion_invalid);
}

TEST_CASE("a move that the old device begins too late does not take the finished one away") {
  Room room;
  const std::string id = room.opened_move();
  const Account new_device = room.confirm(id);
  CHECK(code_of(room.moving.begin(room.old_device, Bytes(32, 6), Bytes(32, 7))) == ErrorCode::assertion_invalid);
  must(room.moving.complete(new_device, id));
  must(room.moving.begin(new_device, Bytes(32, 6), Bytes(32, 7)));
}

TEST_CASE("events that the old device sealed to itself are not kept once its wallet has moved") {
  Room room;
  const std::vector<HistoryService::WalletEvent> events{{"", "a.b.c.d.e"}};
  must(room.history.keep_wallet_events(room.old_device, events));
  const Account new_device = room.confirm(room.opened_move());
  const auto kept = [&] {
    std::size_t sealed = 0;
    for (const json::Value& event : must(room.history.events(room.old_device.id))) {
      if (event.as_object().at("source") == "wallet") ++sealed;
    }
    return sealed;
  };
  CHECK(kept() == 0);
  CHECK(code_of(room.history.keep_wallet_events(room.old_device, events)) == ErrorCode::assertion_invalid);
  CHECK(kept() == 0);
  must(room.history.keep_wallet_events(new_device, events));
  CHECK(kept() == 1);
}

TEST_CASE("a device that was replaced keeps its line until the account is erased, and then nothing says what it was") {
  Room room;
  const Account new_device = room.confirm(room.opened_move());
  const auto devices = must(room.registration.devices(new_device));
  REQUIRE(devices.size() == 2);
  CHECK_FALSE(devices[0].moved_at.has_value());
  CHECK(devices[0].since == room.clock.now());
  CHECK(devices[1].moved_at == room.clock.now());
  CHECK(devices[1].known);
  must(room.database->write(
      [&](database::Transaction& transaction) { return room.registration.erase(transaction, new_device.id); }));
  std::int64_t said = -1;
  must(room.database->read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row,
              transaction.row("SELECT COUNT(aaguid) + COUNT(transports) + COUNT(backed_up) + COUNT(unit_since) + "
                              "COUNT(last_used_day) FROM (SELECT aaguid, transports, backed_up, unit_since, "
                              "last_used_day FROM accounts UNION ALL SELECT aaguid, transports, backed_up, unit_since, "
                              "last_used_day FROM moved_units)"));
    said = row->integer(0);
    return {};
  }));
  CHECK(said == 0);
  CHECK(must(room.registration.devices(new_device)).size() == 1);
}

TEST_CASE("the day that a device was last used on is Japan's") {
  const auto at = [](std::int64_t hour) { return Instant::from_unix_seconds(1'795'392'000 + hour * 3600); };
  REQUIRE(to_utc_string(at(0)) == "2026-11-23T00:00:00Z");
  CHECK(day_in_japan(at(14)) == day_in_japan(at(0)));
  CHECK(day_in_japan(at(15)) == day_in_japan(at(0)) + 1);
  CHECK(day_in_japan(at(-9)) == day_in_japan(at(0)));
  CHECK(day_in_japan(at(-10)) == day_in_japan(at(0)) - 1);
  registration_store::DeviceRow device;
  device.last_used_day = day_in_japan(at(15));
  CHECK(to_json(device).at("last_used_on") == "2026-11-24");
}

TEST_CASE(
    "an authenticator that says nothing of its model is shown without one, and a device of before without anything") {
  registration_store::DeviceRow device;
  CHECK_FALSE(to_json(device).contains("transports"));
  CHECK_FALSE(to_json(device).contains("backed_up"));
  device.known = true;
  device.authenticator = {Bytes(16, 0), "usb nfc", true};
  CHECK_FALSE(to_json(device).contains("aaguid"));
  CHECK(to_json(device).at("transports") == json::Array{"usb", "nfc"});
  CHECK(to_json(device).at("backed_up") == true);
  device.authenticator.aaguid = Bytes(16, 0xab);
  CHECK(to_json(device).at("aaguid") == "abababab-abab-abab-abab-abababababab");
}

}  // namespace mibun::server
