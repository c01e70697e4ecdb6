#include "tests/server/canary/crowd.h"

#include <algorithm>
#include <stdexcept>

#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/holder.h"
#include "core/status_list/status_list.h"
#include "tests/server/canary/many.h"
#include "tests/server/canary/search.h"

namespace mibun::server {
namespace {

constexpr std::size_t kScanBytes = 3000;  // of a photo

[[noreturn]] void complain(const Planted& person, const std::string& what) {
  throw std::runtime_error(person.name + ": " + what);
}

// Bytes that look like a photo, with the canary in its scan.
Bytes photo_of(const Planted& person, std::uint8_t filler) {
  Bytes photo = TestJpeg{.scan_bytes = kScanBytes, .filler = filler}.bytes();
  const Bytes run(person.canary.size(), filler);
  std::ranges::copy(person.canary, std::ranges::search(photo, run).begin());
  return photo;
}

std::string letters(Rng& rng, std::size_t count, char first) {
  std::string text;
  for (const std::uint8_t byte : rng.bytes(count)) text += static_cast<char>(first + byte % 26);
  return text;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c - 'A' + 'a');
  return text;
}

void post(const TestWorld& w, Device& device, const char* path, const json::Object& body) {
  w.send_well(w.account_request(device, "POST", path, json::serialize(body)), 201);
}

void decide(const TestWorld& w, const BoundToken& reviewer, const std::string& case_id, const char* decision,
            const char* reason) {
  w.send_well(w.bound_request(reviewer, "POST", "/api/v1/staff/cases/" + case_id + "/decisions",
                              json::serialize(json::Object{{"decision", decision}, {"reason_code", reason}})),
              200);
}

}  // namespace

Crowd::Crowd(TestWorld& world, int people, int goes)
    : world_(world), state_(must(emrtd::IssuingStateDouble::make(world.clock.now()))) {
  world_.config.csca_pem.push_back(state_.csca.certificate().pem());
  world_.app.reset();
  world_.app = must(App::open(world_.config, world_.clock, world_.rng));
  for (int number = 0; number < people; ++number) {
    Planted person;
    person.number = number;
    person.goes = (number + 1) * goes / people > number * goes / people;
    person.stands = static_cast<Planted::Stands>(number % 3);
    person.name = (person.goes ? "erased " : "living ") + std::to_string(number);
    person.canary = world_.rng.bytes(32);
    std::ranges::replace(person.canary, std::uint8_t{0xff}, std::uint8_t{0x7f});  // no marker inside a photo
    person.canary_text = base64url::encode(person.canary);
    person.given_name = letters(world_.rng, 32, 'A');
    people_.push_back(std::move(person));
  }
  for (std::set<std::string> unclear = look_for_all(); !unclear.empty(); unclear = look_for_all()) {
    for (Planted& person : people_) {
      if (unclear.contains(person.name)) person.given_name = letters(world_.rng, 32, 'A');
    }
  }
}

// Makes the scanner. Whom it would find in the libraries, where nobody was planted.
std::set<std::string> Crowd::look_for_all() {
  scanner_ = CanaryScanner();
  for (const Planted& person : people_) {
    scanner_.add(person.name, person.canary);
    scanner_.add(person.name, as_bytes(person.given_name));
    scanner_.add(person.name, as_bytes(lower(person.given_name)));
  }
  return in_own_files(scanner_);
}

std::set<std::string> Crowd::accounts(bool of_those_who_go) const {
  std::set<std::string> ids;
  for (const Planted& person : people_) {
    if (person.goes == of_those_who_go && !person.device.account_id.empty()) ids.insert(person.device.account_id);
  }
  return ids;
}

void Crowd::plant(std::size_t from, std::size_t to, unsigned threads) {
  const BoundToken akari = world_.token(world_.akari), minoru = world_.token(world_.minoru);
  many_at_a_time(to - from, threads, [&](std::size_t i) { plant_one(people_[from + i], akari, minoru); });
}

void Crowd::prove_identity(Planted& person) const {
  const TestWorld& w = world_;
  const emrtd::PassportHolder holder{.family_name = "ABE",
                                     .given_name = person.given_name,
                                     .birthdate = {1984, 2, 29},
                                     .sex = emrtd::Sex::unspecified,
                                     .document_number = "TR" + std::to_string(1000000 + person.number),
                                     .expiry = {2033, 8, 9}};
  const emrtd::Portrait portrait{emrtd::PortraitFormat::jpeg, photo_of(person, 3)};
  const auto passport = must(emrtd::PassportDouble::make(holder, portrait, state_.document_signer, w.clock.now()));
  person.photos = {{kDocument, photo_of(person, 1)}, {kSelfie, photo_of(person, 2)}};
  const Reply opened =
      w.send_well(w.account_request(person.device, "POST", "/api/v1/proofing/cases", R"({"method":"emrtd"})"), 201);
  person.case_id = opened.text("case_id");
  emrtd::ActiveAuthenticationChallenge challenge{};
  std::ranges::copy(must(base64url::decode(opened.text("active_authentication_challenge"))), challenge.begin());
  json::Object files = encoded(person.photos);
  files["EF.SOD"] = base64url::encode(passport.files().sod);
  files["EF.COM"] = base64url::encode(passport.files().com);
  for (const auto& [number, content] : passport.files().data_groups) {
    files["EF.DG" + std::to_string(number)] = base64url::encode(content);
  }
  const json::Object body{
      {"active_authentication_signature", base64url::encode(must(passport.active_authentication(challenge)))},
      {"files", files}};
  w.send_well(
      w.account_request(person.device, "POST", own_case_path(person.case_id, "/submission"), json::serialize(body)),
      202);
}

void Crowd::plant_one(Planted& person, const BoundToken& akari, const BoundToken& minoru) const {
  const TestWorld& w = world_;
  person.device = world_.register_device();
  const std::string id = base64url::encode(w.rng.bytes(16)), today = to_jst_string(w.clock.now()).substr(0, 10);
  post(w, person.device, "/api/v1/inquiries",
       {{"id", "inquiry-" + id}, {"kind", "card"}, {"text", "問い " + person.canary_text}, {"country_agreed", "US"}});
  post(w, person.device, "/api/v1/reports",
       {{"id", "report-" + id},
        {"reason_code", "pressure"},
        {"client_id", "x509_hash:abc"},
        {"organization", person.canary_text},
        {"on", today},
        {"text", "They said " + person.canary_text}});
  post(w, person.device, "/api/v1/history", {{"sealed", "a.b.c.d." + person.canary_text}});
  const json::Object subscription{
      {"endpoint", "https://push.example/" + person.canary_text},
      {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
      {"auth", base64url::encode(Bytes(person.canary.begin(), person.canary.begin() + 16))}};
  w.send_well(w.account_request(person.device, "PUT", "/api/v1/push-subscription", json::serialize(subscription)), 204);
  prove_identity(person);
  switch (person.stands) {
    case Planted::Stands::under_review:
      return;
    case Planted::Stands::appealed:
      decide(w, akari, person.case_id, "reject", "portrait_mismatch");
      w.send_well(w.account_request(person.device, "POST", own_case_path(person.case_id, "/appeal"),
                                    json::serialize(json::Object{{"text", "異議 " + person.canary_text}})),
                  202);
      return;
    case Planted::Stands::has_card:
      decide(w, akari, person.case_id, "approve", "all_checks_passed");
      decide(w, minoru, person.case_id, "approve", "all_checks_passed");
      person.card = w.receive(w.redeem(w.offer_of(person.device, person.case_id)), 1).front();
      return;
  }
}

Reply Crowd::staff_view_of(const Planted& person) const {
  return world_.send_well(
      world_.bound_request(world_.token(world_.akari), "GET", "/api/v1/staff/cases/" + person.case_id), 200);
}

void Crowd::look_around(Planted& person) const {
  const TestWorld& w = world_;
  for (const std::string& path :
       {std::string("/api/v1/history"), std::string("/api/v1/inquiries"), own_case_path(person.case_id)}) {
    w.send_well(w.account_request(person.device, "GET", path), 200);
  }
  if (!person.card) {
    staff_view_of(person);
    return;
  }
  const AskedRequest asked = w.ask(w.shop);
  const std::string redirect =
      w.send_well(w.answer(asked, w.answer_form(w.fetch(asked), *person.card)), 200).text("redirect_uri");
  const Reply taken = w.send_well(
      w.take(w.shop, asked.id, w.claim(asked.session_secret, redirect.substr(redirect.find('=') + 1))), 200);
  if (!taken.response.body.contains(person.given_name)) complain(person, "the shop did not get the name");
}

void Crowd::erase(Planted& person) const {
  world_.send_well(world_.account_request(person.device, "DELETE", "/api/v1/account"), 200);
}

std::uint8_t Crowd::status_of(const Planted& person) const {
  const auto reference = *must(sd_jwt::HeldCredential::reopen_stored(person.card->text)).status();
  const Reply reply = world_.send_well({.target = reference.uri.substr(kOrigin.size())}, 200);
  const auto jws = must(jose::Jws::parse(std::string_view(reply.response.body)));
  const auto payload = must(jws.unverified_payload());
  const auto list = must(status_list::StatusList::parse(payload.at("status_list").as_object()));
  return must(list.get(reference.index));
}

void Crowd::check_has_everything(Planted& person) const {
  const TestWorld& w = world_;
  const auto answer = [&](const std::string& path) {
    return w.send_well(w.account_request(person.device, "GET", path), 200).response.body;
  };
  for (const char* path : {"/api/v1/history", "/api/v1/inquiries"}) {
    if (!answer(path).contains(person.canary_text)) complain(person, std::string("nothing in ") + path);
  }
  const bool has_card = person.card.has_value();
  const Reply own = w.send_well(w.account_request(person.device, "GET", own_case_path(person.case_id)), 200);
  if (own.text("state") != (has_card ? "approved" : "in_review")) complain(person, "the case is " + own.text("state"));
  if (has_card) {
    if (status_of(person) != status_list::kValid) complain(person, "the card is not valid");
    return;
  }
  const Reply shown = staff_view_of(person);
  const json::Object& portrait = shown.json.at("portrait").as_object();
  if (portrait.at("image").as_string() != base64url::encode(photo_of(person, 3))) complain(person, "another portrait");
  if (!shown.response.body.contains(person.given_name)) complain(person, "no name in the claims");
  if (person.stands == Planted::Stands::appealed) {
    if (!shown.response.body.contains(person.canary_text)) complain(person, "the appeal is gone");
  } else if (shown.json.at("photos").as_object() != encoded(person.photos)) {
    complain(person, "the photos are not those that were handed in");
  }
}

void Crowd::check_is_gone(Planted& person) const {
  const TestWorld& w = world_;
  const int status = w.send(w.account_request(person.device, "GET", "/api/v1/history")).status();
  if (status != 401) complain(person, "answered with " + std::to_string(status));
  if (person.card && status_of(person) == status_list::kValid) complain(person, "the card is valid");
}

}  // namespace mibun::server
