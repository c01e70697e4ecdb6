#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/oid4vp/request_profile.h"
#include "core/status_list/status_cache.h"
#include "platform/blobs/store.h"
#include "platform/keyd/keyd.h"
#include "platform/keyd/settings.h"
#include "platform/keyd/signing_keys.h"
#include "server/access/client_authenticator.h"
#include "server/clock/watch.h"
#include "server/demo/demonstration.h"
#include "server/legal_hold/duty.h"
#include "server/operations/backup_health.h"
#include "server/operations/key_service_health.h"
#include "server/transparency/chosen_witness.h"
#include "server/trust/card_issuers.h"
#include "server/trust/issuer_crls.h"

namespace mibun::server {

// A reviewer or operator: staff sign in with private_key_jwt; only the public key is known here.
struct StaffMember {
  std::string client_id;  // "reviewer-akari"
  std::string name;       // shown in the case file
  crypto::P256PublicKey key;
};

struct Config {
  std::string data_directory;
  blobs::StoreOptions files;  // no place: <data>/files/a and <data>/files/b
  std::string public_origin;  // "https://localhost:8443": every URL and audience is made from it
  std::string rp_id;          // the WebAuthn relying party: the origin's host
  std::vector<std::string> webauthn_origins;
  // Where the data keys and the signing keys are; without anything said, in <data>/keyd and <data>/keys.
  keyd::Settings keyd;
  std::vector<StaffMember> staff;
  std::vector<RegisteredClient> wallet_clients;  // wallets that may ask for cards by the authorization code flow
  std::optional<Demonstration> demonstration;    // `mibun serve --demo` and nothing else makes one
  std::vector<std::string> wallet_provider_pem;  // roots of wallet providers besides our own
  // Origins of their status lists, and of the status and revocation lists of `trusted_issuers`, that lie elsewhere than
  // in the public internet.
  std::vector<std::string> attestation_list_origins;
  status_list::StatusFetcher fetch_attestation_list;  // null: by HTTPS
  // Credential configurations whose keys need not be attested by a wallet provider; of all others they must be.
  std::vector<std::string> unattested_cards;
  std::vector<std::string> csca_pem;  // country signing certificates that passports are checked against
  // Whose cards partners may be shown and this server's wallets take, beside ours.
  std::vector<OtherIssuer> trusted_issuers;
  status_list::StatusFetcher fetch_status_list;  // of their cards; null: by HTTPS
  CrlFetcher fetch_crl;                          // of those who sign them; null: by HTTPS
  // Certificates, PEM, of signers of this server's own cards that nobody shall believe any more: a key that was lost.
  std::vector<std::string> taken_back_signer_pem;
  // Roots of others that the published trust list names beside ours, as PEM, by member: "verifier_access", "registrar".
  // Whom they certify, the wallets of this server believe.
  std::map<std::string, std::vector<std::string>> wallet_trust_pem;
  // In which ways partners may ask for answers; HAIP's, unless the operator takes answers in the clear, too.
  oid4vp::AnsweredModes response_modes = oid4vp::haip_profile().modes;
  // Under which kinds of names partners may ask, and whether a signed request may lie in its link, not to be fetched.
  // HAIP's, and the gateway's own name, which staff give to one partner; the others where the operator allows them.
  oid4vp::AnsweredClients partner_names = {.x509_hash = oid4vp::Stance::accept,
                                           .x509_san_dns = oid4vp::Stance::accept,
                                           .verifier_attestation = oid4vp::Stance::refuse,
                                           .preregistered = oid4vp::Stance::refuse,
                                           .redirect_uri = oid4vp::Stance::refuse};
  oid4vp::Kind requests_by_value = oid4vp::Stance::refuse;
  std::vector<std::string> push_services;  // origins that notices may go to beside those of the public internet
  // Where the log of operations is written, the same to each: on different disks, best. Empty: two folders in the data
  // directory.
  std::vector<std::string> log_directories;
  std::vector<ChosenWitness> witnesses;  // who is asked to sign the log's checkpoints
  json::Array known_verifiers;           // the same of verifiers without a certificate: oid4vp::KnownVerifiers
  std::shared_ptr<const ClockSource> clock_source;  // none: the kernel's
  UnsynchronisedClock unsynchronised_clock = UnsynchronisedClock::is_told;
  LegalHoldConfig legal_hold;
  // Folders of the journal of what must not come back with an older database (server/journal), besides <data>/journal.
  std::vector<std::string> journal_directories;
  std::shared_ptr<keyd::KeyHolder> key_holder;  // null: the one in <data>/keyd, opened here. For drills of a restore.
  std::shared_ptr<keyd::SigningKeys> signing_keys;             // null: as `keyd` says. For drills of a restore.
  std::shared_ptr<const BackupHealth> backup_health;           // for /readyz; null: nothing here makes backups
  std::shared_ptr<const KeyServiceHealth> key_service_health;  // for /readyz; null: none that this server started
};

}  // namespace mibun::server
