-- Keys that this server vouched for as a wallet provider: one wallet each, and for one use each, as long as what was said
-- about them is good. Only the hash of a key's thumbprint is kept.
CREATE TABLE attested_keys (
  key_sha256 BLOB    NOT NULL PRIMARY KEY,
  account_id TEXT    NOT NULL,
  purpose    TEXT    NOT NULL CHECK (purpose IN ('instance', 'card')),
  expires_at INTEGER NOT NULL
);
CREATE INDEX attested_keys_by_account ON attested_keys (account_id);
CREATE INDEX attested_keys_by_expiry ON attested_keys (expires_at);
