#include <doctest/doctest.h>

#include "platform/files/files.h"
#include "tests/cli/proximity/served.h"
#include "wallet/nearby_receipts.h"

// The whole way, each a program: the server issues the card and the reader's certificate, the wallet shows the card,
// the reader believes it.
using namespace served;

namespace {

bool contains(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

struct Desk {
  Desk() {
    served.make_wallet();
    served.reviewer("akari", {"partner", "register", served.shop_file()});
    served.shop({"reader", "Counter 1", "--out", served.file("")});
    trust = served.fetch_to("/.well-known/mibun-trust.json", "trust.json");
    issuer_list = served.fetch_to("/.well-known/mibun-iaca.crl", "iaca.crl");
    status_list = served.origin() + "/status/1=" + served.fetch_to("/status/1", "status.jwt");
  }
  std::vector<std::string> reader(const std::string& engagement, const std::string& elements,
                                  const std::string& language = "en") const {
    return {MIBUN_PROGRAM,
            "--lang",
            language,
            "reader",
            engagement,
            "--trust",
            trust,
            "--doctype",
            "org.iso.23220.photoid.1",
            "--elements",
            elements,
            "--certificate",
            served.file("reader.pem"),
            "--key",
            served.file("reader.key"),
            "--registration",
            served.file("reader.registration"),
            "--issuer-list",
            issuer_list,
            "--status-list",
            status_list};
  }
  std::vector<std::string> wallet(const std::string& language = "en") const {
    std::vector<std::string> argv{MIBUN_PROGRAM, "--lang", language};
    for (std::string& word : served.wallet({"proximity", "--verified-readers-only"})) argv.push_back(std::move(word));
    return argv;
  }
  Served served;
  std::string trust, issuer_list, status_list;
};

}  // namespace

TEST_CASE("server, wallet, reader: a registered reader gets what it may ask, and no more") {
  const Desk desk;
  {
    Running wallet(desk.wallet());
    wallet.type(kPassphrase);
    Running reader(desk.reader(wallet.value_of("engagement"), "given_name,age_over_20"));
    wallet.wait_for("Share this?");
    for (const std::string_view words :
         {"Musubi Sake Shop", "✓ verified", "Given name: ", "Aged 20 or over: Yes", "age check when buying sake",
          "30 days", "the name is used for the delivery only", "First time sharing"}) {
      CAPTURE(std::string(words));
      CHECK(contains(wallet.out, words));
    }
    CHECK(!contains(wallet.out, "Nobody has checked"));
    wallet.type(std::string("y\n") + kPassphrase);
    CHECK(reader.finish() == 0);
    CHECK(contains(reader.out, "outcome: answered\n"));
    CHECK(contains(reader.out, "age_over_20: yes\n"));
    CHECK(contains(reader.out, "status: valid\n"));
    CHECK(wallet.finish() == 0);
  }
  {  // The same in Japanese, and the person says no.
    Running wallet(desk.wallet("ja"));
    wallet.type(kPassphrase);
    Running reader(desk.reader(wallet.value_of("engagement"), "given_name", "ja"));
    wallet.wait_for("この内容を提供しますか?");
    for (const std::string_view words : {"酒処むすび", "確認済み", "利用目的", "お酒の購入時の年齢確認", "保存期間"}) {
      CAPTURE(std::string(words));
      CHECK(contains(wallet.out, words));
    }
    wallet.type("n\n");
    CHECK(reader.finish() == 1);
    CHECK(wallet.finish() == 1);
  }
  {  // One element more than the registration says.
    Running wallet(desk.wallet());
    wallet.type(kPassphrase);
    Running reader(desk.reader(wallet.value_of("engagement"), "given_name,birth_date"));
    CHECK(reader.finish() == 1);
    CHECK(wallet.finish() == 1);
    CHECK(!contains(wallet.out, "Share this?"));
    CHECK(contains(wallet.err, "oid4vp_claim_not_registered"));
  }
  const std::string history = desk.served.run(desk.served.wallet({"history", "--json"}), kPassphrase);
  CHECK(contains(history, R"json("partner_en":"Musubi Sake Shop (demo)")json"));
  CHECK(contains(history, "oid4vp_claim_not_registered"));

  // What the person keeps of it: one paper, for the one time that something was sent.
  const std::string paper = desk.served.file("nearby.json");
  const std::string papers = desk.served.run(desk.served.wallet({"receipts", "--save", paper}), kPassphrase);
  for (const std::string_view words : {"Musubi Sake Shop", "in person, from device to device", "Given name",
                                       "Aged 20 or over", "age check when buying sake", "receipts: 1\n"}) {
    CAPTURE(std::string(words));
    CHECK(contains(papers, words));
  }
  const auto kept = must(wallet::check_nearby_receipt(as_text(must(files::read_file(paper, 1'000'000)))));
  CHECK(kept.arrived);
  CHECK(kept.standing == wallet::ReaderStanding::registered);

  const std::string listed = desk.served.reviewer("akari", {"reader", "list"});
  CHECK(contains(listed, "musubi-shop  Counter 1"));
  CHECK(
      contains(desk.served.reviewer("akari", {"reader", "revoke", listed.substr(0, listed.find(' '))}), "Revoked at"));
  CHECK(contains(desk.served.reviewer("akari", {"reader", "list"}), "revoked"));
}
