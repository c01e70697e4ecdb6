#include "server/restored/tables.h"

#include <array>

namespace mibun::server {
namespace {

constexpr std::array kTables{
    // One-time things and sessions. A code, nonce or token that is not known is refused.
    TableAfterRestore{"registrations", "DELETE FROM registrations"},
    TableAfterRestore{"challenge_secret", "DELETE FROM challenge_secret"},  // and with it every challenge
    TableAfterRestore{"access_tokens", "DELETE FROM access_tokens"},
    TableAfterRestore{"refresh_tokens", "DELETE FROM refresh_tokens"},
    TableAfterRestore{"authorizations", "UPDATE authorizations SET phase = 'ended', code_sha256 = NULL"},
    TableAfterRestore{"c_nonces", "DELETE FROM c_nonces"},
    TableAfterRestore{"offers", "UPDATE offers SET state = 'locked' WHERE state IN ('open', 'redeemed', 'issuing')"},
    // The keys that were proven wait for a token that is gone; the wallet asks again.
    TableAfterRestore{"deferred_issuances", "DELETE FROM deferred_issuances"},
    // An answer may have been handed over since; who asked asks again.
    TableAfterRestore{"presentation_requests",
                      "UPDATE presentation_requests SET state = 'refused', result = NULL, decryption_key = NULL, "
                      "response_code_sha256 = NULL WHERE state IN ('waiting', 'answered')"},
    TableAfterRestore{"moves", "DELETE FROM moves WHERE state <> 'completed'"},
    // Whoever was being registered then may have an account since, in a database that is lost: their key is left alone.
    TableAfterRestore{"planned_accounts", "DELETE FROM planned_accounts"},
    TableAfterRestore{"push_outbox", "DELETE FROM push_outbox"},  // what was to be said may have been said

    // What was used stays used, and what was answered is answered so again.
    TableAfterRestore{"idempotency_keys", {}},
    TableAfterRestore{"single_use", {}},
    TableAfterRestore{"moved_units", {}},
    TableAfterRestore{"attested_keys", {}},
    // Cut off: IssuanceService::recover() and ErasureService::resume() take them to the end, as after a crash.
    TableAfterRestore{"card_issuances", {}},
    TableAfterRestore{"erasures", {}},
    // The journal and the key holder say what of these is over.
    TableAfterRestore{"accounts", {}},
    TableAfterRestore{"status_lists", {}},
    TableAfterRestore{"status_entries", {}},
    TableAfterRestore{"journal_state", {}},
    TableAfterRestore{"journal_applied", {}},
    TableAfterRestore{"journal_outbox", {}},  // done in this database: App::open() tells the journal
    TableAfterRestore{"restores", {}},
    // Records.
    TableAfterRestore{"consent_receipts", {}},
    TableAfterRestore{"cases", {}},
    TableAfterRestore{"deletion_requests", {}},
    TableAfterRestore{"evidence_files", {}},
    TableAfterRestore{"former_client_ids", {}},  // receipts name them
    TableAfterRestore{"lost_files", {}},
    TableAfterRestore{"history_events", {}},
    TableAfterRestore{"inquirers", {}},
    TableAfterRestore{"legal_holds", {}},
    TableAfterRestore{"legal_hold_fields", {}},
    TableAfterRestore{"legal_hold_openings", {}},
    TableAfterRestore{"removed_files", {}},
    TableAfterRestore{"inquiries", {}},
    TableAfterRestore{"notices", {}},
    TableAfterRestore{"partners", {}},
    TableAfterRestore{"public_notices", {}},
    TableAfterRestore{"push_subscriptions", {}},
    TableAfterRestore{"readers", {}},
    TableAfterRestore{"reports", {}},
    TableAfterRestore{"reviews", {}},
    TableAfterRestore{"schema_migrations", {}},
};

}  // namespace

std::span<const TableAfterRestore> tables_after_restore() {
  return kTables;
}

}  // namespace mibun::server
