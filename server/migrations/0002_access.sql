-- What was used and must not be used again (rule R3): DPoP jti, client assertion jti. Rows may go after expires_at.
CREATE TABLE single_use (
  kind         TEXT    NOT NULL,
  value_sha256 BLOB    NOT NULL,
  expires_at   INTEGER NOT NULL,
  UNIQUE (kind, value_sha256)
);
CREATE INDEX single_use_by_expiry ON single_use (expires_at);

-- Access tokens, each bound to a DPoP key; only the hash of a token is kept.
CREATE TABLE access_tokens (
  token_sha256 BLOB    NOT NULL PRIMARY KEY,
  subject      TEXT    NOT NULL,
  scope        TEXT    NOT NULL,
  context      TEXT    NOT NULL,
  jkt          TEXT    NOT NULL,
  expires_at   INTEGER NOT NULL
);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);
CREATE INDEX access_tokens_by_subject ON access_tokens (subject);
