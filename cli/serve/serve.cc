#include "cli/serve/serve.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "cli/backup/config.h"
#include "cli/serve/backup_runner.h"
#include "cli/serve/crl_fetching.h"
#include "cli/serve/own_keyd.h"
#include "cli/serve/push_sender.h"
#include "cli/serve/witness_caller.h"
#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "platform/files/files.h"
#include "platform/http/server.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/log/log.h"
#include "platform/memory/stack.h"
#include "platform/process/stop_signals.h"
#include "platform/records/region.h"
#include "server/app/app.h"
#include "server/app/file_places.h"
#include "server/web/files.h"
#include "wallet/authorization.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;
constexpr auto kHousekeeping = std::chrono::minutes(1);
constexpr auto kLook = std::chrono::seconds(1);  // at the disk

Result<server::StaffMember> read_staff_member(const json::Value& value) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return fail(ErrorCode::json_wrong_type, "config.staff", "a list of objects");
  json::ObjectReader reader(*object, "config.staff");
  MIBUN_TRY(const std::string_view client_id, reader.string("client_id"));
  MIBUN_TRY(const std::string_view name, reader.string("name"));
  MIBUN_TRY(const json::Object* jwk_object, reader.object("jwk"));
  MIBUN_CHECK(reader.finish());
  MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(*jwk_object));
  MIBUN_TRY(const crypto::P256PublicKey key, jwk.p256());
  return server::StaffMember{std::string(client_id), std::string(name), key};
}

Result<std::vector<std::string>> read_pem_files(const json::Array& files, std::string_view where) {
  MIBUN_TRY(const auto names, json::string_array(files, where));
  std::vector<std::string> pems;
  for (const std::string& name : names) {
    MIBUN_TRY(const Bytes pem, files::read_file(name, kConfigBytesMax));
    pems.emplace_back(as_text(pem));
  }
  return pems;
}

// {"verifier_access":[FILE],"registrar":[FILE],"verifiers":[oid4vp::KnownVerifier]}, each optional.
Status read_wallet_trust(const json::Object& object, server::Config& config) {
  json::ObjectReader reader(object, "config.wallet_trust");
  for (const char* member : {"credential_issuer", "iaca"}) {
    if (!object.contains(member)) continue;
    return fail(ErrorCode::invalid_argument, reader.place(member),
                "name the types that they may issue: trusted_issuers");
  }
  for (const char* member : {"verifier_access", "registrar"}) {
    MIBUN_TRY(const json::Array* files, reader.optional_array(member));
    if (files == nullptr) continue;
    MIBUN_TRY(config.wallet_trust_pem[member], read_pem_files(*files, reader.place(member)));
  }
  MIBUN_TRY(const json::Array* verifiers, reader.optional_array("verifiers"));
  if (verifiers != nullptr) config.known_verifiers = *verifiers;
  return reader.finish();
}

// {"format":"dc+sd-jwt","types":["https://..."],"pem_files":[FILE],"crls"?:["https://..." or
// FILE],"iss":["https://..."]?}; "crls" must be there for "mso_mdoc".
Result<server::OtherIssuer> read_trusted_issuer(const json::Value& value) {
  constexpr const char* kWhere = "config.trusted_issuers";
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, kWhere, "a list of objects");
  json::ObjectReader reader(value.get_object(), kWhere);
  server::OtherIssuer issuer;
  MIBUN_TRY(issuer.format, reader.string("format"));
  MIBUN_TRY(const json::Array* types, reader.array("types"));
  MIBUN_TRY(const json::Array* files, reader.array("pem_files"));
  MIBUN_TRY(const json::Array* crls, reader.optional_array("crls"));
  MIBUN_TRY(const json::Array* names, reader.optional_array("iss"));
  MIBUN_CHECK(reader.finish());
  MIBUN_TRY(issuer.types, json::string_array(*types, reader.place("types")));
  MIBUN_TRY(issuer.pem, read_pem_files(*files, reader.place("pem_files")));
  if (crls != nullptr) {
    MIBUN_TRY(issuer.crls, json::string_array(*crls, reader.place("crls")));
    if (issuer.crls.empty()) return fail(ErrorCode::invalid_argument, reader.place("crls"), "no list is named");
  }
  if (names == nullptr) return issuer;
  MIBUN_TRY(issuer.names, json::string_array(*names, reader.place("iss")));
  if (issuer.names.empty()) return fail(ErrorCode::invalid_argument, reader.place("iss"), "nobody is named");
  return issuer;
}

Result<server::LegalDuty> read_legal_duty(const json::Value& value) {
  constexpr const char* kWhere = "config.legal_hold.duties";
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, kWhere, "a list of objects");
  json::ObjectReader reader(value.get_object(), kWhere);
  server::LegalDuty duty;
  MIBUN_TRY(duty.id, reader.string("id"));
  MIBUN_TRY(duty.law, reader.string("law"));
  MIBUN_TRY(duty.article, reader.string("article"));
  MIBUN_TRY(duty.controller, reader.string("controller"));
  MIBUN_TRY(const json::Array* fields, reader.array("fields"));
  MIBUN_TRY(const std::int64_t years, reader.integer("years"));
  MIBUN_TRY(const std::string_view from, reader.string("from"));
  MIBUN_TRY(const auto until, reader.optional_string("until"));
  MIBUN_CHECK(reader.finish());
  MIBUN_TRY(duty.fields, json::string_array(*fields, kWhere));
  if (years < 1 || years > 50) return fail(ErrorCode::invalid_argument, kWhere, "years: 1 to 50");
  duty.years = static_cast<int>(years);
  MIBUN_TRY(duty.from, CalendarDate::parse(from));
  if (until) {
    MIBUN_TRY(duty.until, CalendarDate::parse(*until));
  }
  return duty;
}

Result<server::VaultKey> read_vault_key(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "config.legal_hold.keys", "a list of objects");
  json::ObjectReader reader(value.get_object(), "config.legal_hold.keys");
  MIBUN_TRY(const std::string_view client_id, reader.string("client_id"));
  MIBUN_TRY(const json::Object* jwk_object, reader.object("jwk"));
  MIBUN_CHECK(reader.finish());
  MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(*jwk_object));
  MIBUN_TRY(const crypto::P256PublicKey key, jwk.p256());
  return server::VaultKey{std::string(client_id), key};
}

// {"duties":[server::LegalDuty],"keys":[{"client_id","jwk"}]}
Status read_legal_hold(const json::Object& object, server::LegalHoldConfig& config) {
  json::ObjectReader reader(object, "config.legal_hold");
  MIBUN_TRY(const json::Array* duties, reader.array("duties"));
  MIBUN_TRY(const json::Array* keys, reader.array("keys"));
  MIBUN_CHECK(reader.finish());
  for (const json::Value& value : *duties) {
    MIBUN_TRY(auto duty, read_legal_duty(value));
    config.duties.push_back(std::move(duty));
  }
  for (const json::Value& value : *keys) {
    MIBUN_TRY(auto key, read_vault_key(value));
    config.keys.push_back(std::move(key));
  }
  return {};
}

Result<server::RegisteredClient> read_wallet_client(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "config.wallet_clients");
  json::ObjectReader reader(value.get_object(), "config.wallet_clients");
  server::RegisteredClient client;
  MIBUN_TRY(client.client_id, reader.string("client_id"));
  MIBUN_TRY(client.name_ja, reader.string("name_ja"));
  MIBUN_TRY(client.name_en, reader.string("name_en"));
  MIBUN_TRY(const json::Array* uris, reader.array("redirect_uris"));
  MIBUN_TRY(const auto provider, reader.optional_string("attested_by"));
  MIBUN_CHECK(reader.finish());
  if (provider) client.authentication = server::AttestedBy{std::string(*provider)};
  MIBUN_TRY(client.redirect_uris, json::string_array(*uris, "config.wallet_clients.redirect_uris"));
  return client;
}

// The wallet that comes with this program, whose provider this server is; others stand in the configuration.
server::RegisteredClient own_wallet(const std::string& origin) {
  return {.client_id = std::string(wallet::kClientId),
          .authentication = server::AttestedBy{origin},
          .name_ja = "mibun ウォレット",
          .name_en = "mibun wallet",
          .redirect_uris = {std::string(wallet::kRedirectUri)}};
}

// [{"directory":"/srv/a","region":"JP"}], absolute; without a region: Japan.
Status read_file_places(const json::Array& list, blobs::StoreOptions& files) {
  for (const json::Value& value : list) {
    if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "config.files", "a list of objects");
    json::ObjectReader reader(value.get_object(), "config.files");
    blobs::Place place;
    MIBUN_TRY(place.directory, reader.string("directory"));
    MIBUN_TRY(const auto region, reader.optional_string("region"));
    MIBUN_CHECK(reader.finish());
    if (!place.directory.starts_with('/')) {
      return fail(ErrorCode::invalid_argument, "config.files.directory", "an absolute path");
    }
    if (region) {
      MIBUN_TRY(place.region, records::parse_region(*region));
    }
    files.places.push_back(std::move(place));
  }
  return {};
}

// Beyond HAIP's x509_hash; x509_san_dns is allowed without a word, staff give it to one partner.
Status read_client_id_prefixes(const json::Array& list, oid4vp::AnsweredClients& names) {
  using enum oid4vp::ClientId::Prefix;
  MIBUN_TRY(const auto said, json::string_array(list, "config.client_id_prefixes"));
  for (const std::string& name : said) {
    if (name == to_string(verifier_attestation)) {
      names.verifier_attestation = oid4vp::Stance::accept;
    } else if (name == to_string(preregistered)) {
      names.preregistered = oid4vp::Stance::accept;
    } else if (name == to_string(redirect_uri)) {
      names.redirect_uri = oid4vp::Stance::accept;
    } else {
      return fail(ErrorCode::invalid_argument, "config.client_id_prefixes",
                  "verifier_attestation, pre-registered and redirect_uri can be allowed");
    }
  }
  return {};
}

// [{"url":"https://witness.example","key":"<name>+<id>+<key>","ca_file"?:FILE}]
Status read_witnesses(const json::Array& list, std::vector<server::ChosenWitness>& witnesses) {
  constexpr const char* kWhere = "config.witnesses";
  for (const json::Value& value : list) {
    if (!value.is_object()) return fail(ErrorCode::json_wrong_type, kWhere, "a list of objects");
    json::ObjectReader reader(value.get_object(), kWhere);
    MIBUN_TRY(const std::string_view url_text, reader.string("url"));
    MIBUN_TRY(const std::string_view key_text, reader.string("key"));
    MIBUN_TRY(const auto ca_file, reader.optional_string("ca_file"));
    MIBUN_CHECK(reader.finish());
    std::string url(url_text);
    while (url.ends_with('/')) url.pop_back();
    MIBUN_CHECK(HttpsUrl::parse(url));
    MIBUN_TRY(tlog::VerifierKey key, tlog::VerifierKey::parse(key_text));
    server::ChosenWitness witness{std::move(url), std::move(key)};
    if (ca_file) {
      MIBUN_TRY(const Bytes pem, files::read_file(std::string(*ca_file), kConfigBytesMax));
      witness.ca_pem = as_text(pem);
    }
    witnesses.push_back(std::move(witness));
  }
  return {};
}

// `keyd_text`: what the configuration says about keys, as it says it.
Status read_config(const std::string& path, server::Config& config, std::string& keyd_text) {
  if (path.empty()) return {};
  MIBUN_TRY(const Bytes text, files::read_file(path, kConfigBytesMax));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text)));
  json::ObjectReader reader(object, "config");
  MIBUN_TRY(const json::Array* staff, reader.optional_array("staff"));
  MIBUN_TRY(const json::Array* csca_files, reader.optional_array("csca_pem_files"));
  MIBUN_TRY(const json::Object* wallet_trust, reader.optional_object("wallet_trust"));
  MIBUN_TRY(const json::Array* issuers, reader.optional_array("trusted_issuers"));
  MIBUN_TRY(const json::Array* taken_back, reader.optional_array("taken_back_signer_pem_files"));
  MIBUN_TRY(const json::Array* clients, reader.optional_array("wallet_clients"));
  MIBUN_TRY(const json::Array* provider_files, reader.optional_array("wallet_provider_pem_files"));
  MIBUN_TRY(const json::Array* unattested, reader.optional_array("unattested_cards"));
  MIBUN_TRY(const json::Array* push_services, reader.optional_array("push_services"));
  MIBUN_TRY(const json::Array* attestation_lists, reader.optional_array("attestation_list_origins"));
  MIBUN_TRY(const json::Array* log_directories, reader.optional_array("log_directories"));
  MIBUN_TRY(const json::Array* witnesses, reader.optional_array("witnesses"));
  MIBUN_TRY(const auto also_unencrypted, reader.optional_boolean("unencrypted_answers"));
  MIBUN_TRY(const json::Array* prefixes, reader.optional_array("client_id_prefixes"));
  MIBUN_TRY(const auto by_value, reader.optional_boolean("requests_by_value"));
  MIBUN_TRY(const json::Array* file_places, reader.optional_array("files"));
  MIBUN_TRY(const auto file_copies, reader.optional_integer("file_copies_min"));
  MIBUN_TRY(const json::Object* legal_hold, reader.optional_object("legal_hold"));
  MIBUN_TRY(const auto synchronised_only, reader.optional_boolean("synchronised_clock_only"));
  MIBUN_TRY(const json::Array* journals, reader.optional_array("journal_directories"));
  MIBUN_CHECK(reader.optional_object("backup"));  // read_backup_file
  MIBUN_TRY(const json::Object* keyd, reader.optional_object("keyd"));
  MIBUN_CHECK(reader.finish());
  if (witnesses != nullptr) MIBUN_CHECK(read_witnesses(*witnesses, config.witnesses));
  if (file_places != nullptr) MIBUN_CHECK(read_file_places(*file_places, config.files));
  if (file_copies) {
    if (*file_copies < 1) return fail(ErrorCode::invalid_argument, "config.file_copies_min", "1 or more");
    config.files.copies_min = static_cast<std::size_t>(*file_copies);
  }
  if (journals != nullptr) {
    MIBUN_TRY(config.journal_directories, json::string_array(*journals, "config.journal_directories"));
  }
  if (keyd != nullptr) {
    json::ObjectReader keyd_reader(*keyd, "config.keyd");
    MIBUN_TRY(config.keyd, keyd::read_settings(keyd_reader));
    MIBUN_CHECK(keyd_reader.finish());
    keyd_text = json::serialize(*keyd);
  }
  if (also_unencrypted.value_or(false)) config.response_modes = oid4vp::openid4vp_profile().modes;
  if (prefixes != nullptr) MIBUN_CHECK(read_client_id_prefixes(*prefixes, config.partner_names));
  if (by_value.value_or(false)) config.requests_by_value = oid4vp::Stance::accept;
  if (synchronised_only.value_or(false)) config.unsynchronised_clock = server::UnsynchronisedClock::stops;
  if (legal_hold != nullptr) MIBUN_CHECK(read_legal_hold(*legal_hold, config.legal_hold));
  if (wallet_trust != nullptr) MIBUN_CHECK(read_wallet_trust(*wallet_trust, config));
  if (issuers != nullptr) {
    for (const json::Value& value : *issuers) {
      MIBUN_TRY(auto issuer, read_trusted_issuer(value));
      config.trusted_issuers.push_back(std::move(issuer));
    }
  }
  if (taken_back != nullptr) {
    MIBUN_TRY(config.taken_back_signer_pem, read_pem_files(*taken_back, "config.taken_back_signer_pem_files"));
  }
  if (attestation_lists != nullptr) {
    MIBUN_TRY(config.attestation_list_origins,
              json::string_array(*attestation_lists, "config.attestation_list_origins"));
  }
  if (push_services != nullptr) {
    MIBUN_TRY(config.push_services, json::string_array(*push_services, "config.push_services"));
  }
  if (log_directories != nullptr) {
    MIBUN_TRY(config.log_directories, json::string_array(*log_directories, "config.log_directories"));
  }
  if (staff != nullptr) {
    for (const json::Value& value : *staff) {
      MIBUN_TRY(auto member, read_staff_member(value));
      config.staff.push_back(std::move(member));
    }
  }
  if (clients != nullptr) {
    for (const json::Value& value : *clients) {
      MIBUN_TRY(auto client, read_wallet_client(value));
      config.wallet_clients.push_back(std::move(client));
    }
  }
  if (unattested != nullptr) {
    MIBUN_TRY(config.unattested_cards, json::string_array(*unattested, "config.unattested_cards"));
  }
  if (provider_files != nullptr) {
    MIBUN_TRY(config.wallet_provider_pem, read_pem_files(*provider_files, "config.wallet_provider_pem_files"));
  }
  if (csca_files != nullptr) {
    MIBUN_TRY(config.csca_pem, read_pem_files(*csca_files, "config.csca_pem_files"));
  }
  return {};
}

Result<server::Config> make_config(const ServeOptions& options, std::string& keyd_text) {
  server::Config config;
  config.data_directory = options.data_directory;
  config.public_origin =
      options.public_origin.empty() ? "https://localhost:" + std::to_string(options.port) : options.public_origin;
  MIBUN_TRY(const HttpsUrl origin, HttpsUrl::parse(config.public_origin));
  config.public_origin = origin.origin();
  config.rp_id = origin.host();
  config.webauthn_origins = {config.public_origin};
  if (const auto& demonstration = options.demonstration) {
    const LoopbackPorts& ports = demonstration->ports;
    config.demonstration = server::Demonstration{ports.wallet_origin(), ports.shop_origin(), ports.office_origin(),
                                                 demonstration->passport};
  }
  config.wallet_clients = {own_wallet(config.public_origin)};
  MIBUN_CHECK(read_config(options.config_file, config, keyd_text));
  config.keyd.credentials_directory = options.credentials_directory;
  if (options.has_own_keyd && config.keyd.service == keyd::ServiceKind::in_process) {
    config.keyd.service = keyd::ServiceKind::own;
  }
  return config;
}

int report_bind_error(const Terminal& terminal, const Error& error, std::uint16_t port, std::string_view option) {
  if (error.detail.find("in use") == std::string::npos) return terminal.report(error);
  const std::string number = std::to_string(port), name(option);
  terminal.error_line(terminal.bad(
      terminal.language() == Language::japanese
          ? "ポート " + number + " はすでに使われています。使っているプログラムを止めるか、" + name +
                " で別の番号を選んでください。"
          : "Port " + number + " is already in use. Stop the program that uses it, or choose another with " + name +
                "."));
  return kExitPortTaken;
}

int report_region(const Terminal& terminal, const blobs::Place& place) {
  const std::string region(records::to_string(place.region));
  terminal.error_line(
      terminal.bad(terminal.language() == Language::japanese
                       ? place.directory + " は日本の外 (" + region +
                             ") にあると設定されています。ここに置く情報は日本にだけ保存できるため、起動しません。"
                       : place.directory + " is configured to be outside of Japan (" + region +
                             "). What would lie there may be kept in Japan only, so nothing was started."));
  return kExitWrongRegion;
}

http::ServerOptions listener_options(std::string address, std::uint16_t port, unsigned threads) {
  http::ServerOptions options;
  options.address = std::move(address);
  options.port = port;
  options.threads = threads;
  options.body_bytes_max = 11 * 1024 * 1024;  // a proofing submission with two photos
  return options;
}

// In plain HTTP, for browsers on this machine. `site` and its app must outlive the listener.
Result<std::unique_ptr<http::Server>> bind_loopback(const server::LoopbackSite& site, std::uint16_t port) {
  http::ServerOptions options = listener_options("127.0.0.1", port, 2);
  options.refusal = [&site](int status, std::string_view reason) { return site.refuse(status, reason); };
  return http::Server::bind(std::move(options),
                            [&site](const http::ServerRequest& request) { return site.handle(request); });
}

using Listeners = std::vector<std::unique_ptr<http::Server>>;

// All of them, or none: then says why and returns the exit code. Nothing is answered yet.
int bind_all(const ServeOptions& options, const server::App& app, const Terminal& terminal, Listeners& listeners) {
  http::ServerOptions main = listener_options(options.address, options.port, options.threads);
  main.tls = app.tls();
  main.refusal = [&app](int status, std::string_view reason) { return app.refuse(status, reason); };
  main.never_refused = {"/healthz", "/readyz", "/metrics"};
  auto bound = http::Server::bind(main, [&app](const http::ServerRequest& request) { return app.handle(request); });
  if (!bound) return report_bind_error(terminal, bound.error(), options.port, "--port");
  listeners.push_back(std::move(*bound));
  if (!options.demonstration) return kExitOk;

  struct Site {
    const server::LoopbackSite* site;
    std::uint16_t port;
    const char* option;
  };
  const LoopbackPorts& ports = options.demonstration->ports;
  const LoopbackPorts usual = LoopbackPorts::beside(options.port);  // another --port moves these, too
  for (const Site& one :
       {Site{app.wallet_site(), ports.wallet, ports.wallet == usual.wallet ? "--port" : "--wallet-port"},
        Site{app.shop_site(), ports.shop, ports.shop == usual.shop ? "--port" : "--shop-port"},
        Site{app.office_site(), ports.office, ports.office == usual.office ? "--port" : "--office-port"}}) {
    auto loopback = bind_loopback(*one.site, one.port);
    if (!loopback) return report_bind_error(terminal, loopback.error(), one.port, one.option);
    listeners.push_back(std::move(*loopback));
  }
  return kExitOk;
}

// Until a signal, or until the disk has failed: then writes have stopped, and whoever watches over this process shall
// start it again (docs/decisions/0047).
int keep_house(server::App& app, BackupRunner* backups, const process::StopSignals& signals, const Terminal& terminal) {
  auto purged_at = std::chrono::steady_clock::now();
  while (!signals.wait(kLook)) {
    if (app.must_restart()) {
      log::error("storage_failed");
      terminal.error_line(terminal.bad(terminal.say(
          {"The disk failed, or files of the data directory were removed. Nothing more is written; start the server "
           "again, and look at the disk if this comes back.",
           "ディスクに障害が起きたか、データディレクトリのファイルが消されました。書き込みを止めました。サーバーを"
           "起動し直してください。繰り返すときはディスクを確認してください。"})));
      return kExitStorageFailed;
    }
    if (std::chrono::steady_clock::now() - purged_at < kHousekeeping) continue;
    purged_at = std::chrono::steady_clock::now();
    if (auto purged = app.purge_expired(); !purged) {
      log::error("purge_failed", {{"code", to_string(purged.error().code)}});
    }
    if (backups != nullptr) backups->watch();
    memory::wipe_unused_stack();
  }
  return kExitOk;
}

void say_ready(const Terminal& terminal, const std::string& origin) {
  terminal.line(terminal.language() == Language::japanese ? "準備ができました: " + origin : "ready: " + origin);
  if (!server::web::embedded_files().empty()) return;
  terminal.line(Text{"built without the web wallet: /wallet/ is not there (tools/web makes it)",
                     "Web ウォレットなしでビルドされています。/wallet/ はありません (tools/web で作れます)"});
}

}  // namespace

LoopbackPorts LoopbackPorts::beside(std::uint16_t port) {
  constexpr int kWallet = 37, kShop = 38, kOffice = 39, kPortMax = 65535;
  const int direction = port + kOffice <= kPortMax ? 1 : -1;
  const auto beside = [&](int distance) { return static_cast<std::uint16_t>(port + direction * distance); };
  return {beside(kWallet), beside(kShop), beside(kOffice)};
}

int serve(const ServeOptions& options, const Terminal& terminal) {
  const process::StopSignals signals;
  const SystemClock clock;
  crypto::SystemRng rng;
  std::string keyd_text;
  auto config = make_config(options, keyd_text);
  if (!config) return terminal.report(config.error());
  if (const blobs::Place* foreign = server::foreign_place(config->files)) return report_region(terminal, *foreign);
  auto backup = read_backup_file(options.config_file);
  if (!backup) return terminal.report(backup.error());
  const bool makes_backups = !backup->backup.options.repository.repository.empty();
  const auto backup_health = makes_backups ? std::make_shared<server::BackupHealth>() : nullptr;
  config->backup_health = backup_health;
  const bool has_own_keyd = config->keyd.service == keyd::ServiceKind::own;
  const auto key_service_health = has_own_keyd ? std::make_shared<server::KeyServiceHealth>() : nullptr;
  if (has_own_keyd) {
    config->keyd = {.service = keyd::ServiceKind::own, .socket = keyd::own_socket(options.data_directory)};
    config->key_service_health = key_service_health;
  }
  const std::vector<server::ChosenWitness> witnesses = config->witnesses;
  const bool fetches_crls =
      std::ranges::any_of(config->trusted_issuers, [](const auto& issuer) { return !issuer.crls.empty(); });
  server::Config for_drills = *config;
  for_drills.witnesses.clear();  // a drill asks none
  const std::string origin = config->public_origin;
  auto push_services = http::Destinations::these_and_public(config->push_services);
  if (!push_services) return terminal.report(push_services.error());

  if (auto made = files::make_private_directory(options.data_directory); !made) return terminal.report(made.error());
  std::string log_file = options.log_file;
  if (log_file.empty() || has_own_keyd) {
    if (auto made = files::make_private_directory(options.data_directory + "/log"); !made) {
      return terminal.report(made.error());
    }
    if (log_file.empty()) log_file = options.data_directory + "/log/mibun.jsonl";
  }
  log::open(log_file, log::Level::info);
  std::unique_ptr<OwnKeyd> own_keyd;  // ends after the app, which asks it
  if (has_own_keyd) {
    auto started =
        OwnKeyd::start({options.data_directory, options.credentials_directory, keyd_text, key_service_health});
    if (!started) return terminal.report(started.error());
    own_keyd = std::move(*started);
  }

  auto app = server::App::open(std::move(*config), clock, rng);
  if (!app) return terminal.report(app.error());
  std::optional<CrlFetching> crl_fetching;
  if (fetches_crls) crl_fetching.emplace(**app);
  Listeners listeners;  // end before the app that they ask
  if (const int code = bind_all(options, **app, terminal, listeners); code != kExitOk) return code;
  for (const auto& listener : listeners) {
    listener->start();
    log::info("serving", {{"port", static_cast<std::int64_t>(listener->port())}});
  }
  const PushSender push_sender(**app, std::move(*push_services));
  std::unique_ptr<WitnessCaller> witness_caller;
  if (!witnesses.empty()) {
    auto started = WitnessCaller::start(**app, witnesses);
    if (!started) return terminal.report(started.error());
    witness_caller = std::move(*started);
  }
  std::optional<BackupRunner> backups;
  if (makes_backups) backups.emplace(**app, std::move(backup->backup), for_drills, backup_health, clock, rng);
  say_ready(terminal, origin);
  sd_notify(0, "READY=1");

  const int exit_code = keep_house(**app, backups ? &*backups : nullptr, signals, terminal);
  sd_notify(0, "STOPPING=1");
  log::info("stopping");
  for (const auto& listener : listeners) listener->stop();
  log::flush();
  return exit_code;
}

}  // namespace mibun::cli
