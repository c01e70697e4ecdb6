-- The authorization code flow. One row is one authorization from the pushed request to the end of its refresh tokens;
-- each step is one conditional update of `phase` (rule R3). Handles and codes are kept as hashes.
--   pushed -> asked (the page was opened) -> approved (a code waits) -> redeemed; ended: refused, or a code or a
--   refresh token was used twice
CREATE TABLE authorizations (
  authorization_id TEXT    NOT NULL PRIMARY KEY,
  phase            TEXT    NOT NULL CHECK (phase IN ('pushed', 'asked', 'approved', 'redeemed', 'ended')),
  expires_at       INTEGER NOT NULL,
  request_sha256   BLOB    NOT NULL UNIQUE,
  client_id        TEXT    NOT NULL,
  instance_jkt     TEXT    NOT NULL,
  dpop_jkt         TEXT    NOT NULL,
  redirect_uri     TEXT    NOT NULL,
  code_challenge   TEXT    NOT NULL,
  state            TEXT,
  issuer_state     TEXT,
  scope            TEXT    NOT NULL,
  details          TEXT    NOT NULL,
  account_id       TEXT,
  code_sha256      BLOB    UNIQUE
);
CREATE INDEX authorizations_by_expiry ON authorizations (expires_at);
CREATE INDEX authorizations_by_account ON authorizations (account_id);

-- A refresh token is used once; a used one that comes again ends its authorization.
CREATE TABLE refresh_tokens (
  token_sha256     BLOB    NOT NULL PRIMARY KEY,
  authorization_id TEXT    NOT NULL REFERENCES authorizations (authorization_id) ON DELETE CASCADE,
  expires_at       INTEGER NOT NULL,
  used             INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX refresh_tokens_by_authorization ON refresh_tokens (authorization_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

-- What a wallet's access token allows, and where it comes from.
ALTER TABLE access_tokens ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN authorization_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN cards TEXT NOT NULL DEFAULT '';
CREATE INDEX access_tokens_by_authorization ON access_tokens (authorization_id) WHERE authorization_id <> '';
