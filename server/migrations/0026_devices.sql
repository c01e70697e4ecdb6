-- What an account's device is, for its person to read: the authenticator's model, how it is reached and whether its passkey
-- is backed up, as it said; since when it is the account's, and the day (since 1970, Japan's) on which it was last used.
-- NULL where it was registered before this was kept. A device that was replaced keeps its line.
ALTER TABLE accounts ADD COLUMN aaguid BLOB;
ALTER TABLE accounts ADD COLUMN transports TEXT;
ALTER TABLE accounts ADD COLUMN backed_up INTEGER;
ALTER TABLE accounts ADD COLUMN unit_since INTEGER;
ALTER TABLE accounts ADD COLUMN last_used_day INTEGER;
ALTER TABLE moved_units ADD COLUMN aaguid BLOB;
ALTER TABLE moved_units ADD COLUMN transports TEXT;
ALTER TABLE moved_units ADD COLUMN backed_up INTEGER;
ALTER TABLE moved_units ADD COLUMN unit_since INTEGER;
ALTER TABLE moved_units ADD COLUMN last_used_day INTEGER;
ALTER TABLE moves ADD COLUMN aaguid BLOB;
ALTER TABLE moves ADD COLUMN transports TEXT;
ALTER TABLE moves ADD COLUMN backed_up INTEGER;

-- What a move's link commits to, for a device whose person types the link's secret: found by the hash of what that secret
-- proves, and tagged by who knows it.
ALTER TABLE moves ADD COLUMN commitment BLOB;
ALTER TABLE moves ADD COLUMN commitment_tag BLOB;
CREATE UNIQUE INDEX moves_by_proof ON moves (proof_sha256);
