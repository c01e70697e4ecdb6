-- An offer can be fetched from an address that nobody guesses, and begun at the authorization server by its issuer_state.
-- Each stands for the offer as its code does; only hashes are kept. What was offered before has neither: it is over.
ALTER TABLE offers ADD COLUMN reference_sha256 BLOB;
ALTER TABLE offers ADD COLUMN issuer_state_sha256 BLOB;
CREATE UNIQUE INDEX offers_by_reference ON offers (reference_sha256);
CREATE UNIQUE INDEX offers_by_issuer_state ON offers (issuer_state_sha256);
UPDATE offers SET state = 'locked' WHERE state = 'open';

-- Which offer an authorization came from: its cards are of that offer's case. Empty: of the newest case.
ALTER TABLE authorizations ADD COLUMN offer_id TEXT NOT NULL DEFAULT '';
