#pragma once

#include <memory>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "platform/blobs/store.h"
#include "platform/http/router.h"
#include "platform/http/server.h"
#include "platform/keyd/keyd.h"
#include "server/app/config.h"
#include "server/demo/loopback_site.h"
#include "server/notices/push_outbox.h"
#include "server/transparency/cosigned_checkpoint.h"

namespace mibun::server {

// The whole server without its sockets: opened on a data directory, answers requests. Tests use it as it is; `mibun
// serve` puts an http::Server in front.
class App {
 public:
  // Opens or makes the data directory's parts, applies migrations, finishes what a crash cut off.
  // `clock` and `rng` must outlive the app. Errors: io_error, database_*, keyd_*, certificate_*.
  static Result<std::unique_ptr<App>> open(Config config, const Clock& clock, Rng& rng);
  ~App();

  // Safe from several threads.
  http::ServerResponse handle(const http::ServerRequest& request) const;

  // What the demonstration's three loopback listeners answer; null without Config::demonstration.
  const LoopbackSite* wallet_site() const;
  const LoopbackSite* shop_site() const;
  const LoopbackSite* office_site() const;

  // For requests that never become one: ServerOptions::refusal.
  http::ServerResponse refuse(int status, std::string_view reason) const;

  const http::TlsIdentity& tls() const;
  // PEM of the root that clients pin; also in <data>/keys/tls-root.crt.
  const std::string& tls_root_pem() const;
  const std::vector<http::Route>& routes() const;
  // With those of the pages and of the demonstration's listeners.
  std::vector<const http::Route*> every_route() const;

  // Throws away what has expired, and rotates the epoch of the data keys each day; nothing while the clock is not to be
  // trusted. Called from time to time, by one thread, by `mibun serve`.
  Status purge_expired();

  // Forgets what the journal need not know any more: entries up to `number`, which every generation that there is knows
  // of, as far as they are from before `before`; nothing while the clock is not to be trusted. How many went. Errors:
  // io_error, backup_integrity_error.
  Result<std::uint64_t> prune_journal(std::uint64_t number, Instant before);

  // Compares every copy of every file with its digest, and heals. purge_expired() does a part of it each time.
  Result<blobs::ScrubReport> scrub_files();
  // mibun_events_total of /metrics. `event`: a name from code.
  void count_event(std::string_view event);
  // For a drill of a restore in this process.
  std::shared_ptr<keyd::KeyHolder> key_holder() const;
  std::shared_ptr<keyd::SigningKeys> signing_keys() const;
  // A commit failed, or a file of the data was removed or replaced: reads go on, writes do not, and only opening anew
  // helps (docs/decisions/0047).
  bool must_restart() const;

  // CosignedCheckpoint::ask.
  Status ask_witnesses(const SendToWitness& send);
  // IssuerCrls::fetch_due.
  void fetch_issuer_crls();
  // PushOutbox::send_next.
  Result<bool> send_next_push(const SendPush& send);

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace mibun::server
