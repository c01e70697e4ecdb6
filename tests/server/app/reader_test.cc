#include <doctest/doctest.h>

#include <deque>

#include "core/crypto/crl.h"
#include "core/mdoc/doc_types.h"
#include "core/proximity/reader_flow.h"
#include "core/proximity/socket_retrieval.h"
#include "core/status_list/status_token.h"
#include "server/trust/trust.h"
#include "tests/server/app/nearby.h"
#include "tests/server/world/later.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/history.h"
#include "wallet/proximity.h"

// A photo ID of the server, in our wallet, shown at close range to a reader whose certificate and registration are the
// server's as well; and everything that keeps it from being shown.
namespace mibun::server {
namespace {

using proximity::HolderOutcome;
using proximity::ReaderOutcome;

// What a reader asks for, and with what.
struct Reader {
  const crypto::Signer* signer;
  std::vector<Bytes> chain;
  std::string registration;
  std::string doc_type{mdoc::kPhotoIdDocType};
  std::vector<std::string> elements{"given_name", "age_over_20"};
};

// The reader at the other end of the wallet's wire: it answers as soon as it is told something.
class ReaderAtTheTable final : public proximity::Wire {
 public:
  ReaderAtTheTable(TestWorld& w, const Reader& reader, const std::string& engagement) : w_(w) {
    std::vector<mdoc::RequestedElement> elements;
    for (const std::string& name : reader.elements) elements.push_back({name, false});
    lists_ = {current_status_list()};
    flow_.emplace(must(proximity::ReaderFlow::make(
        {.issuers = w.trust->mdoc_issuers,
         .identity = proximity::ReaderIdentity{*reader.signer, reader.chain, reader.registration},
         .status_lists = lists_,
         .without_status = proximity::WithoutStatus::refuse},
        {{.doc_type = reader.doc_type, .name_spaces = {{std::string(mdoc::kIso23220NameSpace), elements}}}})));
    answers_.push_back(
        std::get<proximity::SendMessage>(must(flow_->advance(proximity::Scanned{engagement}, w.clock.now()))).message);
  }

  Status send(BytesView message) override {
    if (finished) return {};  // a farewell that nobody waits for
    auto step = must(flow_->advance(proximity::MessageArrived{to_bytes(message)}, w_.clock.now()));
    if (auto* end = std::get_if<proximity::ReaderFinished>(&step)) {
      finished = std::move(*end);
      if (finished->farewell) answers_.push_back(*finished->farewell);
    }
    return {};
  }
  Result<std::optional<Bytes>> receive(Instant) override {
    if (answers_.empty()) return std::optional<Bytes>();
    Bytes next = std::move(answers_.front());
    answers_.pop_front();
    return std::optional(std::move(next));
  }
  std::optional<proximity::ReaderFinished> finished;

 private:
  // As a reader that was online this morning has it.
  status_list::VerifiedStatusList current_status_list() const {
    const std::string uri = std::string(kOrigin) + "/status/1";
    const std::string token = w_.send_well({.target = "/status/1"}, 200).response.body;
    return must(status_list::VerifiedStatusList::verify(
        token, {.expected_uri = uri, .issuers = w_.trust->credential_issuers}, w_.clock.now()));
  }
  TestWorld& w_;
  std::vector<status_list::VerifiedStatusList> lists_;
  std::optional<proximity::ReaderFlow> flow_;
  std::deque<Bytes> answers_;
};

struct Shown {
  wallet::Met met;
  std::optional<wallet::NearbyQuestion> question;
  std::optional<proximity::ReaderFinished> reader;
};

Shown show(RegisteredWallet& own, const Reader& reader,
           proximity::UnknownReaders unknown = proximity::UnknownReaders::ask_holder) {
  own.device.clock.advance(seconds(1));  // so that the history has an order
  const auto meeting =
      must(wallet::Meeting::prepare(own.device.host, {proximity::socket_retrieval({"127.0.0.1", 4711})}, unknown));
  ReaderAtTheTable at_table(world(), reader, meeting->qr_text());
  Shown shown;
  shown.met = must(meeting->meet(at_table, [&](const wallet::NearbyQuestion& question) {
    shown.question = question;
    return wallet::Decision::agree;
  }));
  shown.reader = std::move(at_table.finished);
  return shown;
}

// A wallet that holds ten copies of the photo ID.
RegisteredWallet& holder() {
  static RegisteredWallet own;
  static const bool received = [] {
    must(own.receive([](const auto& visit) { return own.sign_in(visit); }, kPhotoIdConfiguration));
    return true;
  }();
  REQUIRE(received);
  return own;
}

std::size_t copies_left(RegisteredWallet& own) {
  return must(wallet::CardStore(own.device.store, own.device.keys).list()).at(0).copies_left;
}

wallet::HistoryEvent last_event(RegisteredWallet& own) {
  return must(wallet::HistoryBook(own.device.host).list()).back();
}

Reader reader_of(const CertifiedReader& certified) {
  return {.signer = &certified.key, .chain = certified.chain, .registration = certified.registration};
}

}  // namespace

TEST_CASE("the server's photo ID is shown to a registered reader: terms, values, answer, history") {
  RegisteredWallet& own = holder();
  const CertifiedReader certified = certify_reader(world());
  const std::size_t before = copies_left(own);
  const Shown shown = show(own, reader_of(certified), proximity::UnknownReaders::refuse);
  REQUIRE(shown.question);
  REQUIRE(shown.question->registration);
  CHECK(shown.question->registration->organization.ja == "酒処むすび");
  CHECK(shown.question->registration->purpose.en == "age check");
  CHECK(shown.question->registration->retention.days == 30);
  REQUIRE(shown.question->ask.documents.size() == 1);
  CHECK(shown.question->ask.documents[0].elements.size() == 2);
  CHECK(shown.met.outcome == HolderOutcome::shared);
  REQUIRE(shown.reader);
  CHECK(shown.reader->outcome == ReaderOutcome::answered);
  const auto& answer = shown.reader->answer->documents().at(0);
  CHECK(answer.status == proximity::DocumentStatus::valid);
  CHECK(answer.elements.at(1).age == mdoc::AgeAnswer::at_least);
  CHECK(copies_left(own) == before - 1);
  const auto event = last_event(own);
  CHECK(event.kind == "shared");
  CHECK(event.partner_ja == "酒処むすび");
  CHECK(event.partner_en == "Musubi Sake Shop");
  CHECK(event.registration_id == shown.question->registration->registration_id);
  CHECK(event.pending);  // the server's history gets it, too
  CHECK(event.claims.size() == 2);
  // Another device of the same organisation is known from now on.
  const CertifiedReader other = certify_reader(world());
  CHECK(show(own, reader_of(other)).question->previous.count == 1);
}

TEST_CASE("a reader that asks for more than it is registered for gets nothing, and no question is asked") {
  RegisteredWallet& own = holder();
  const CertifiedReader certified = certify_reader(world()), other = certify_reader(world());
  TestAuthority elsewhere("another registrar");
  const TestSigner registrar(elsewhere, crypto::CertificatePurpose::registrar, "registrar.example");
  const auto content =
      must(oid4vp::VerifiedRegistration::verify(certified.registration, world().trust->registrars, world().clock.now()))
          .content();
  const std::string by_another = must(oid4vp::sign_registration(content, registrar.key, registrar.chain));

  struct Row {
    std::string_view why;
    std::function<void(Reader&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"one element more", [](Reader& r) { r.elements.emplace_back("birth_date"); },
       ErrorCode::oid4vp_claim_not_registered},
      {"the portrait alone", [](Reader& r) { r.elements = {"portrait"}; }, ErrorCode::oid4vp_claim_not_registered},
      {"another age", [](Reader& r) { r.elements = {"age_over_65"}; }, ErrorCode::oid4vp_claim_not_registered},
      {"another document, which is not here", [](Reader& r) { r.doc_type = mdoc::kMdlDocType; },
       ErrorCode::oid4vp_claim_not_registered},
      {"another reader's registration", [&](Reader& r) { r.registration = other.registration; },
       ErrorCode::oid4vp_registration_invalid},
      {"a registration that another registrar signed", [&](Reader& r) { r.registration = by_another; },
       ErrorCode::oid4vp_registration_invalid},
      {"a registration with one character changed", [](Reader& r) { r.registration[r.registration.size() / 2] ^= 1; },
       ErrorCode::oid4vp_registration_invalid},
      {"a registration that is none", [](Reader& r) { r.registration = "x"; }, ErrorCode::oid4vp_registration_invalid},
      {"another reader's key", [&](Reader& r) { r.signer = &other.key; },
       ErrorCode::mdoc_reader_auth_signature_invalid},
  };
  const std::size_t before = copies_left(own);
  for (const Row& row : rows) {
    INFO(row.why);
    Reader reader = reader_of(certified);
    row.change(reader);
    const Shown shown = show(own, reader);
    CHECK(!shown.question);
    CHECK(shown.met.outcome == HolderOutcome::failed);
    REQUIRE(shown.met.why);
    CHECK(shown.met.why->code == row.want);
    REQUIRE(shown.reader);
    CHECK(shown.reader->outcome == ReaderOutcome::failed);  // told that it is over, and not why
    CHECK(shown.reader->why->code == ErrorCode::mdoc_session_ended);
    const auto event = last_event(own);
    CHECK(event.kind == "failed");
    CHECK(event.outcome == to_string(row.want));
    const bool is_known = row.want != ErrorCode::mdoc_reader_auth_signature_invalid;
    CHECK(event.partner_en == (is_known ? "Musubi Sake Shop" : "A reader that is not verified"));
    if (row.want == ErrorCode::oid4vp_claim_not_registered) CHECK(event.partner_ja == "酒処むすび");
  }
  CHECK(copies_left(own) == before);
}

TEST_CASE("a reader without its registration is shown as one that nobody has checked, or gets nothing") {
  RegisteredWallet& own = holder();
  const CertifiedReader certified = certify_reader(world());
  Reader reader = reader_of(certified);
  reader.registration.clear();
  const Shown shown = show(own, reader);
  REQUIRE(shown.question);
  CHECK(shown.question->ask.reader);
  CHECK(!shown.question->ask.is_registered);
  CHECK(!shown.question->registration);
  CHECK(last_event(own).registration_id.empty());
  const Shown refused = show(own, reader, proximity::UnknownReaders::refuse);
  CHECK(!refused.question);
  CHECK(refused.met.why->code == ErrorCode::wallet_reader_untrusted);
}

TEST_CASE("revoked readers are refused once the wallet has the list; without a current list no reader is known") {
  RegisteredWallet& own = holder();
  TestWorld& w = world();
  const CertifiedReader lost = certify_reader(w), kept = certify_reader(w);
  CHECK(show(own, reader_of(lost)).met.outcome == HolderOutcome::shared);
  const std::string revoked_at = revoke_reader(w, lost);
  {
    const Later later(w, std::chrono::hours(1));
    CHECK(revoke_reader(w, lost) == revoked_at);  // told twice: it was lost since the first time
  }
  CHECK(own.device.store.records.contains("readers_crl"));
  own.device.store.records.erase("readers_crl");  // as a day later

  Shown shown = show(own, reader_of(lost));
  CHECK(!shown.question);
  CHECK(shown.met.why->code == ErrorCode::certificate_revoked);
  CHECK(show(own, reader_of(kept)).met.outcome == HolderOutcome::shared);

  const json::Array readers =
      w.send_well(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/readers"), 200).json.at("readers").as_array();
  const auto row_of = [&](const std::string& id) {
    for (const json::Value& row : readers) {
      if (row.at("reader_id").as_string() == id) return row.as_object();
    }
    return json::Object();
  };
  CHECK(row_of(lost.id).contains("revoked_at"));
  CHECK(!row_of(kept.id).contains("revoked_at"));

  // No list, and no network.
  own.device.store.records.erase("readers_crl");
  const auto online = std::exchange(own.device.http.answer, [](const HttpRequest&) {
    return Result<HttpResponse>(fail(ErrorCode::http_connect_failed));
  });
  for (const CertifiedReader* reader : {&lost, &kept}) {
    shown = show(own, reader_of(*reader));
    REQUIRE(shown.question);
    CHECK(!shown.question->ask.reader);  // nobody knows who asks
    CHECK(!shown.question->registration);
    CHECK(show(own, reader_of(*reader), proximity::UnknownReaders::refuse).met.why->code ==
          ErrorCode::wallet_reader_untrusted);
  }
  own.device.http.answer = online;
}

TEST_CASE("a reader's certificate ends no later than its partner's registration") {
  TestWorld& w = world();
  static_cast<void>(nearby_partner(w));  // registered today
  const auto ends = [&] { return must(crypto::Certificate::parse(certify_reader(w).chain.front())).not_after(); };
  const Later near_the_end(w, std::chrono::days(365 - 10));
  CHECK(ends() - w.clock.now() <= std::chrono::days(10));
}

TEST_CASE("a partner has a thousand devices at most, and room again when one is taken back") {
  TestWorld& w = world();
  const Program partner = new_nearby_partner(w, "large-shop");
  const BoundToken token = w.token(partner);
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const auto certify = [&] {
    return w.send(w.bound_request(token, "POST", "/api/v1/partner/readers", json::serialize(reader_body(key))));
  };
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const Reply reply = certify();
    REQUIRE(reply.status() == 201);
    last = reply.text("reader_id");
  }
  CHECK(certify().code() == "service_overloaded");
  w.send_well(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/readers/" + last + "/revocation"), 200);
  CHECK(certify().status() == 201);
  CHECK(certify().code() == "service_overloaded");
}

TEST_CASE("a reader's certificate and registration end together, after ninety days") {
  TestWorld& w = world();
  const CertifiedReader certified = certify_reader(w);
  const auto leaf = must(crypto::Certificate::parse(certified.chain.front()));
  const auto registration =
      must(oid4vp::VerifiedRegistration::verify(certified.registration, w.trust->registrars, w.clock.now()));
  CHECK(leaf.not_after() == registration.content().expires_at);
  CHECK(leaf.not_after() - w.clock.now() <= std::chrono::days(90));
  CHECK(registration.content().client_id == oid4vp::client_id_of(leaf));
  for (const auto& credential : registration.content().credentials) CHECK(credential.format == dcql::kMdocFormat);
  const auto crl = must(crypto::Crl::parse(as_bytes(w.send({.target = readers_crl_path(1)}).response.body)));
  crypto::TrustAnchors readers(crypto::CertificatePurpose::mdoc_reader, w.trust->readers.anchors(),
                               crypto::RevocationPolicy::require_crls);
  readers.set_crls({crl});
  CHECK(readers.verify_chain(certified.chain, w.clock.now()));
  CHECK(code_of(readers.verify_chain(certified.chain, leaf.not_after() + seconds(1))) ==
        ErrorCode::certificate_expired);
  // Online it lets nobody in.
  CHECK(code_of(w.trust->verifier_access.verify_chain(certified.chain, w.clock.now())) ==
        ErrorCode::certificate_wrong_purpose);
}

}  // namespace mibun::server
