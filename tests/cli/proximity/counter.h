#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cli/wallet/session.h"
#include "cli/wallet/vault.h"
#include "core/crypto/crl.h"
#include "core/crypto/mdoc_certificates.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/wire.h"
#include "platform/files/files.h"
#include "tests/cli/proximity/running.h"
#include "tests/cli/wallet/typed_lines.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"
#include "wallet/cards.h"
#include "wallet/history.h"

// A shop's counter, today: an issuer, a shop with a reader certificate, and a wallet folder with a driving licence, all
// with the certificate profiles of ISO/IEC 18013-5.
namespace counter {

using namespace mibun;

inline constexpr std::string_view kMdl = "org.iso.18013.5.1.mDL", kNs = "org.iso.18013.5.1";
inline constexpr const char* kPassphrase = "correct horse\n";

inline crypto::MdocCertificateRequest names(std::string name, std::chrono::hours life) {
  const Instant now = SystemClock().now();
  return {.common_name = name,
          .organization = name,
          .not_before = now - std::chrono::hours(24),
          .not_after = now + life,
          .crl_uri = "https://issuer.example/crl",
          .issuer_uri = "https://issuer.example"};
}

// A root for readers, and one reader below it, in files.
struct Readers {
  explicit Readers(const std::string& name) : root(make_root(name, key)) {}
  static crypto::Certificate make_root(const std::string& name, const crypto::P256PrivateKey& key) {
    auto request = TestAuthority::names(name + " root");
    request.not_before = SystemClock().now() - std::chrono::hours(48);
    request.not_after = SystemClock().now() + std::chrono::hours(24 * 365);
    return must(crypto::make_root_certificate(request, key));
  }
  // Writes <path>.pem and <path>.key.
  void certify(const std::string& path, const std::string& name) const {
    const auto reader_key = crypto::P256PrivateKey::generate();
    const auto certificate = must(crypto::make_mdoc_reader_certificate(names(name, std::chrono::hours(24 * 90)),
                                                                       reader_key.public_key(), root, key));
    must(files::write_file_atomic(path + ".pem", as_bytes(certificate.pem())));
    must(files::write_file_atomic(path + ".key", crypto::private_key_pem(reader_key).reveal()));
  }
  crypto::Crl revocation_list() const {
    const Instant now = SystemClock().now();
    return must(crypto::make_crl({.this_update = now - std::chrono::hours(1),
                                  .next_update = now + std::chrono::hours(24),
                                  .number = 1,
                                  .entries = {}},
                                 root, key));
  }
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  crypto::Certificate root;
};

struct Counter {
  Counter() {
    must(files::write_file_atomic(path("trust.json"), as_bytes(trust_text())));
    readers.certify(path("shop"), "Sakura Liquor");
    strangers.certify(path("stranger"), "Stranger");
    readers.certify(path("other"), "Other Shop");
    // Somebody else's certificate with a key that does not fit.
    const Bytes key = must(files::read_file(path("other.key"), 10'000));
    must(files::write_file_atomic(path("thief.key"), key));
    must(files::write_file_atomic(path("thief.pem"), must(files::read_file(path("shop.pem"), 100'000))));
    make_wallet();
  }

  std::string path(const std::string& name) const { return dir.file(name); }

  // `issuers_crl`: of the one who issues the licences.
  std::string trust_text(json::Array issuers_crl = {}) const {
    const auto list = [](const crypto::Certificate& root) { return json::Array{json::Value(root.pem())}; };
    json::Array lists;
    lists.push_back(std::move(issuers_crl));  // in braces it would be the list itself
    return json::serialize(json::Object{
        {"credential_issuer", json::Array{}},
        {"iaca", list(iaca)},
        {"verifier_access", list(readers.root)},
        {"registrar", json::Array{}},
        {"receipt", json::Array{}},
        {"trusted_issuers", json::Array{json::Object{
                                {"format", dcql::kMdocFormat}, {"types", json::Array{kMdl}}, {"anchors", list(iaca)}}}},
        {"issuers_crl", std::move(lists)}});
  }

  // Of the authority above who signs the licences. Writes it to a file, and gives its path.
  std::string issuer_list(const std::string& name, std::vector<crypto::CrlRequest::Entry> entries) const {
    const Instant now = clock.now();
    const auto made = must(crypto::make_crl({.this_update = now - std::chrono::hours(1),
                                             .next_update = now + std::chrono::hours(24),
                                             .number = 1,
                                             .entries = std::move(entries)},
                                            iaca, iaca_key));
    must(files::write_file_atomic(path(name), made.der()));
    return path(name);
  }

  Bytes issue(const crypto::P256PublicKey& device_key) {
    using namespace mdoc::value;
    const Instant now = SystemClock().now();
    const mdoc::IssueRequest request{.doc_type = std::string(kMdl),
                                     .name_spaces = {{std::string(kNs),
                                                      {{"family_name", text("山田")},
                                                       {"portrait", bytes(Bytes(2000, 0x5a))},
                                                       {"age_over_20", boolean(true)},
                                                       {"resident_address", text("東京都 Secret 1-2-3")}}}},
                                     .device_key = device_key,
                                     .signed_at = now - std::chrono::hours(1),
                                     .valid_from = now - std::chrono::hours(1),
                                     .valid_until = now + std::chrono::hours(24),
                                     .elements = mdoc::IssuedElements::ignore};
    return must(mdoc::issue(request, signer_key, std::vector<Bytes>{to_bytes(signer.der())}, rng));
  }

  // Runs `work` with the unlocked vault.
  template <class Work>
  auto with_vault(Work work) {
    const TypedLines typed(kPassphrase);
    cli::Vault vault(home(), terminal, clock, rng);
    must(vault.unlock());
    return work(vault);
  }

  std::string home() const { return path("wallet"); }
  std::size_t copies_left() {
    return with_vault([](cli::Vault& vault) { return must(wallet::CardStore(vault, vault).list()).at(0).copies_left; });
  }
  // The newest event.
  wallet::HistoryEvent last_event() {
    return with_vault([&](cli::Vault& vault) {
      struct NoHttp final : wallet::Http {
        Result<HttpResponse> send(const HttpRequest&) override { return fail(ErrorCode::http_connect_failed); }
      } http;
      const wallet::Host host{http, vault, vault, vault, clock, rng};
      return must(wallet::HistoryBook(host).list()).back();
    });
  }

  std::vector<std::string> wallet_command(std::vector<std::string> more = {}) const {
    std::vector<std::string> argv{MIBUN_PROGRAM, "--lang", "en", "wallet", "--home", home(), "proximity"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  std::vector<std::string> reader_command(const std::string& engagement, const std::string& who = "shop") const {
    std::vector<std::string> argv{MIBUN_PROGRAM,      "--lang",     "en",
                                  "reader",           engagement,   "--trust",
                                  path("trust.json"), "--elements", "family_name,age_over_20,document_number",
                                  "--keep",           "family_name"};
    if (who.empty()) {
      argv.push_back("--anonymous");
    } else {
      for (const std::string& word :
           {std::string("--certificate"), path(who + ".pem"), std::string("--key"), path(who + ".key")}) {
        argv.push_back(word);
      }
    }
    return argv;
  }

  TempDir dir;
  SystemClock clock;
  crypto::SystemRng rng;
  cli::Terminal terminal{cli::Language::english};
  crypto::P256PrivateKey iaca_key = crypto::P256PrivateKey::generate();
  crypto::Certificate iaca =
      must(crypto::make_iaca_certificate(names("Issuer", std::chrono::hours(24 * 365)), iaca_key));
  crypto::P256PrivateKey signer_key = crypto::P256PrivateKey::generate();
  crypto::Certificate signer = must(crypto::make_document_signer_certificate(
      names("Prefecture", std::chrono::hours(24 * 90)), signer_key.public_key(), iaca, iaca_key));
  Readers readers{"readers"}, strangers{"strangers"};

 private:
  void make_wallet() {
    const TypedLines typed(std::string(kPassphrase) + kPassphrase);
    cli::Vault vault(home(), terminal, clock, rng);
    must(vault.create());
    wallet::Profile profile;
    profile.origin = "https://localhost:1";
    profile.rp_id = "localhost";
    profile.account_id = "account";
    profile.device_key = must(vault.make_key());
    profile.history_key = must(vault.make_key());
    profile.credential_id = rng.bytes(32);
    profile.user_handle = rng.bytes(16);
    profile.key_thumbprint = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
    profile.revocation_code = "CODE";
    profile.registered_at = clock.now();
    must(wallet::save_profile(vault, profile));
    must(vault.write("trust", trust_text()));
    must(vault.write("readers_crl", readers.revocation_list().pem()));
    must(cli::save_registered(home(), {.server = profile.origin, .ca_pem = {}}));
    std::vector<wallet::NewCopy> copies;
    for (int i = 0; i < kCopies; ++i) {
      const wallet::KeyId key = must(vault.make_key());
      copies.push_back({mdoc::to_wire(issue(must(vault.signer(key))->public_key())), key});
    }
    wallet::Card card;
    card.id = "licence";
    card.format = dcql::kMdocFormat;
    card.type = kMdl;
    card.issuer = "Prefecture";
    card.name_ja = "運転免許証";
    card.name_en = "Driving licence";
    card.issuer_name_ja = "公安委員会";
    card.issuer_name_en = "Prefecture";
    card.received_at = clock.now();
    must(wallet::CardStore(vault, vault).add(card, copies));
  }
  static constexpr int kCopies = 10;
};

}  // namespace counter
