-- A wallet moves to another device: the account stays, its one key is replaced in one transaction, by both devices'
-- consent. One move per account; the secret in the link is never here, only a hash of what is proved with it.
--   made -> joined (the new device showed its key) -> opened (the old one opened its nonce) -> confirmed -> completed;
--   locked: five wrong proofs
CREATE TABLE moves (
  move_id              TEXT    NOT NULL PRIMARY KEY,
  account_id           TEXT    NOT NULL UNIQUE,
  state                TEXT    NOT NULL CHECK (state IN ('made', 'joined', 'opened', 'confirmed', 'completed',
                                                         'locked')),
  expires_at           INTEGER NOT NULL,
  proof_sha256         BLOB    NOT NULL,
  tries                INTEGER NOT NULL DEFAULT 0,
  old_watch_sha256     BLOB    NOT NULL,
  new_watch_sha256     BLOB,
  old_key              BLOB    NOT NULL,
  nonce                BLOB,
  joined_at            INTEGER,
  credential_id_lookup BLOB,
  public_key           BLOB,
  sign_count           INTEGER,
  backup_eligible      INTEGER,
  terms_version        TEXT,
  seal_key             BLOB,
  tag                  BLOB,
  sealed_name          BLOB,
  sealed_luggage       BLOB
);
CREATE INDEX moves_by_expiry ON moves (expires_at);

-- The keys that accounts had before: whoever still signs with one is told that the wallet has moved, and none of them is
-- registered again. Erasing the account leaves the keyed hash alone, as it does in accounts.
CREATE TABLE moved_units (
  credential_id_lookup BLOB    NOT NULL PRIMARY KEY,
  account_id           TEXT    NOT NULL,
  public_key           BLOB,
  sign_count           INTEGER NOT NULL,
  backup_eligible      INTEGER NOT NULL,
  moved_at             INTEGER NOT NULL
);
CREATE INDEX moved_units_by_account ON moved_units (account_id);
