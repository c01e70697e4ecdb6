#include "cli/wallet/session.h"

#include "core/codecs/url.h"
#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kPublicFileBytesMax = 256 * 1024;

std::string server_file(const std::string& home) {
  return home + "/server.txt";
}
std::string ca_file(const std::string& home) {
  return home + "/ca.pem";
}

}  // namespace

Result<WalletHttp> WalletHttp::open(const Registered& registered, const std::vector<std::string>& allowed_origins,
                                    const Terminal& terminal) {
  std::vector<std::string> origins = allowed_origins;
  MIBUN_TRY(const HttpsUrl server, HttpsUrl::parse(registered.server));
  origins.push_back(server.origin());
  MIBUN_TRY(auto destinations, http::Destinations::these_and_public(origins));
  return WalletHttp({.destinations = std::move(destinations), .trust_pem = registered.ca_pem}, terminal.language());
}

Result<HttpResponse> WalletHttp::send(const HttpRequest& request) {
  HttpRequest localised = request;
  localised.headers.push_back({"Accept-Language", language_ == Language::japanese ? "ja" : "en"});
  return client_.send(localised);
}

bool is_registered(const std::string& home) {
  return files::exists(server_file(home));
}

Result<Registered> load_registered(const std::string& home) {
  if (!is_registered(home)) return fail(ErrorCode::wallet_not_registered, "wallet");
  Registered registered;
  MIBUN_TRY(const Bytes server, files::read_file(server_file(home), kPublicFileBytesMax));
  registered.server = std::string(as_text(server));
  if (files::exists(ca_file(home))) {
    MIBUN_TRY(const Bytes pem, files::read_file(ca_file(home), kPublicFileBytesMax));
    registered.ca_pem = std::string(as_text(pem));
  }
  return registered;
}

Status save_registered(const std::string& home, const Registered& registered) {
  if (!registered.ca_pem.empty()) {
    MIBUN_CHECK(files::write_file_atomic(ca_file(home), as_bytes(registered.ca_pem), files::kPublicFile));
  }
  return files::write_file_atomic(server_file(home), as_bytes(registered.server), files::kPublicFile);
}

Status remove_registered(const std::string& home) {
  MIBUN_CHECK(files::erase_file(server_file(home)));
  return files::erase_file(ca_file(home));
}

Session::Session(const std::string& home, WalletHttp http, const Terminal& terminal)
    : vault_(home, terminal, clock_, rng_),
      http_(std::move(http)),
      host_{http_, vault_, vault_, vault_, clock_, rng_} {}

Result<std::unique_ptr<Session>> Session::open(const WalletOptions& options, const Terminal& terminal) {
  MIBUN_TRY(const Registered registered, load_registered(options.home));
  MIBUN_TRY(WalletHttp http, WalletHttp::open(registered, options.allowed_origins, terminal));
  std::unique_ptr<Session> session(new Session(options.home, std::move(http), terminal));
  MIBUN_CHECK(session->vault_.unlock());
  MIBUN_TRY(session->profile_, wallet::load_profile(session->vault_));
  session->api_ = std::make_unique<wallet::ServerApi>(session->host_, session->profile_.origin);
  return session;
}

}  // namespace mibun::cli
