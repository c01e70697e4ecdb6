-- Of a partner that asks under a registrar's attestation: the attestation, as it was signed. Who asks without a
-- certificate has an empty one. Who signs nothing (redirect_uri) has no key either.
ALTER TABLE partners ADD COLUMN attestation_jwt TEXT;
-- Whether the request travels in its link, and is not to be fetched.
ALTER TABLE presentation_requests ADD COLUMN by_value INTEGER NOT NULL DEFAULT 0;
