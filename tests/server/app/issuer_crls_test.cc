// A19: an issuer that was switched off was still believed. Whoever signs cards stands on their authority's revocation
// list when they were switched off; the lists here are the openssl program's, except our own.
#include <doctest/doctest.h>

#include <array>

#include "core/crypto/mdoc_certificates.h"
#include "platform/files/files.h"
#include "platform/keyd/stored_signing_keys.h"
#include "server/trust/issuer_crls.h"
#include "tests/server/app/club.h"
#include "tests/server/world/later.h"
#include "tests/server/world/own_world.h"
#include "tests/support/openssl_authority.h"

namespace mibun::server {
namespace {

using namespace std::chrono_literals;

constexpr const char* kMdl = "org.iso.18013.5.1.mDL";
constexpr const char* kGood = "good";
const OwnTypes kOwn{.vcts = {"urn:ours"}, .doctypes = {"org.ours.1"}};

crypto::MdocCertificateRequest names(std::string common_name) {
  crypto::MdocCertificateRequest out;
  out.common_name = std::move(common_name);
  out.not_before = kTestNow - 24h;
  out.not_after = kTestNow + 24h * 90;
  out.crl_uri = "https://lists.example/iaca.crl";
  out.issuer_uri = "https://authority.example";
  return out;
}

// Another issuer's row of each format, with a list each, and those who sign for them.
struct Foreign {
  TempDir directory;
  SeededRng rng{19};
  std::unique_ptr<Trust> trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  ManualClock clock{kTestNow};

  TestAuthority club{"club"};
  TestSigner secretary{club, crypto::CertificatePurpose::credential_issuer, "club.example"};
  crypto::P256PrivateKey iaca_key = crypto::P256PrivateKey::generate();
  crypto::Certificate iaca = must(crypto::make_iaca_certificate(names("IACA"), iaca_key));
  crypto::Certificate document_signer = must(crypto::make_document_signer_certificate(
      names("Signer"), crypto::P256PrivateKey::generate().public_key(), iaca, iaca_key));
  OpensslAuthority club_lists{club.root, club.key}, iaca_lists{iaca, iaca_key};

  CardIssuers issuers = must(card_issuers(*trust, kOwn,
                                          {{.format = "dc+sd-jwt",
                                            .types = {"urn:club"},
                                            .pem = {club.root.pem()},
                                            .names = {},
                                            .crls = {"https://lists.example/club.crl"}},
                                           {.format = "mso_mdoc",
                                            .types = {kMdl},
                                            .pem = {iaca.pem()},
                                            .names = {},
                                            .crls = {"https://lists.example/iaca.crl"}}}));
  std::map<std::string, Bytes> served;
  std::size_t fetched = 0;
  IssuerCrls lists{issuers, *trust,
                   [this](const std::string& url) -> Result<Bytes> {
                     ++fetched;
                     if (!served.contains(url)) return fail(ErrorCode::http_timeout, "crl");
                     return served[url];
                   },
                   clock};

  void serve(const Bytes& club_list, const Bytes& iaca_list) {
    served = {{"https://lists.example/club.crl", club_list}, {"https://lists.example/iaca.crl", iaca_list}};
  }
  void fetch_later(milliseconds by = 1h) {
    clock.advance(by);
    lists.fetch_due();
  }
  static std::string verdict(const Result<crypto::TrustedIssuers::Match>& found) {
    return found ? kGood : std::string(to_string(found.error().code));
  }
  // Of the two signers: an SD-JWT VC's, an mdoc's.
  std::array<std::string, 2> verdicts() const {
    const std::array<std::string, 1> vct{"urn:club"}, doctype{kMdl};
    const std::vector<BytesView> chain{document_signer.der()};
    return {verdict(issuers.sd_jwt.find(vct, crypto::CertificateChain(secretary.chain), "https://club.example",
                                        clock.now())),
            verdict(issuers.mdoc.find(doctype, chain, clock.now()))};
  }
  bool all_are(std::string_view wanted) const {
    const auto both = verdicts();
    CAPTURE(both[0]);
    CAPTURE(both[1]);
    CHECK(both[0] == wanted);
    CHECK(both[1] == wanted);
    return both[0] == wanted && both[1] == wanted;
  }
};

constexpr const char* kUnknown = "certificate_revocation_unknown";
constexpr const char* kRevoked = "certificate_revoked";

}  // namespace

TEST_CASE("A19: whoever stands on the list of their authority is believed no more, and nobody without a list") {
  Foreign it;
  CHECK(it.all_are(kUnknown));
  it.lists.fetch_due();  // nobody answers
  CHECK(it.all_are(kUnknown));
  it.serve(Bytes{0x30, 0x00}, Bytes{});  // no list
  it.fetch_later(1min);
  CHECK(it.all_are(kUnknown));
  it.serve(it.iaca_lists.list(kTestNow, kTestNow + 24h), it.club_lists.list(kTestNow, kTestNow + 24h));
  it.fetch_later(1min);  // each the other's
  CHECK(it.all_are(kUnknown));

  it.serve(it.club_lists.list(kTestNow, kTestNow + 48h), it.iaca_lists.list(kTestNow, kTestNow + 48h));
  it.fetch_later();
  CHECK(it.all_are(kGood));
  it.club_lists.revoke(it.secretary.certificate);
  it.iaca_lists.revoke(it.document_signer);
  it.serve(it.club_lists.list(kTestNow + 2h, kTestNow + 48h), it.iaca_lists.list(kTestNow + 2h, kTestNow + 48h));
  CHECK(it.all_are(kGood));  // until it is looked at again
  it.fetch_later();
  CHECK(it.all_are(kRevoked));
}

TEST_CASE("A19: a list of a stranger with the authority's name clears nobody") {
  Foreign it;
  const TestAuthority stranger("club");
  const auto key = crypto::P256PrivateKey::generate();
  const OpensslAuthority forged_club(stranger.root, stranger.key),
      forged_iaca(must(crypto::make_iaca_certificate(names("IACA"), key)), key);
  it.serve(forged_club.list(kTestNow, kTestNow + 24h), forged_iaca.list(kTestNow, kTestNow + 24h));
  it.lists.fetch_due();
  CHECK(it.fetched == 2);
  CHECK(it.all_are(kUnknown));
}

TEST_CASE("A19: a list is looked at each hour, one that cannot be had each minute; at its end nobody is believed") {
  Foreign it;
  it.lists.fetch_due();
  CHECK(it.fetched == 2);
  it.fetch_later(59s);
  CHECK(it.fetched == 2);
  it.serve(it.club_lists.list(kTestNow, kTestNow + 3h), it.iaca_lists.list(kTestNow, kTestNow + 3h));
  it.fetch_later(1s);
  CHECK(it.fetched == 4);
  CHECK(it.all_are(kGood));
  it.fetch_later(1h - 1s);
  CHECK(it.fetched == 4);
  it.served.clear();
  it.fetch_later(1s);
  CHECK(it.fetched == 6);
  CHECK(it.all_are(kGood));  // the one at hand is current
  it.clock.set(kTestNow + 3h);
  CHECK(it.all_are(kGood));
  it.clock.advance(1s);
  CHECK(it.all_are(kUnknown));
}

TEST_CASE("A19: a list that has ended, is of tomorrow or older than the one at hand takes nobody's place") {
  Foreign it;
  const Bytes club_before = it.club_lists.list(kTestNow, kTestNow + 48h),
              iaca_before = it.iaca_lists.list(kTestNow, kTestNow + 48h);
  it.club_lists.revoke(it.secretary.certificate);
  it.iaca_lists.revoke(it.document_signer);
  it.serve(it.club_lists.list(kTestNow + 1min, kTestNow + 24h), it.iaca_lists.list(kTestNow + 1min, kTestNow + 24h));
  it.fetch_later();
  CHECK(it.all_are(kRevoked));
  it.serve(club_before, iaca_before);  // it would clear them
  it.fetch_later();
  CHECK(it.fetched == 4);
  CHECK(it.all_are(kRevoked));
  const Instant now = it.clock.now();
  for (const auto& [from, until] : {std::pair{now + 24h, now + 48h}, std::pair{now - 1h, now - 1s}}) {
    it.serve(it.club_lists.list(from, until), it.iaca_lists.list(from, until));
    it.fetch_later(1min);
    CHECK(it.all_are(kRevoked));
  }
}

TEST_CASE("A19: a list that lies on this machine is read there as often, and nothing is fetched for it") {
  Foreign it;
  const std::string file = it.directory.file("club.crl");
  CardIssuers issuers = must(card_issuers(
      *it.trust, kOwn,
      {{.format = "dc+sd-jwt", .types = {"urn:club"}, .pem = {it.club.root.pem()}, .names = {}, .crls = {file}}}));
  bool fetched = false;
  const auto fetch = [&](const std::string&) -> Result<Bytes> {
    fetched = true;
    return fail(ErrorCode::http_timeout, "crl");
  };
  IssuerCrls lists(issuers, *it.trust, fetch, it.clock);
  const auto verdict = [&] {
    lists.fetch_due();
    const std::array<std::string, 1> vct{"urn:club"};
    return Foreign::verdict(issuers.sd_jwt.find(vct, crypto::CertificateChain(it.secretary.chain), "", it.clock.now()));
  };
  CHECK(verdict() == kUnknown);
  it.clock.advance(1min);
  it.directory.write("club.crl", as_text(it.club_lists.list(kTestNow, kTestNow + 24h)));
  CHECK(verdict() == kGood);
  it.club_lists.revoke(it.secretary.certificate);
  it.directory.write("club.crl", as_text(it.club_lists.list(kTestNow + 1min, kTestNow + 24h)));
  it.clock.advance(1h);
  CHECK(verdict() == kRevoked);
  CHECK(!fetched);
}

TEST_CASE("A19: a card whose signer its authority took back is refused at the gateway") {
  TestWorld& w = world();
  log::open(w.log_file(), log::Level::info);
  const OpensslAuthority lists(w.guild.root, w.guild.key);
  const Club guild{.host = "guild.example"};
  guild.publish(guild.secretary);
  const HeldCard card = guild.issue(kTradeVct);
  const auto why_not = [&] { return guild.why_not({kTradeVct}, card); };
  const auto publish = [&] {
    const std::scoped_lock lock(w.foreign_lists->mutex);
    w.foreign_lists->crls[std::string(kGuildCrl)] = lists.list(w.clock.now(), w.clock.now() + 24h);
  };
  CHECK(why_not() == kUnknown);
  publish();
  w.app->fetch_issuer_crls();
  CHECK(why_not().empty());
  // Wallets get it as it was fetched, under its number and no other spelling of it.
  const auto handed_on = [&](const std::string& number) {
    return w.send({.target = "/.well-known/mibun-trusted-crl/" + number});
  };
  CHECK(handed_on("1").response.body == as_text(w.foreign_lists->crls.at(std::string(kGuildCrl))));
  for (const char* other : {"0", "01", "2", "1x", "x", "-1", "99999999999999999999"}) {
    INFO(other);
    CHECK(handed_on(other).status() == 404);
  }
  lists.revoke(guild.secretary.certificate);
  const Later later(w, 1h);
  publish();
  w.app->fetch_issuer_crls();
  CHECK(why_not() == std::string(kRevoked));
}

namespace {

struct World : OwnWorld {
  void restart() {
    app.reset();
    app = must(App::open(config, clock, rng));
  }
  void rotate(const char* name) {
    must(must(keyd::StoredSigningKeys::open_files(data_directory() + "/keys", rng))->create({name, 2}));
  }
  std::string certificate_of(const char* name) const {
    return std::string(as_text(must(files::read_file(data_directory() + "/keys/" + name + ".pem", 65536))));
  }
  std::string why_not(const HeldCard& card) {
    const AskedRequest asked = ask(shop);
    if (send(answer(asked, answer_form(fetch(asked), card))).status() == 200) return kGood;
    log::flush();
    const std::string text = directory_.read("server.log");
    for (const char* code : {kRevoked, kUnknown}) {
      if (text.substr(text.rfind("\"presentation_rejected\"")).find(code) != std::string::npos) return code;
    }
    return "another reason";
  }
  crypto::Crl list(const std::string& path) const {
    return must(crypto::Crl::parse(as_bytes(send_well({.target = path}, 200).response.body)));
  }
};

}  // namespace

TEST_CASE("A19: a signer of ours that the operator took back stands on the published list, and its cards are refused") {
  World w;
  const HeldCard card = w.take_card();
  CHECK(w.why_not(w.take_card()) == kGood);
  const std::string issuer = w.certificate_of("issuer"), signer = w.certificate_of("document-signer");
  w.rotate("issuer");
  w.rotate("document-signer");
  w.config.taken_back_signer_pem = {issuer, signer};
  w.restart();
  CHECK(w.why_not(card) == kRevoked);
  CHECK(w.why_not(w.receive(w.holder_token(), 1).front()) == kGood);  // of its successor
  for (const auto& [path, pem] : {std::pair{issuer_crl_path(1), issuer}, std::pair{iaca_crl_path(1), signer}}) {
    const auto list = w.list(path);
    CHECK(list.size() == 1);
    const auto taken_back = must(crypto::CaCertificate::from_pem(pem));
    const auto& roots = path == issuer_crl_path(1) ? w.trust->credential_issuers : w.trust->iaca;
    const auto verified = must(crypto::VerifiedCrl::verify(list, roots.anchors().front(), w.clock.now()));
    CHECK(code_of(verified.check_not_revoked(taken_back)) == ErrorCode::certificate_revoked);
  }
}

TEST_CASE("A19: our own rows believe nobody without our own list, and with it for as long as the server runs") {
  const TempDir directory;
  crypto::SystemRng rng;
  ManualClock clock(kTestNow);
  const std::string keys = directory.file("keys");
  auto trust = must(Trust::open(keys, std::string(kOrigin), rng, kTestNow));
  const auto files_of = [&](const char* name) {
    return std::string(as_text(must(files::read_file(keys + "/" + name + ".pem", 65536))));
  };
  const std::vector<std::string> both{files_of("issuer"), files_of("document-signer")};
  const std::vector<Bytes> sd_jwt_chain = trust->credential_issuer().chain, mdoc_chain = trust->document_signer().chain;
  const auto verdicts = [&](const CardIssuers& issuers) {
    const std::vector<BytesView> chain{mdoc_chain.front()};
    return Foreign::verdict(
               issuers.sd_jwt.find(kOwn.vcts, crypto::CertificateChain(sd_jwt_chain), kOrigin, clock.now())) +
           " " + Foreign::verdict(issuers.mdoc.find(kOwn.doctypes, chain, clock.now()));
  };
  {
    CardIssuers issuers = must(card_issuers(*trust, kOwn, {}));
    IssuerCrls lists(issuers, *trust, {}, clock);
    CHECK(verdicts(issuers) == std::string(kUnknown) + " " + kUnknown);
    must(lists.take_own());
    CHECK(verdicts(issuers) == "good good");
    // What is on them stays while this runs, so time takes them from nobody, nor does a clock that goes back.
    for (const milliseconds by : {milliseconds(24h * 300), milliseconds(-24h * 300)}) {
      clock.advance(by);
      CHECK(verdicts(issuers) == "good good");
    }
  }
  // What signs now is not taken back before its successor is there, and what is nobody's of ours never.
  const auto open_with = [&](const std::vector<std::string>& pems) {
    return Trust::open(keys, std::string(kOrigin), rng, kTestNow, nullptr, pems);
  };
  for (const std::string& pem : both) CHECK(code_of(open_with({pem})) == ErrorCode::invalid_argument);
  const TestAuthority stranger("stranger");
  const TestSigner other(stranger, crypto::CertificatePurpose::credential_issuer, "mibun.example");
  for (const std::string& pem : {other.certificate.pem(), files_of("receipt"), files_of("iaca-root")}) {
    CHECK(code_of(open_with({pem})) == ErrorCode::invalid_argument);
  }
  CHECK(code_of(open_with({"no certificate"})) == ErrorCode::pem_malformed);
  trust.reset();
  auto stored = must(keyd::StoredSigningKeys::open_files(keys, rng));
  for (const char* name : {"issuer", "document-signer"}) must(stored->create({name, 2}));
  stored.reset();
  clock.set(kTestNow);
  trust = must(open_with(both));
  CardIssuers issuers = must(card_issuers(*trust, kOwn, {}));
  IssuerCrls lists(issuers, *trust, {}, clock);
  must(lists.take_own());
  CHECK(verdicts(issuers) == std::string(kRevoked) + " " + kRevoked);
}

}  // namespace mibun::server
