-- Each access token gives each kind of card once; `token_id` names the token (its hash). Before, an offer gave one kind,
-- and the issuances of that time stand for themselves.
CREATE TABLE card_issuances (
  issuance_id     TEXT    NOT NULL PRIMARY KEY,
  account_id      TEXT,
  case_id         TEXT,
  configuration   TEXT    NOT NULL,
  token_id        TEXT    NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('intended', 'issued', 'abandoned')),
  copies          INTEGER NOT NULL,
  notification_id TEXT    UNIQUE,
  notified_event  TEXT,
  intended_at     INTEGER NOT NULL,
  issued_at       INTEGER
);
INSERT INTO card_issuances (issuance_id, account_id, configuration, token_id, state, copies, notification_id,
                            intended_at, issued_at)
SELECT issuance_id, account_id, 'mibun_identity_sd_jwt', issuance_id, state, copies, notification_id, intended_at,
       issued_at FROM issuances;
DROP TABLE issuances;
CREATE UNIQUE INDEX card_issuances_once ON card_issuances (token_id, configuration) WHERE state <> 'abandoned';
CREATE INDEX card_issuances_by_account ON card_issuances (account_id);
UPDATE offers SET state = 'redeemed' WHERE state = 'issuing';

-- Cards that were asked for while the case was under review: the keys that were proven wait for its end. `sealed` holds
-- them under the person's key; it goes when the card was issued or the case was rejected.
CREATE TABLE deferred_issuances (
  transaction_sha256 BLOB    NOT NULL PRIMARY KEY,
  account_id         TEXT    NOT NULL,
  case_id            TEXT    NOT NULL,
  configuration      TEXT    NOT NULL,
  token_id           TEXT    NOT NULL,
  state              TEXT    NOT NULL CHECK (state IN ('waiting', 'issuing', 'issued', 'denied')),
  expires_at         INTEGER NOT NULL,
  issuance_id        TEXT,
  sealed             BLOB,
  UNIQUE (token_id, configuration)
);
CREATE INDEX deferred_issuances_by_account ON deferred_issuances (account_id);
