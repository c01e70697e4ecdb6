#include "server/app/app.h"

#include <algorithm>
#include <utility>

#include "platform/keyd/rehearsed.h"
#include "platform/keyd/room_keys.h"
#include "platform/log/log.h"
#include "server/access/attestation_status.h"
#include "server/access/token_endpoint.h"
#include "server/access/tokens.h"
#include "server/access/wallet_authenticator.h"
#include "server/api/problem.h"
#include "server/app/epoch_age.h"
#include "server/app/ground.h"
#include "server/authorization/routes.h"
#include "server/authorization/service.h"
#include "server/clock/gate.h"
#include "server/clock/memory.h"
#include "server/clock/source.h"
#include "server/deletion_requests/routes.h"
#include "server/deletion_requests/service.h"
#include "server/demo/office_routes.h"
#include "server/demo/passport_route.h"
#include "server/demo/routes.h"
#include "server/erasure/routes.h"
#include "server/erasure/service.h"
#include "server/history/routes.h"
#include "server/history/service.h"
#include "server/idempotency/gates.h"
#include "server/idempotency/service.h"
#include "server/inquiries/routes.h"
#include "server/inquiries/service.h"
#include "server/issuance/routes.h"
#include "server/issuance/service.h"
#include "server/issuance/status_lists.h"
#include "server/journal/journal.h"
#include "server/journal/kept_files.h"
#include "server/journal/no_return.h"
#include "server/legal_hold/routes.h"
#include "server/legal_hold/service.h"
#include "server/moving/routes.h"
#include "server/moving/service.h"
#include "server/notices/noticing_history.h"
#include "server/notices/public_notices.h"
#include "server/notices/push_outbox.h"
#include "server/notices/routes.h"
#include "server/notices/service.h"
#include "server/operations/routes.h"
#include "server/partners/readers.h"
#include "server/partners/routes.h"
#include "server/partners/service.h"
#include "server/presentation/routes.h"
#include "server/presentation/service.h"
#include "server/presentation/status_check.h"
#include "server/proofing/emrtd_verifier.h"
#include "server/proofing/routes.h"
#include "server/proofing/service.h"
#include "server/registration/routes.h"
#include "server/registration/service.h"
#include "server/reports/routes.h"
#include "server/reports/service.h"
#include "server/restored/settle.h"
#include "server/staff/register.h"
#include "server/transparency/logged_routes.h"
#include "server/transparency/routes.h"
#include "server/transparency/running_operation.h"
#include "server/transparency/timed_operation.h"
#include "server/trust/published_trust.h"
#include "server/wallet_provider/routes.h"
#include "server/wallet_provider/service.h"
#include "server/web/page.h"

namespace mibun::server {
namespace {

constexpr auto kErasureAtRest = std::chrono::minutes(1);  // nobody is at it any more

// Successors of signing keys whose time has come. Those that sign go on when it fails, until the next try.
void renew_signing_keys(Trust& trust, OperationLog& operation_log, Instant now) {
  const auto is_due = trust.is_renewal_due(now);
  Status done = is_due ? Status() : Status(std::unexpected(is_due.error()));
  if (is_due && *is_due) done = run_in_log(operation_log, "keys.renew", [&] { return trust.renew(now); });
  if (!done) log::warning("signing_keys_not_renewed", {{"code", to_string(done.error().code)}});
  if (is_due && *is_due && done) log::info("signing_keys_renewed");
}

// Partners' certificates that are below an older root or end soon. The old ones go on when it fails, until the next
// try.
void renew_partners(PartnerService& partners, OperationLog& operation_log) {
  const auto is_due = partners.is_renewal_due();
  Status done = is_due ? Status() : Status(std::unexpected(is_due.error()));
  if (is_due && *is_due) {
    done = run_in_log(operation_log, "partner.renew", [&] { return partners.renew_certificates(); });
  }
  if (!done) log::warning("partner_certificates_not_renewed", {{"code", to_string(done.error().code)}});
}

// Until it is done, no card of ours is believed: the keys are away.
void take_own_crls(IssuerCrls& lists) {
  if (const Status done = lists.take_own(); !done) {
    log::warning("own_crl_not_made", {{"code", to_string(done.error().code)}});
  }
}

// Keys of before that no browser is subscribed to any more.
void retire_push_senders(PushOutbox& outbox, PushKeys& senders, OperationLog& operation_log) {
  const auto unused = outbox.unused_senders();
  Status done = unused ? Status() : Status(std::unexpected(unused.error()));
  for (std::size_t i = 0; done && i < unused->size(); ++i) {
    done = run_in_log(operation_log, "keys.renew", [&] { return senders.retire((*unused)[i]); });
  }
  if (!done) log::warning("push_sender_not_retired", {{"code", to_string(done.error().code)}});
}

std::shared_ptr<const ClockSource> clock_source(const Config& config) {
  return config.clock_source ? config.clock_source : std::make_shared<const KernelClockSource>();
}

// What each room opens records for; all else they ask of the same holder.
struct KeysOfRooms {
  explicit KeysOfRooms(keyd::KeyHolder& keys)
      : history(keys, keyd::Purpose::show_history),
        proofing(keys, keyd::Purpose::prove_identity),
        issuance(keys, keyd::Purpose::issue_card),
        notices(keys, keyd::Purpose::send_notice),
        reports(keys, keyd::Purpose::read_report),
        inquiries(keys, keyd::Purpose::answer_inquiry),
        moving(keys, keyd::Purpose::move_wallet) {}
  keyd::RoomKeys history, proofing, issuance, notices, reports, inquiries, moving;
};

// Of the demonstration, the loopback page is one more place where a passkey may be used.
std::vector<std::string> webauthn_origins(const Config& config) {
  std::vector<std::string> origins = config.webauthn_origins;
  if (config.demonstration) origins.push_back(config.demonstration->wallet_origin);
  return origins;
}

// The office of the demonstration's reviewers: the reviewers' side of the proofing room, for who sits there in place of
// who signed in with a key.
struct DemonstrationOffice {
  DemonstrationOffice(const std::string& origin, ProofingService& proofing, const StaffRegister& staff,
                      const Clock& clock, Rng& rng)
      : sessions(staff, clock, rng), site(origin, problem_before_route, nullptr) {
    site.take_from_own_pages_only();
    add_office_routes(site.router(), sessions);
    add_review_routes(site.router(), proofing, sessions, staff);
  }
  OfficeSessions sessions;
  LoopbackSite site;
};

// What only the demonstration has beside the routes of a server.
struct DemonstrationSites {
  struct Rooms {
    DemoVerifier& shop;
    ProofingService& proofing;
    const StaffRegister& staff;
    const Clock& clock;
    Rng& rng;
  };
  DemonstrationSites(const Demonstration& demonstration, const std::string& public_origin, const Rooms& rooms,
                     const http::Router& server)
      : shop_beside_server(problem_before_route),
        wallet(demonstration.wallet_origin, problem_before_route, &server),
        shop(demonstration.shop_origin, problem_before_route, nullptr),
        office(demonstration.office_origin, rooms.proofing, rooms.staff, rooms.clock, rooms.rng) {
    constexpr const char* kShop = "/demo/verifier";
    add_demo_verifier_routes(shop_beside_server, rooms.shop, {});
    add_demo_verifier_routes(shop.router(), rooms.shop, loopback_place(demonstration.wallet_origin, public_origin));
    const auto lead = [](LoopbackSite& site, const char* from, std::string to) {
      site.router().add({.method = "GET", .pattern = from, .handler = lead_to(std::move(to))});
    };
    lead(shop, "/", kShop);
    lead(wallet, kShop, demonstration.shop_origin + kShop);
    web::add_page_routes(wallet.router(), "/", web::embedded_files());
    add_passport_route(wallet.router(), *demonstration.passport);
  }
  http::Router shop_beside_server;
  LoopbackSite wallet, shop;
  DemonstrationOffice office;
};

}  // namespace

// The parts list. Rooms meet only here, through the interfaces that each asks for.
struct App::Parts {
  Parts(Config config_in, Ground ground, const Clock& clock_in, Rng& rng_in)
      : clock(clock_in),
        rng(rng_in),
        config(std::move(config_in)),
        time_source(clock_source(config)),
        clock_watch(*time_source, config.unsynchronised_clock, ground.clock_seen),
        clock_gate(clock_watch),
        rows(std::move(ground.database)),
        key_holder(std::move(ground.key_holder)),
        signing_keys(ground.signing_keys),
        guarded_keys(std::move(ground.keys)),
        keys(*guarded_keys),
        of(keys),
        files(std::move(ground.files)),
        journal(std::move(ground.journal)),
        kept_files(std::move(ground.kept_files)),
        no_return(*journal, keys, *rows, clock),
        unmarked(*rows, no_return),
        uses(unmarked),
        idempotency(uses, keys, clock, rng),
        database(std::make_unique<MarkedDatabase>(uses, idempotency)),
        trust(std::move(ground.trust)),
        metrics(std::move(ground.metrics)),
        operation_log(std::move(ground.operation_log)),
        cosigned(std::move(ground.cosigned)),
        staff(config.staff),
        tokens(*database, uses, keys, clock, rng, config.public_origin),
        history(*database, of.history, clock, rng),
        push_outbox({*database, of.notices, clock, rng}, std::move(*ground.push_services), trust->push_keys(),
                    config.public_origin),
        notices(*database, of.notices, push_outbox, clock, rng),
        noticing_history(history, notices),
        public_notices(*database, clock, rng),
        registration(*database, uses, keys, no_return, noticing_history, clock, rng,
                     {config.rp_id, "mibun", webauthn_origins(config)}),
        status_lists(*database, no_return, *trust, clock, rng, config.public_origin),
        wallet_providers(std::move(ground.wallet_providers)),
        attestation_status(*wallet_providers, std::move(ground.fetch_attestation_list), clock),
        issuance(
            *database, of.issuance, history, status_lists, *trust,
            {*wallet_providers, config.public_origin + std::string(kSoftwareKeyStoragePath), config.unattested_cards},
            clock, rng, config.public_origin),
        proofing(*database, of.proofing, *files, noticing_history, issuance, std::move(ground.verifiers), clock, rng),
        known_verifiers(std::move(ground.known_verifiers)),
        partners(*database, *trust, {config.partner_names, known_verifiers}, clock, rng, config.public_origin),
        readers(*database, {partners, *trust}, clock, rng),
        wallet_clients(config.wallet_clients),
        wallet_authenticator(wallet_clients, *wallet_providers, attestation_status, keys, clock, config.public_origin),
        wallet_provider(*database, wallet_clients, *trust, clock, config.public_origin),
        authorization(*database, {wallet_clients, wallet_authenticator, tokens, tokens, registration, issuance, *trust},
                      clock, rng, config.public_origin),
        token_endpoint(*database, tokens, {issuance, authorization, wallet_authenticator, {&staff, &partners}}, clock,
                       config.public_origin),
        card_issuers(std::move(ground.card_issuers)),
        issuer_crls(*card_issuers, *trust, std::move(ground.fetch_crl), clock),
        status_check(status_lists, *trust, {*card_issuers, std::move(ground.fetch_status_list)}, clock),
        presentation(*database, {partners, status_check, *card_issuers}, *trust, *metrics, clock, rng,
                     config.public_origin, {config.response_modes, config.requests_by_value}),
        deletion_requests(*database, partners, {*trust, *card_issuers}, clock, rng),
        reports(*database, of.reports, history, clock),
        inquiries(*database, of.inquiries, registration, noticing_history, clock, rng),
        demo_verifier(partners, presentation, deletion_requests, config.public_origin),
        moving(*database, of.moving,
               {registration,
                history,
                proofing,
                {&issuance, &authorization, &tokens, &wallet_provider, &history, &push_outbox}},
               clock, rng),
        legal_hold(*database, *kept_files, proofing, config.legal_hold, clock, rng),
        erasure(*database, keys, no_return, *trust, clock, rng, config.public_origin, legal_hold,
                {&idempotency, &history, &notices, &push_outbox, &reports, &inquiries, &proofing, &authorization,
                 &issuance, &tokens, &wallet_provider, &moving, &registration}),
        account_gate(registration, idempotency),
        token_gate(tokens, idempotency),
        router(problem_before_route),
        pages(problem_before_route),
        epoch_age(config.data_directory, clock.now()) {
    issuance.set_claims_source(proofing);
    add_operations_routes(router,
                          {*database, clock_watch, *operation_log, *metrics, config.backup_health, *key_holder,
                           config.key_service_health},
                          [this, list = std::move(ground.trust_list)]() -> Result<std::string> {
                            MIBUN_TRY(const auto known, partners.known_verifiers());
                            return with_partners(list, known);
                          });
    add_log_routes(router, *operation_log, *cosigned);
    add_registration_routes(router, registration, status_lists);
    add_erasure_routes(router, erasure, account_gate);
    add_legal_hold_routes(router, legal_hold, token_gate);
    add_moving_routes(router, moving, account_gate);
    add_history_routes(router, history, account_gate);
    add_notice_routes(router, notices, account_gate);
    add_public_notice_routes(router, public_notices, token_gate);
    add_push_routes(router, push_outbox, account_gate);
    add_proofing_routes(router, proofing, account_gate, issuance);
    add_review_routes(router, proofing, token_gate, staff);
    add_token_route(router, token_endpoint);
    add_attestation_challenge_route(router, wallet_authenticator);
    add_wallet_provider_routes(router, wallet_provider, account_gate);
    add_authorization_routes(router, authorization, wallet_authenticator, tokens, account_gate);
    add_issuance_routes(router, {issuance, status_lists, tokens, attestation_status, *trust, issuer_crls, clock, rng,
                                 config.public_origin});
    add_partner_registration_routes(router, partners, token_gate);
    add_reader_routes(router, readers, token_gate);
    add_partner_request_routes(router, presentation, token_gate);
    add_wallet_presentation_routes(router, presentation);
    add_deletion_request_routes(router, deletion_requests, token_gate, clock);
    add_report_routes(router, reports, account_gate, token_gate, staff);
    add_inquiry_routes(router, inquiries, account_gate);
    add_inquiry_staff_routes(router, inquiries, token_gate, staff);
    web::add_wallet_json_route(router, config.public_origin, config.demonstration.has_value());
    web::add_page_routes(pages, "/wallet/", web::embedded_files());
    if (config.demonstration) {
      const DemonstrationSites::Rooms rooms{demo_verifier, proofing, staff, clock, rng};
      demonstration.emplace(*config.demonstration, config.public_origin, rooms, router);
    }
    observe();
  }

  // Of every listener.
  std::vector<http::Router*> routers() {
    std::vector<http::Router*> all{&router, &pages};
    if (demonstration) {
      all.insert(all.end(), {&demonstration->shop_beside_server, &demonstration->wallet.router(),
                             &demonstration->shop.router(), &demonstration->office.site.router()});
    }
    return all;
  }

  void observe() {
    for (http::Router* one : routers()) {
      one->set_observer([this](std::string_view pattern, int status, std::chrono::microseconds took) {
        metrics->request_done(pattern, status, took);
      });
      // Who sits in the demonstration's pages has no keys to repeat a request with.
      const bool repeats = one == &router;
      one->set_around(
          [this, repeats, logged = through_the_log(*operation_log, keys)](
              const http::Route& route, const ServerRequest& request, const std::function<ServerResponse()>& run) {
            return clock_gate.around(route, request, [&] {
              const auto use_up = [&] { return uses.around(request, run); };
              // An answer that is given again does nothing, and needs no record.
              const auto run_in_log = [&] { return logged(route, request, use_up); };
              return repeats ? idempotency.around(route, request, run_in_log) : run_in_log();
            });
          });
    }
  }

  // For the next start. That it cannot be written is no reason to stop: the disk tells by itself.
  void remember_clock() {
    const auto now = clock_watch.trusted_now();
    if (!now) return;
    if (const Status done = RememberedMoment(config.data_directory, kClockSeen).write(*now); !done)
      log::error("clock_not_remembered");
  }

  // Whose a path is. The API's own router comes last: it says what is found nowhere.
  const http::Router& router_of(std::string_view path) const {
    if (pages.knows(path)) return pages;
    if (demonstration && demonstration->shop_beside_server.knows(path)) return demonstration->shop_beside_server;
    return router;
  }

  const Clock& clock;
  keyd::RehearsedRng rng;
  Config config;
  std::shared_ptr<const ClockSource> time_source;
  ClockWatch clock_watch;
  ClockGate clock_gate;
  std::unique_ptr<database::Database> rows;
  std::shared_ptr<keyd::KeyHolder> key_holder;
  std::shared_ptr<keyd::SigningKeys> signing_keys;
  std::unique_ptr<keyd::GuardedKeyHolder> guarded_keys;  // opens no record of a class that a room has for itself
  keyd::RehearsedKeys keys;
  KeysOfRooms of;
  std::unique_ptr<blobs::Store> files;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<KeptFiles> kept_files;
  NoReturn no_return;
  JournaledDatabase unmarked;
  SingleUses uses;
  Idempotency idempotency;
  std::unique_ptr<database::Database> database;
  std::unique_ptr<Trust> trust;
  std::unique_ptr<metrics::Metrics> metrics;
  std::unique_ptr<OperationLog> operation_log;
  std::unique_ptr<CosignedCheckpoint> cosigned;
  StaffRegister staff;
  TokenService tokens;
  HistoryService history;
  PushOutbox push_outbox;
  NoticeService notices;
  NoticingHistory noticing_history;
  PublicNotices public_notices;
  RegistrationService registration;
  StatusLists status_lists;
  std::unique_ptr<crypto::TrustAnchors> wallet_providers;
  AttestationStatus attestation_status;
  IssuanceService issuance;
  ProofingService proofing;
  oid4vp::KnownVerifiers known_verifiers;
  PartnerService partners;
  ReaderService readers;
  WalletClients wallet_clients;
  WalletAuthenticator wallet_authenticator;
  WalletProviderService wallet_provider;
  AuthorizationService authorization;
  TokenEndpoint token_endpoint;
  std::unique_ptr<CardIssuers> card_issuers;
  IssuerCrls issuer_crls;
  StatusCheck status_check;
  PresentationService presentation;
  DeletionRequestService deletion_requests;
  ReportService reports;
  InquiryService inquiries;
  DemoVerifier demo_verifier;
  MovingService moving;
  LegalHoldService legal_hold;
  ErasureService erasure;
  IdempotentAssertionGate account_gate;
  IdempotentTokens token_gate;
  http::Router router, pages;
  std::optional<DemonstrationSites> demonstration;
  EpochAge epoch_age;
};

Result<std::unique_ptr<App>> App::open(Config config, const Clock& clock, Rng& rng) {
  MIBUN_TRY(Ground ground, open_ground(config, clock, rng));
  auto parts = std::make_unique<Parts>(std::move(config), std::move(ground), clock, rng);
  MIBUN_CHECK(parts->idempotency.open());
  MIBUN_CHECK(settle({*parts->database, parts->keys, *parts->journal, parts->erasure, parts->status_lists, clock,
                      parts->config.data_directory}));
  // What was committed and not yet in the journal when the last run ended.
  MIBUN_CHECK(parts->no_return.publish());
  MIBUN_CHECK(parts->registration.recover());
  MIBUN_CHECK(parts->issuance.recover());
  MIBUN_CHECK(parts->erasure.resume());
  MIBUN_CHECK(
      parts->legal_hold.settle([&](BytesView account_lookup) { return parts->erasure.knows_account(account_lookup); }));
  MIBUN_CHECK(parts->proofing.recover());
  take_own_crls(parts->issuer_crls);
  if (parts->demonstration) MIBUN_CHECK(parts->demo_verifier.register_partner());
  parts->remember_clock();
  return std::unique_ptr<App>(new App(std::move(parts)));
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
App::~App() = default;

ServerResponse App::handle(const ServerRequest& request) const {
  return parts_->router_of(request.path).handle(request);
}

const LoopbackSite* App::wallet_site() const {
  return parts_->demonstration ? &parts_->demonstration->wallet : nullptr;
}
const LoopbackSite* App::shop_site() const {
  return parts_->demonstration ? &parts_->demonstration->shop : nullptr;
}
const LoopbackSite* App::office_site() const {
  return parts_->demonstration ? &parts_->demonstration->office.site : nullptr;
}

ServerResponse App::refuse(int status, std::string_view reason) const {
  return parts_->router.refuse(status, reason);
}

const http::TlsIdentity& App::tls() const {
  return parts_->trust->tls();
}
const std::string& App::tls_root_pem() const {
  return parts_->trust->tls_root_pem();
}
const std::vector<http::Route>& App::routes() const {
  return parts_->router.routes();
}
std::vector<const http::Route*> App::every_route() const {
  std::vector<const http::Route*> all;
  for (const http::Router* router : parts_->routers()) {
    for (const http::Route& route : router->routes()) all.push_back(&route);
  }
  return all;
}

Status App::purge_expired() {
  if (parts_->no_return.is_stuck()) static_cast<void>(parts_->no_return.publish());
  // Whose time has passed, a clock that is off cannot say: nothing is thrown away by it.
  if (!parts_->clock_watch.look().is_trusted()) return {};
  parts_->remember_clock();
  // Each day the surviving data keys are wrapped anew and the old epoch key is destroyed, so that an old copy of the
  // key table cannot bring back a person who was erased.
  const Instant now = parts_->clock.now();
  if (parts_->epoch_age.is_over(now)) {
    MIBUN_CHECK(run_in_log(*parts_->operation_log, "keys.rotate", [&] { return parts_->keys.rotate_epoch(); }));
    parts_->epoch_age.begin(now);
    log::info("epoch_rotated");
  }
  renew_signing_keys(*parts_->trust, *parts_->operation_log, now);
  take_own_crls(parts_->issuer_crls);
  renew_partners(parts_->partners, *parts_->operation_log);
  retire_push_senders(parts_->push_outbox, parts_->trust->push_keys(), *parts_->operation_log);
  // A receipt of erasure that could not be signed, because the keys were away then.
  if (const Status resumed = parts_->erasure.resume(kErasureAtRest); !resumed) {
    log::warning("erasure_waits", {{"code", to_string(resumed.error().code)}});
  }
  parts_->operation_log->keep_up();
  const auto expire = [&](std::string_view name, auto& room) {
    return run_timed(*parts_->operation_log, name, [&] { return room.purge_expired(); });
  };
  MIBUN_CHECK(expire("idempotency.expire", parts_->idempotency));
  MIBUN_CHECK(expire("registration.expire", parts_->registration));
  MIBUN_CHECK(expire("token.expire", parts_->tokens));
  MIBUN_CHECK(expire("authorization.expire", parts_->authorization));
  MIBUN_CHECK(expire("card.expire_offers", parts_->issuance));
  MIBUN_CHECK(expire("wallet.expire", parts_->wallet_provider));
  MIBUN_CHECK(expire("case.expire", parts_->proofing));
  MIBUN_CHECK(expire("deletion.expire", parts_->deletion_requests));
  MIBUN_CHECK(expire("inquiry.expire", parts_->inquiries));
  MIBUN_CHECK(expire("move.expire", parts_->moving));
  MIBUN_CHECK(expire("hold.expire", parts_->legal_hold));
  return expire("presentation.expire", parts_->presentation);
}

Result<std::uint64_t> App::prune_journal(std::uint64_t number, Instant before) {
  if (!parts_->clock_watch.look().is_trusted()) return 0;
  MIBUN_TRY(const std::uint64_t caught_up, catch_up(*parts_->database, *parts_->journal));
  MIBUN_TRY(const std::uint64_t count, parts_->journal->prune(std::min(number, caught_up), before));
  if (count > 0) log::info("journal_pruned", {{"count", static_cast<std::int64_t>(count)}});
  return count;
}

Result<blobs::ScrubReport> App::scrub_files() {
  return parts_->proofing.scrub_files();
}

void App::count_event(std::string_view event) {
  parts_->metrics->count(event);
}

std::shared_ptr<keyd::KeyHolder> App::key_holder() const {
  return parts_->key_holder;
}

std::shared_ptr<keyd::SigningKeys> App::signing_keys() const {
  return parts_->signing_keys;
}

bool App::must_restart() const {
  return parts_->database->writing() == database::Writing::stopped || parts_->key_holder->must_restart();
}

Status App::ask_witnesses(const SendToWitness& send) {
  return parts_->cosigned->ask(send);
}

void App::fetch_issuer_crls() {
  parts_->issuer_crls.fetch_due();
}

Result<bool> App::send_next_push(const SendPush& send) {
  return parts_->push_outbox.send_next(send);
}

}  // namespace mibun::server
