-- What repeated requests are answered with. A row comes with the effect of the first one, in its transaction; its answer
-- a moment later. All hashes are under a key that is made of the Idempotency-Key and one of the key holder's, and so is
-- what seals the answer: the table alone says nothing, and neither does the table with that key.
CREATE TABLE idempotency_keys (
  owner_hash    BLOB    NOT NULL UNIQUE, -- whose key: the caller
  request_hash  BLOB    NOT NULL UNIQUE, -- the request with everything that proved who sent it
  content_hash  BLOB    NOT NULL,        -- what was asked for, without that
  caller        TEXT    NOT NULL,        -- "account:<id>", "client:<id>", "anonymous"
  sealed_for    TEXT,                    -- the account whose key seals the answer once more
  sealed_answer BLOB,
  repeat_until  INTEGER NOT NULL,        -- until then the very same request is enough
  expires_at    INTEGER NOT NULL
);
CREATE INDEX idempotency_keys_by_caller ON idempotency_keys (caller);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
