#include "cli/bench/flow_world.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>

#include "bench/pinning.h"
#include "cli/bench/process_memory.h"
#include "cli/world/passport.h"
#include "core/codecs/base64url.h"
#include "core/dcql/query.h"
#include "core/oid4vp/wallet_flow.h"
#include "platform/files/files.h"
#include "wallet/cards.h"
#include "wallet/issuance.h"
#include "wallet/proofing.h"
#include "wallet/registration.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

// A port that nobody listens on right now.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  return bound ? ntohs(address.sin_port) : 0;
}

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::string request_body() {
  return R"({"mode":"same_device","dcql_query":{"credentials":[{"id":"identity","format":"dc+sd-jwt",)"
         R"("meta":{"vct_values":["urn:mibun:identity:1"]},)"
         R"("claims":[{"path":["given_name"]},{"path":["family_name"]},{"path":["age_equal_or_over","20"]}]}]}})";
}

std::string response_code_of(const std::string& redirect) {
  constexpr std::string_view kName = "response_code=";
  const auto at = redirect.find(kName);
  if (at == std::string::npos) return {};
  const auto begin = at + kName.size();
  return redirect.substr(begin, redirect.find_first_of("&#", begin) - begin);
}

// One card, as often as asked: under load nobody minds that two answers can be compared.
class SameCard final : public oid4vp::CardBox {
 public:
  SameCard(oid4vp::HeldCard held, const crypto::P256Signer* signer) : held_(std::move(held)), signer_(signer) {}
  std::vector<const oid4vp::HeldCard*> cards() const override { return {&held_}; }
  Result<std::shared_ptr<const crypto::P256Signer>> signer(const oid4vp::HeldCard&) const override {
    return std::shared_ptr<const crypto::P256Signer>(std::shared_ptr<void>(), signer_);
  }

 private:
  oid4vp::HeldCard held_;
  const crypto::P256Signer* signer_;
};

std::unexpected<Error> went_wrong(std::string_view where) {
  return fail(ErrorCode::internal_error, "bench http", std::string(where));
}

}  // namespace

Result<std::unique_ptr<FlowWorld>> FlowWorld::open(int people) {
  std::unique_ptr<FlowWorld> world(new FlowWorld);
  world->state_ =
      (std::filesystem::temp_directory_path() / ("mibun-bench-" + hex::encode(world->rng_.bytes(8)))).string();
  MIBUN_TRY(world->world_, open_demo_world(world->state_, SystemClock().now()));
  MIBUN_CHECK(world->start_server());
  MIBUN_CHECK(world->register_partner());
  for (int i = 0; i < people; ++i) {
    MIBUN_TRY(world->people_.emplace_back(), world->make_person());
  }
  return world;
}

FlowWorld::~FlowWorld() {
  server_.reset();
  std::error_code error;
  if (!state_.empty()) std::filesystem::remove_all(state_, error);
}

Status FlowWorld::start_server() {
  const std::string port = std::to_string(free_port());
  origin_ = "https://localhost:" + port;
  const bench::Cpus cpus = bench::two_cpus();
  bench::run_on(cpus.server);  // a child inherits it
  int exit_code = 0;
  auto started = ServerChild::start(
      {"serve", "--data", world_.server_directory, "--config", world_.server_config, "--port", port}, exit_code);
  bench::run_on(cpus.client);
  if (!started) return std::unexpected(started.error());
  server_ = std::make_unique<ServerChild>(std::move(*started));
  MIBUN_TRY(const Bytes pem, files::read_file(world_.server_directory + "/keys/tls-root.crt", kFileBytesMax));
  trust_pem_ = std::string(as_text(pem));
  return {};
}

Result<Counterpart> FlowWorld::make_person() {
  Counterpart person;
  MIBUN_TRY(auto server, http::Destinations::only({origin_}));
  person.device =
      std::make_unique<MemoryDevice>(http::ClientOptions{.destinations = std::move(server), .trust_pem = trust_pem_});
  MIBUN_TRY(const auto offer, wallet::begin_registration(person.device->http, origin_));
  MIBUN_TRY(auto outcome, wallet::finish_registration(person.device->host, offer));
  person.profile = std::move(outcome.profile);
  MIBUN_TRY(auto trust, wallet::load_trust(person.device->store));
  person.trust = std::make_unique<const wallet::TrustList>(std::move(trust));
  person.api = std::make_unique<wallet::ServerApi>(person.device->host, origin_);
  MIBUN_CHECK(prove_identity(person));
  MIBUN_CHECK(person.issue_once());
  MIBUN_TRY(auto partner, client_of("musubi-shop", "shop"));
  person.partner = std::make_unique<ApiClient>(std::move(partner));
  person.origin = origin_;
  return person;
}

Result<ApiClient> FlowWorld::client_of(const std::string& id, const std::string& key) {
  return ApiClient::open({origin_, trust_pem_, id, world_.key_file(key)}, clock_, rng_);
}

Status FlowWorld::prove_identity(Counterpart& person) {
  MIBUN_TRY(const auto chip, open_passport_directory(world_.passport_directory()));
  MIBUN_TRY(const auto proof, wallet::prove(person.device->host, *person.api, person.profile, *chip));
  for (const std::string reviewer : {"reviewer-akari", "reviewer-minoru"}) {
    MIBUN_TRY(auto client, client_of(reviewer, reviewer));
    MIBUN_CHECK(client.send("GET", "/api/v1/staff/cases/" + proof.case_id));
    MIBUN_CHECK(client.send("POST", "/api/v1/staff/cases/" + proof.case_id + "/decisions",
                            R"({"decision":"approve","reason_code":"all_checks_passed"})"));
  }
  return {};
}

Status FlowWorld::register_partner() {
  MIBUN_TRY(auto staff, client_of("reviewer-akari", "reviewer-akari"));
  MIBUN_TRY(const Bytes application, files::read_file(world_.demo_directory + "/shop.json", kFileBytesMax));
  MIBUN_CHECK(staff.send("POST", "/api/v1/staff/partners", std::string(as_text(application))));
  return {};
}

Status Counterpart::issue_once() {
  MIBUN_TRY(const auto offer, wallet::open_offer(device->host, *api, profile));
  wallet::WalletProvider provider(device->host, *api, profile);
  MIBUN_TRY(const auto outcome, wallet::receive(device->host, provider, offer.credential_offer,
                                                {.ask = [&](const oid4vci::AskHolder& question) {
                                                  wallet::ReceiveDecision decision{.agreed = true, .tx_code = {}};
                                                  if (question.tx_code) decision.tx_code = offer.tx_code;
                                                  return decision;
                                                }}));
  const auto* arrived = std::get_if<wallet::ReceivedCard>(&outcome);
  if (arrived == nullptr) return went_wrong("a card at once");
  const wallet::ReceivedCard& received = *arrived;
  wallet::CardStore cards(device->store, device->keys);
  if (received.card.copies != wallet::kCopiesWanted) return went_wrong("ten copies");
  if (!credential.empty()) return cards.remove(received.card.id);
  MIBUN_TRY(const auto copy, cards.next_copy(received.card.id));
  if (!copy) return went_wrong("a copy");
  credential = copy->credential;
  credential_key = copy->key;
  return {};
}

Status Counterpart::look_once() {
  MIBUN_TRY(const HttpResponse answer, device->http.send({.url = origin + "/healthz", .headers = {}, .body = {}}));
  return answer.status == 200 ? Status() : Status(went_wrong("/healthz"));
}

Status Counterpart::present_once() {
  MIBUN_TRY(const auto asked, partner->send("POST", "/api/v1/partner/requests", request_body()));
  MIBUN_TRY(auto held, oid4vp::HeldCard::reopen_stored(dcql::kSdJwtFormat, credential));
  MIBUN_TRY(const crypto::P256Signer* signer, device->keys.signer(credential_key));
  const SameCard box(std::move(held), signer);
  oid4vp::PresentationFlow flow(
      box, {trust->verifier_access, trust->registrars, trust->known_verifiers, oid4vp::haip_profile()}, device->rng);
  oid4vp::Event event = oid4vp::Started{text_of(asked.body, "wallet_link")};
  for (;;) {
    MIBUN_TRY(const oid4vp::Step step, flow.advance(event, device->clock.now()));
    if (const auto* finished = std::get_if<oid4vp::Finished>(&step)) {
      if (finished->outcome != oid4vp::Outcome::shared || !finished->redirect_uri) return went_wrong("shared");
      const json::Object body{{"session_secret", text_of(asked.body, "session_secret")},
                              {"response_code", response_code_of(*finished->redirect_uri)}};
      MIBUN_TRY(const auto result,
                partner->send("POST", "/api/v1/partner/requests/" + text_of(asked.body, "request_id") + "/result",
                              json::serialize(body)));
      return result.body.contains("claims") ? Status{} : Status(went_wrong("claims"));
    }
    if (const auto* send = std::get_if<oid4vp::SendRequest>(&step)) {
      MIBUN_TRY(HttpResponse response, device->http.send(send->request));
      event = oid4vp::Received{std::move(response)};
    } else {
      event = oid4vp::Agreed{"en", std::nullopt};
    }
  }
}

double FlowWorld::server_cpu_seconds() const {
  clockid_t clock{};
  timespec now{};
  if (::clock_getcpuclockid(server_->pid(), &clock) != 0 || ::clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double FlowWorld::server_memory_mb() const {
  return resident_megabytes(server_->pid());
}

std::vector<double> FlowWorld::take_answer_times(std::size_t person) {
  return std::exchange(people_[person].device->http.seconds(), {});
}

}  // namespace mibun::cli
